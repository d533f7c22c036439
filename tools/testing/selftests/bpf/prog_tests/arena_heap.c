// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "test_progs.h"
#include "arena_heap.skel.h"

static void run(struct bpf_program *prog, const char *name)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), name);
	ASSERT_EQ(opts.retval, 0, name);
}

void test_arena_heap(void)
{
	struct arena_heap *skel = arena_heap__open_and_load();

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	run(skel->progs.use_ends, "use_ends");
	run(skel->progs.use_heap, "use_heap");
	ASSERT_GT(skel->bss->allocated, 1000, "allocations");
	run(skel->progs.use_heap, "use_heap again");
	arena_heap__destroy(skel);
}
