// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Loops over numbers: bpf_for(), bpf_repeat(), bpf_for_each() and the kfuncs below them. */
#define _GNU_SOURCE
#include <limits.h>
#include "test_progs.h"
#include "modern_helpers.h"
#include "cap_helpers.h"
#include "progs/iter_num.h"
#include "iter_num.skel.h"
#include "iter_num_barriers.skel.h"
#include "iter_num_fail.skel.h"
#include "iter_num_types.skel.h"

static int run(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run");
	return opts.retval;
}

static int run_packet(const struct bpf_program *prog, int ones)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));

	memset(packet, 1, ones);
	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run");
	return opts.retval;
}

static const struct {
	int start, end, err, count;
	long sum;
} ranges[] = {
	{ 0, 10, 0, 10, 45 },
	{ -5, 6, 0, 11, 0 },
	{ 3, 4, 0, 1, 3 },
	{ 7, 7, 0, 0, 0 },
	{ 8, 7, -EINVAL, 0, 0 },
	{ INT_MAX, INT_MIN, -EINVAL, 0, 0 },
	{ INT_MIN, INT_MIN + 3, 0, 3, 3L * INT_MIN + 3 },
	{ INT_MAX - 3, INT_MAX, 0, 3, 3L * INT_MAX - 6 },
	{ INT_MIN, INT_MAX, -E2BIG, 0, 0 },
	{ 0, (1 << 23) + 1, -E2BIG, 0, 0 },
	{ -1, 1 << 23, -E2BIG, 0, 0 },
	{ INT_MAX, INT_MAX, 0, 0, 0 },
	{ INT_MIN, INT_MIN, 0, 0, 0 },
};

static void test_ranges(struct iter_num *skel)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		skel->bss->start = ranges[i].start;
		skel->bss->end = ranges[i].end;
		ASSERT_EQ(run(skel->progs.calls), ranges[i].err, "result of new");
		ASSERT_EQ(skel->bss->n, ranges[i].count, "elements");
		ASSERT_EQ(skel->bss->result, ranges[i].sum, "sum of the elements");
		ASSERT_EQ(run(skel->progs.sum), ranges[i].count, "iterations");
		ASSERT_EQ(skel->bss->result, ranges[i].sum, "sum over them");
		ASSERT_EQ(run(skel->progs.for_each), ranges[i].count, "for_each");
	}
}

/* The largest range, once: it has 8 million iterations */
static void test_largest(struct iter_num *skel)
{
	skel->bss->start = -1;
	skel->bss->end = (1 << 23) - 1;
	ASSERT_EQ(run(skel->progs.sum), 1 << 23, "iterations");
	ASSERT_EQ(skel->bss->result, ((1L << 23) - 1) * (1 << 22) - (1 << 23), "sum");
}

static void test_macros(struct iter_num *skel)
{
	skel->bss->end = 1000;
	ASSERT_EQ(run(skel->progs.repeat), 1000, "repeat");
	skel->bss->end = -1;
	ASSERT_EQ(run(skel->progs.repeat), 0, "repeat less than once");
	skel->bss->n = 10;
	ASSERT_EQ(run(skel->progs.ways_out), 45, "continue, break and return");
	skel->bss->n = 3;
	ASSERT_EQ(run(skel->progs.ways_out), -1, "no return");
}

static void test_arrays(struct iter_num *skel)
{
	int i;

	run(skel->progs.fill);
	ASSERT_EQ(run(skel->progs.sum_numbers), ITER_NUMBERS * (ITER_NUMBERS + 1) / 2, "sum");
	ASSERT_EQ(run(skel->progs.branches), 0, "branches");
	skel->bss->n = 50;
	ASSERT_EQ(run(skel->progs.sort), 50 * 49 / 2, "swaps");
	for (i = 0; i < 50; i++)
		ASSERT_EQ(skel->bss->numbers[i], ITER_NUMBERS - 49 + i, "sorted");
	ASSERT_EQ(run(skel->progs.begins_again), 50 * 50 / 61, "begins again");
	skel->bss->n = 5;
	ASSERT_EQ(run(skel->progs.grid), 2 * ITER_ROWS * ITER_COLUMNS, "grid");
}

static void test_functions(struct iter_num *skel)
{
	ASSERT_EQ(run(skel->progs.functions), 701020, "static functions");
	ASSERT_EQ(run(skel->progs.global), 120, "global function");
	skel->bss->n = 6;
	ASSERT_EQ(run(skel->progs.in_callback), 60, "in a callback");
	ASSERT_EQ(run(skel->progs.around_callbacks), 90, "around callbacks");
	ASSERT_EQ(run(skel->progs.from_callback), 6, "less than there are callbacks");
	skel->bss->n = 200;
	ASSERT_EQ(run(skel->progs.from_callback), 100, "more than there are callbacks");
}

