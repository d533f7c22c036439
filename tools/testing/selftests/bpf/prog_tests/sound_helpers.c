// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What helpers write, and what they read. */
#define _GNU_SOURCE
#include "test_progs.h"
#include "modern_helpers.h"
#include "sound_perfmon_fail.skel.h"
#include "sound_rdonly_fail.skel.h"
#include "sound_unwritten.skel.h"

void test_sound_unwritten(void)
{
	struct sound_unwritten *skel = sound_unwritten__open_and_load();
	struct bpf_program *prog;
	char bytes[64] = {};

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	bpf_object__for_each_program(prog, skel->obj) {
		LIBBPF_OPTS(bpf_test_run_opts, opts);

		if (!test__start_subtest(bpf_program__name(prog)))
			continue;
		if (bpf_program__type(prog) == BPF_PROG_TYPE_XDP) {
			opts.data_in = bytes;
			opts.data_size_in = sizeof(bytes);
		}
		ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run");
		ASSERT_EQ(opts.retval, 0, "what is left of the stack");
	}
	sound_unwritten__destroy(skel);
}

void test_sound_rdonly(void)
{
	RUN_TESTS(sound_rdonly_fail);
}

void test_sound_perfmon(void)
{
	RUN_TESTS_WITHOUT_PERFMON(sound_perfmon_fail);
}
