// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include "test_progs.h"
#include "modern_helpers.h"
#include "progs/arena_zero.h"
#include "arena_zero.skel.h"

static void run(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run");
}

static __u32 nodes_that_are(const struct zero_node *nodes, int byte)
{
	struct zero_node like;
	__u32 i, n = 0;

	memset(&like, byte, sizeof(like));
	for (i = 0; i < ZERO_NODES; i++)
		n += !memcmp(&nodes[i], &like, sizeof(like));
	return n;
}

static void test_cured(void)
{
	struct arena_zero *skel = arena_zero__open_and_load();

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	memset(skel->arena->nodes, 0xff, sizeof(skel->arena->nodes));
	run(skel->progs.clear_by_function);
	ASSERT_EQ(nodes_that_are(skel->arena->nodes, 0), 1, "nodes that the function clears");
	run(skel->progs.clear_by_loop);
	ASSERT_EQ(nodes_that_are(skel->arena->nodes, 0), ZERO_NODES - 1, "nodes that are clear");
	ASSERT_EQ(nodes_that_are(skel->arena->nodes, 0xff), 1, "nodes that are not");
	arena_zero__destroy(skel);
}

/* If this loads, a compiler has come that needs no __arena_stores. */
static void test_uncured(void)
{
	struct arena_zero *skel = arena_zero__open();
	static char log[65536];

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	if (skel->rodata->clang > 19) {
		test__skip();
		goto out;
	}
	autoload_only(skel->obj, "clear_uncured", NULL);
	bpf_program__set_log_buf(skel->progs.clear_uncured, log, sizeof(log));
	ASSERT_ERR(arena_zero__load(skel), "load");
	ASSERT_HAS_SUBSTR(log, "invalid mem access 'scalar'", "what the verifier says");
out:
	arena_zero__destroy(skel);
}

void test_arena_zero(void)
{
	if (test__start_subtest("cured"))
		test_cured();
	if (test__start_subtest("uncured"))
		test_uncured();
}