static void test_mixed(struct iter_num *skel)
{
	skel->bss->n = 10;
	ASSERT_EQ(run(skel->progs.with_may_goto), 45, "may_goto");
	ASSERT_EQ(run(skel->progs.locked), 45, "with a lock held");
	ASSERT_EQ(run(skel->progs.slot_again), 17, "slot used again");
	ASSERT_EQ(run(skel->progs.made_again), 20, "made again");
	ASSERT_EQ(run(skel->progs.merge), 310, "two at a time");
}

static void test_types(struct iter_num *skel)
{
	skel->bss->n = 9;
	ASSERT_EQ(run_packet(skel->progs.in_tc, 0), 36, "tc");
	ASSERT_EQ(run_packet(skel->progs.in_xdp, 21), 21, "xdp");
	ASSERT_EQ(run_packet(skel->progs.cgroup_skb, 0), 1, "cgroup_skb");
	ASSERT_EQ(run_packet(skel->progs.in_socket, 0), 3, "socket");
}

void test_iter_num(void)
{
	struct iter_num *skel = iter_num__open_and_load();

	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	if (test__start_subtest("ranges"))
		test_ranges(skel);
	if (test__start_subtest("largest"))
		test_largest(skel);
	if (test__start_subtest("macros"))
		test_macros(skel);
	if (test__start_subtest("arrays"))
		test_arrays(skel);
	if (test__start_subtest("functions"))
		test_functions(skel);
	if (test__start_subtest("mixed"))
		test_mixed(skel);
	if (test__start_subtest("types"))
		test_types(skel);
	iter_num__destroy(skel);
}

void test_iter_num_types(void)
{
	struct iter_num_types *skel = iter_num_types__open_and_load();

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	test_loaded_programs(skel->obj);
	iter_num_types__destroy(skel);
}

#define NOSPEC (BPF_ST | 0xc0)	/* BPF_NOSPEC, not in a header of user space */

/* How many branches ask whether R0 is NULL, and have a barrier on both ways. Fails where a barrier
 * is on one of them only.
 */
static int count_stopped(const struct bpf_program *prog)
{
	static struct bpf_insn insns[4096];
	struct bpf_prog_info info = { .xlated_prog_insns = (long)insns,
				      .xlated_prog_len = sizeof(insns) };
	const struct bpf_insn *insn = insns, *end;
	__u32 len = sizeof(info);
	int count = 0;

	if (!ASSERT_OK(bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len), "info") ||
	    !ASSERT_LT(info.xlated_prog_len, sizeof(insns), "insns"))
		return 0;
	end = insns + info.xlated_prog_len / sizeof(*insns);
	for (; insn < end; insn++) {
		if (insn->dst_reg || insn->imm ||
		    (insn->code != (BPF_JMP | BPF_JEQ | BPF_K) &&
		     insn->code != (BPF_JMP | BPF_JNE | BPF_K)))
			continue;
		ASSERT_EQ(insn[1].code == NOSPEC, insn[1 + insn->off].code == NOSPEC, "both ways");
		count += insn[1].code == NOSPEC;
	}
	return count;
}

/* Without CAP_PERFMON a processor that goes on with no element, or stops with one, is stopped. */
static void load_without_perfmon(struct bpf_object *obj, const char *name)
{
	__u64 caps = 1ULL << CAP_SYS_ADMIN | 1ULL << CAP_PERFMON;
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, name);
	int err;

	autoload_only(obj, name, NULL);
	if (!ASSERT_OK(cap_disable_effective(caps, &caps), "drop of capabilities"))
		return;
	err = bpf_object__load(obj);
	ASSERT_OK(cap_enable_effective(caps, NULL), "restore of capabilities");
	if (ASSERT_OK(err, "load"))
		ASSERT_GE(count_stopped(prog), 1, "branches with barriers");
}

void test_iter_num_perfmon(void)
{
	static const char * const progs[] = {
		"calls", "sum", "repeat", "ways_out", "fill", "sum_numbers", "grid", "global",
		"in_callback",
	};
	static const char * const barriers[] = { "plain", "nop", "dead_branch", "inlined" };
	struct iter_num_barriers *other;
	struct iter_num *skel;
	int i;

	for (i = 0; i < ARRAY_SIZE(progs); i++) {
		if (!test__start_subtest(progs[i]))
			continue;
		skel = iter_num__open();
		load_without_perfmon(skel->obj, progs[i]);
		iter_num__destroy(skel);
	}
	for (i = 0; i < ARRAY_SIZE(barriers); i++) {
		if (!test__start_subtest(barriers[i]))
			continue;
		other = iter_num_barriers__open();
		load_without_perfmon(other->obj, barriers[i]);
		iter_num_barriers__destroy(other);
	}
	if (test__start_subtest("privileged")) {
		skel = iter_num__open_and_load();
		if (ASSERT_OK_PTR(skel, "load"))
			ASSERT_EQ(count_stopped(skel->progs.sum), 0, "barriers");
		iter_num__destroy(skel);
	}
}

void test_iter_num_fail(void)
{
	RUN_TESTS(iter_num_fail);
}
