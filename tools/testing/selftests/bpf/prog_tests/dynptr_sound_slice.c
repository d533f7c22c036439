// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Slices and clones of dynptrs: what the verifier refuses, and what it loads and then works. */
#define _GNU_SOURCE
#include "test_progs.h"
#include "dynptr_sound_helpers.h"
#include "modern_helpers.h"
#include "dynptr_sound_slice.skel.h"
#include "dynptr_sound_slice_fail.skel.h"
#include "dynptr_sound_slice_types.skel.h"
#include "dynptr_sound_slice_u32.skel.h"

void test_dynptr_sound_slice_fail(void)
{
	RUN_TESTS(dynptr_sound_slice_fail);
}

void test_dynptr_sound_slice_run(void)
{
	struct dynptr_sound_slice *skel = dynptr_sound_slice__open_and_load();
	struct bpf_program *prog;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	send_samples(bpf_map__fd(skel->maps.user_ringbuf));
	bpf_object__for_each_program(prog, skel->obj) {
		if (!test__start_subtest(bpf_program__name(prog)))
			continue;
		if (!ASSERT_EQ(run(prog), 0, "failed step") && prog == skel->progs.sample_slice)
			printf("callback: %ld\n", skel->bss->callback_step);
	}
	dynptr_sound_slice__destroy(skel);
}

/* Prototypes of older kernels */
void test_dynptr_sound_slice_u32(void)
{
	struct dynptr_sound_slice_u32 *skel = dynptr_sound_slice_u32__open_and_load();
	int i;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	for (i = 0; i < 8; i++)
		ASSERT_EQ(run(skel->progs.narrow), 0, "failed step");
	dynptr_sound_slice_u32__destroy(skel);
}

void test_dynptr_sound_slice_types(void)
{
	struct dynptr_sound_slice_types *skel = dynptr_sound_slice_types__open_and_load();

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	test_loaded_programs(skel->obj);
	dynptr_sound_slice_types__destroy(skel);
}
