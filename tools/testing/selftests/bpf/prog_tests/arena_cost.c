// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "test_progs.h"
#include "arena_cost_helpers.h"

void test_arena_cost(void)
{
	struct arena_cost *skel = arena_cost__open_and_load();
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct arena_cost_of cost;
	int i;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	for (i = 0; i < ARRAY_SIZE(arena_cost_names); i++) {
		cost = arena_cost(skel, arena_cost_names[i]);
		ASSERT_GT(cost.further, 0, arena_cost_names[i]);
		ASSERT_LE(cost.first, 2000, arena_cost_names[i]);
		ASSERT_LE(cost.further, 100, arena_cost_names[i]);
	}
	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.use_all), &opts), "run");
	ASSERT_EQ(opts.retval, 0, "use_all");
	arena_cost__destroy(skel);
}
