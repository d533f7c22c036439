// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Dynptrs: what the verifier refuses, and what it loads and then works. */
#include "test_progs.h"
#include "dynptr_sound_helpers.h"
#include "dynptr_sound.skel.h"
#include "dynptr_sound_const.skel.h"
#include "dynptr_sound_ext.skel.h"
#include "dynptr_sound_global.skel.h"
#include "dynptr_sound_kfunc.skel.h"
#include "dynptr_sound_stack.skel.h"

static char log_buf[1 << 16];

void test_dynptr_sound_const(void)
{
	RUN_TESTS(dynptr_sound_const);
}

void test_dynptr_sound_stack(void)
{
	RUN_TESTS(dynptr_sound_stack);
}

void test_dynptr_sound_global(void)
{
	RUN_TESTS(dynptr_sound_global);
}

/* The only kfunc that takes a dynptr is there if the kernel can verify signatures. */
void test_dynptr_sound_kfunc(void)
{
	if (libbpf_find_vmlinux_btf_id("bpf_verify_pkcs7_signature", BPF_TRACE_FENTRY) < 0) {
		test__skip();
		return;
	}
	RUN_TESTS(dynptr_sound_kfunc);
}

void test_dynptr_sound_run(void)
{
	struct dynptr_sound *skel = dynptr_sound__open_and_load();
	struct bpf_program *prog;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	send_samples(bpf_map__fd(skel->maps.user_ringbuf));
	bpf_object__for_each_program(prog, skel->obj) {
		if (prog == skel->progs.replaced || !test__start_subtest(bpf_program__name(prog)))
			continue;
		if (!ASSERT_EQ(run(prog), 0, "failed step") && prog == skel->progs.sample)
			printf("callback: %ld\n", skel->bss->callback_step);
	}
	dynptr_sound__destroy(skel);
}

/* A function and its replacement have to agree on what a dynptr is. */
static void test_replacement(const struct bpf_program *target_prog, const char *target,
			     const char *name, const char *msg)
{
	struct dynptr_sound_ext *skel = dynptr_sound_ext__open();
	struct bpf_link *link = NULL;
	struct bpf_program *prog;
	int err;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
	prog = bpf_object__find_program_by_name(skel->obj, name);
	log_buf[0] = 0;
	bpf_program__set_log_buf(prog, log_buf, sizeof(log_buf));
	bpf_program__set_log_level(prog, 1);
	err = bpf_program__set_attach_target(prog, bpf_program__fd(target_prog), target);
	if (!ASSERT_OK(err, "target"))
		goto out;
	err = dynptr_sound_ext__load(skel);
	if (msg) {
		ASSERT_ERR(err, "load");
		ASSERT_HAS_SUBSTR(log_buf, msg, "message");
		goto out;
	}
	if (!ASSERT_OK(err, "load")) {
		printf("%s\n", log_buf);
		goto out;
	}
	ASSERT_EQ(run(target_prog), 9, "before");
	link = bpf_program__attach_freplace(prog, 0, NULL);
	if (ASSERT_OK_PTR(link, "attach"))
		ASSERT_EQ(run(target_prog), 109, "replaced");
out:
	bpf_link__destroy(link);
	dynptr_sound_ext__destroy(skel);
}

void test_dynptr_sound_ext(void)
{
	static const struct {
		const char *target, *name, *msg;
	} tests[] = {
		{ "global_read", "replace_read", NULL },
		{ "global_read", "replace_init", "Dynptr has to be an uninitialized dynptr" },
		{ "global_read", "memory_for_dynptr",
		  "doesn't match global_read(struct bpf_dynptr *)" },
		{ "global_memory", "dynptr_for_memory",
		  "doesn't match global_memory(struct memory *)" },
		{ "context_like_dynptr", "dynptr_for_context", "Cannot replace static functions" },
	};
	struct dynptr_sound *skel = dynptr_sound__open_and_load();
	int i;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (test__start_subtest(tests[i].name))
			test_replacement(i < ARRAY_SIZE(tests) - 1 ? skel->progs.replaced :
					 skel->progs.context_like_dynptr,
					 tests[i].target, tests[i].name, tests[i].msg);
	dynptr_sound__destroy(skel);
}
