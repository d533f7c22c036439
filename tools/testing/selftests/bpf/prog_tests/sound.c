// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What 6.1 takes pointers and results of hooks for. */
#define _GNU_SOURCE
#include "test_progs.h"
#include "modern_helpers.h"
#include "sound_hooks.skel.h"
#include "sound_hooks_ext.skel.h"
#include "sound_mtu_fail.skel.h"
#include "sound_pointers_fail.skel.h"
#include "sound_retval.skel.h"
#include "sound_retval_fail.skel.h"

void test_sound_pointers(void)
{
	RUN_TESTS(sound_pointers_fail);
}

void test_sound_retval(void)
{
	RUN_TESTS(sound_retval);
	RUN_TESTS(sound_retval_fail);
}

/* Who has CAP_PERFMON may read what is not initialised. */
void test_sound_mtu(void)
{
	RUN_TESTS_WITHOUT_PERFMON(sound_mtu_fail);
}

/* A program array holds no program whose result is bounded otherwise. */
static void test_hooks_array(struct sound_hooks *hooks)
{
	int key = 0, array = bpf_map__fd(hooks->maps.progs), fd;

	fd = bpf_program__fd(hooks->progs.number);
	ASSERT_EQ(bpf_map_update_elem(array, &key, &fd, BPF_ANY), -EINVAL, "any number");
	fd = bpf_program__fd(hooks->progs.error);
	ASSERT_OK(bpf_map_update_elem(array, &key, &fd, BPF_ANY), "errors");
}

/* Load an extension of @func, and attach it to the program instead. */
static int attach_elsewhere(const struct sound_hooks *hooks, const char *name, const char *func)
{
	struct sound_hooks_ext *ext = sound_hooks_ext__open();
	int err, fd = bpf_program__fd(hooks->progs.whole);
	struct bpf_program *prog;
	struct bpf_link *link;

	if (!ASSERT_OK_PTR(ext, "open"))
		return 0;
	prog = bpf_object__find_program_by_name(ext->obj, name);
	autoload_only(ext->obj, name, NULL);
	err = bpf_program__set_attach_target(prog, fd, func) ?: sound_hooks_ext__load(ext);
	if (!err) {
		link = bpf_program__attach_freplace(prog, fd, "whole");
		err = libbpf_get_error(link);
		bpf_link__destroy(link);
	}
	sound_hooks_ext__destroy(ext);
	return err;
}

static void test_hooks_extension(struct sound_hooks *hooks)
{
	ASSERT_EQ(attach_elsewhere(hooks, "any", "whole"), -EINVAL, "for the program");
	ASSERT_EQ(attach_elsewhere(hooks, "any", "count"), -EINVAL, "for a function");
	ASSERT_OK(attach_elsewhere(hooks, "denies", "whole"), "error");
}

void test_sound_hooks(void)
{
	struct sound_hooks *hooks = sound_hooks__open_and_load();

	if (!ASSERT_OK_PTR(hooks, "load"))
		return;
	if (test__start_subtest("array"))
		test_hooks_array(hooks);
	if (test__start_subtest("extension"))
		test_hooks_extension(hooks);
	sound_hooks__destroy(hooks);
}
