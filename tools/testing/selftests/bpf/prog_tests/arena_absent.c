// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Where no JIT can access an arena, there is none, and who wants one is told why. */
#define _GNU_SOURCE
#include "arena_test_helpers.h"
#include "progs/arena_libbpf.h"
#include "arena_libbpf.skel.h"
#include "message_helpers.h"

#define MESSAGE "arena: the JIT of this kernel cannot access one on this machine\n"

static bool arena_expected(void)
{
#ifdef __x86_64__
	return true;
#else
	return false;
#endif
}

/* Nothing else is looked at. */
static void test_map(bool expected)
{
	int good = arena_create_at(1, 0, 0), bad = arena_create_at(0, 0, 1);

	if (expected)
		ASSERT_GE(good, 0, "map");
	else
		ASSERT_EQ(good, -EOPNOTSUPP, "map");
	ASSERT_EQ(bad, expected ? -EINVAL : -EOPNOTSUPP, "map that is wrong");
	if (good >= 0)
		close(good);
}

static void test_object(bool expected)
{
	struct arena_libbpf *skel = arena_libbpf__open();
	libbpf_print_fn_t printer;
	int err;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	printer = collect_messages();
	err = arena_libbpf__load(skel);
	libbpf_set_print(printer);
	ASSERT_EQ(err, expected ? 0 : -EOPNOTSUPP, "load");
	ASSERT_EQ(!!strstr(messages, MESSAGE), !expected, "message");
	arena_libbpf__destroy(skel);
}

void test_arena_absent(void)
{
	bool expected = arena_expected();

	ASSERT_EQ(libbpf_probe_bpf_map_type(BPF_MAP_TYPE_ARENA, NULL), expected, "probe");
	if (test__start_subtest("map"))
		test_map(expected);
	if (test__start_subtest("object"))
		test_object(expected);
}
