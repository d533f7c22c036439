// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* may_goto loops in C: what they compute, and when they end. */
#include "test_progs.h"
#include "may_goto_helpers.h"
#include "progs/may_goto.h"
#include "progs/may_goto_arena.h"
#include "may_goto.skel.h"
#include "may_goto_arena.skel.h"
#include "may_goto_ext.skel.h"
#include "may_goto_fail.skel.h"

static int run_syscall(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run");
	return opts.retval;
}

static int run_tc(const struct bpf_program *prog)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));

	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run");
	return opts.retval;
}

static void test_arrays(struct may_goto *skel)
{
	int i;

	for (i = 0; i < 40; i++)
		skel->bss->numbers[i] = 100 - i;
	skel->bss->numbers[40] = 0;
	skel->bss->n = 40;
	ASSERT_EQ(run_syscall(skel->progs.sum_array), 4000 - 780, "sum_array");
	ASSERT_EQ(run_syscall(skel->progs.sum_until_zero), 4000 - 780, "sum_until_zero");
	ASSERT_EQ(run_syscall(skel->progs.bounds_are_kept), 97 + 4000 - 780 - 100,
		  "bounds_are_kept");
	skel->bss->n = 0;
	ASSERT_EQ(run_syscall(skel->progs.sum_array), 0, "sum of nothing");
	skel->bss->n = 40;
	ASSERT_EQ(run_syscall(skel->progs.bubble_sort), 0, "bubble_sort");
	for (i = 0; i < 40; i++)
		ASSERT_EQ(skel->bss->numbers[i], 61 + i, "sorted");
	for (i = 0; i < 40; i++)
		skel->bss->numbers[i] = i % 3 ? -1 : i;
	ASSERT_EQ(run_syscall(skel->progs.index_on_stack), 3 * 13 * 14 / 2, "index_on_stack");
	ASSERT_EQ(run_syscall(skel->progs.constant_bound), 0, "constant_bound");
	ASSERT_EQ(run_syscall(skel->progs.constant_bound), MANY_NUMBERS, "all of them");

	skel->bss->n = 200;
	ASSERT_EQ(run_syscall(skel->progs.break_to_label), 0, "40 thousand");
	skel->bss->n = 1 << 20;
	ASSERT_EQ(run_syscall(skel->progs.break_to_label), 1, "a million millions");
}

static void test_matrix(struct may_goto *skel)
{
	int i, j, k, sum;

	skel->bss->rows = 5;
	skel->bss->inner = 8;
	skel->bss->cols = 3;
	for (i = 0; i < DIM; i++)
		for (j = 0; j < DIM; j++) {
			skel->bss->a[i][j] = i * 10 + j;
			skel->bss->b[i][j] = i - j * 3;
		}
	ASSERT_EQ(run_syscall(skel->progs.multiply), 0, "multiply");
	for (i = 0; i < 5; i++)
		for (j = 0; j < 3; j++) {
			for (sum = 0, k = 0; k < 8; k++)
				sum += skel->bss->a[i][k] * skel->bss->b[k][j];
			ASSERT_EQ(skel->bss->c[i][j], sum, "product");
		}
	ASSERT_EQ(skel->bss->c[5][0], 0, "nothing else");
	skel->bss->inner = DIM + 1;
	ASSERT_EQ(run_syscall(skel->progs.multiply), -1, "too large");
}

static void set_text(struct may_goto *skel, const char *text, unsigned int len)
{
	memset(skel->bss->text, 0, MAX_TEXT);
	memcpy(skel->bss->text, text, len);
	skel->bss->len = len;
}

static int search(struct may_goto *skel, const char *text, const char *pattern)
{
	set_text(skel, text, strlen(text));
	strcpy(skel->bss->pattern, pattern);
	skel->bss->pattern_len = strlen(pattern);
	return run_syscall(skel->progs.search);
}

static void test_text(struct may_goto *skel)
{
	static const char records[] = "\2\3abc\1\6\2\1x\3\0\2\2yz";
	static const char cut[] = "\2\3abc\2\4xyz";

	ASSERT_EQ(search(skel, "the needle in the haystack", "needle"), 4, "found");
	ASSERT_EQ(search(skel, "nenenenedle", "needle"), -1, "not found");
	ASSERT_EQ(search(skel, "nenenenedle", "nedle"), 6, "found late");
	ASSERT_EQ(search(skel, "end", "end"), 0, "all of it");
	ASSERT_EQ(search(skel, "en", "end"), -1, "too long");
	ASSERT_EQ(search(skel, "en", ""), 0, "nothing");

	set_text(skel, "12 -5 0x1f  -0x10 7", 19);
	ASSERT_EQ(run_syscall(skel->progs.parse_numbers), 12 - 5 + 31 - 16 + 7, "numbers");
	set_text(skel, "12 -5y", 6);
	ASSERT_EQ(run_syscall(skel->progs.parse_numbers), -1, "not a number");

	set_text(skel, records, sizeof(records) - 1);
	ASSERT_EQ(run_syscall(skel->progs.parse_records), 4, "records");
	set_text(skel, cut, sizeof(cut) - 1);
	ASSERT_EQ(run_syscall(skel->progs.parse_records), -1, "cut");
}

static void test_functions(struct may_goto *skel)
{
	skel->bss->n = 30;
	ASSERT_EQ(run_syscall(skel->progs.in_functions), 21 * 30, "in_functions");
	ASSERT_EQ(run_syscall(skel->progs.in_callback), 300, "in_callback");
	ASSERT_EQ(run_syscall(skel->progs.around_callback), 180, "around_callback");
	/* "hello, world" and one more for each of the 30 */
	ASSERT_EQ(run_syscall(skel->progs.beside_bpf_loop), 200 + 30 + 1160 + 30,
		  "beside_bpf_loop");
	ASSERT_EQ(run_syscall(skel->progs.array_elements), 120, "array_elements");
}

static void test_limit(struct may_goto *skel)
{
	run_syscall(skel->progs.until_limit);
	ASSERT_TRUE(may_goto_ended(skel->bss->count, 1), "until_limit");
	run_syscall(skel->progs.shared_limit);
	ASSERT_TRUE(may_goto_ended(skel->bss->count, 1), "shared_limit");
	skel->bss->stop = -1;
	run_syscall(skel->progs.limit_of_calls);
	ASSERT_TRUE(may_goto_ended(skel->bss->count, 3), "limit_of_calls");
}

static void test_timer(struct may_goto *skel)
{
	int i;

	skel->bss->count = 0;
	ASSERT_EQ(run_tc(skel->progs.in_timer), 0, "in_timer");
	for (i = 0; i < 1000 && !*(volatile int *)&skel->bss->timer_done; i++)
		usleep(10000);
	ASSERT_TRUE(may_goto_ended(skel->bss->count, 1), "iterations");
}

static void test_tail_call(struct may_goto *skel)
{
	int key = 0, fd = bpf_program__fd(skel->progs.tail_called);

	if (!ASSERT_OK(bpf_map_update_elem(bpf_map__fd(skel->maps.jump_table), &key, &fd, 0),
		       "jump table"))
		return;
	ASSERT_EQ(run_tc(skel->progs.tail_calls), 7, "tail_calls");
	ASSERT_TRUE(may_goto_ended(skel->bss->count, 2), "iterations");
	skel->bss->n = 10;
	ASSERT_EQ(run_tc(skel->progs.tail_calls_from_function), 7, "tail_calls_from_function");
	ASSERT_TRUE(may_goto_ended(skel->bss->count - 10, 1), "iterations");
}

static void test_freplace(struct may_goto *skel)
{
	struct may_goto_ext *ext = may_goto_ext__open();
	struct bpf_link *link;

	if (!ASSERT_OK_PTR(ext, "open"))
		return;
	if (!ASSERT_OK(bpf_program__set_attach_target(ext->progs.replacement,
						      bpf_program__fd(skel->progs.calls_replaced),
						      "replaced"), "target") ||
	    !ASSERT_OK(may_goto_ext__load(ext), "load"))
		goto out;
	ASSERT_EQ(run_tc(skel->progs.calls_replaced), 1, "before");
	link = bpf_program__attach_freplace(ext->progs.replacement,
					    bpf_program__fd(skel->progs.calls_replaced),
					    "replaced");
	if (!ASSERT_OK_PTR(link, "attach"))
		goto out;
	ASSERT_TRUE(may_goto_ended(run_tc(skel->progs.calls_replaced), 1), "after");
	bpf_link__destroy(link);
out:
	may_goto_ext__destroy(ext);
}

/* Functions begin where func_info and line_info say: where the count starts. */
static void test_info(struct may_goto *skel)
{
	struct bpf_insn insns[512] = {};
	struct bpf_func_info funcs[8] = {};
	struct bpf_line_info lines[512] = {};
	struct bpf_prog_info info = {
		.xlated_prog_insns = (unsigned long)insns,
		.xlated_prog_len = sizeof(insns),
		.func_info = (unsigned long)funcs,
		.func_info_rec_size = sizeof(*funcs),
		.nr_func_info = ARRAY_SIZE(funcs),
		.line_info = (unsigned long)lines,
		.line_info_rec_size = sizeof(*lines),
		.nr_line_info = ARRAY_SIZE(lines),
	};
	int fd = bpf_program__fd(skel->progs.in_functions), i, j;
	__u32 len = sizeof(info);

	if (may_goto_hardened())
		return;
	if (!ASSERT_OK(bpf_obj_get_info_by_fd(fd, &info, &len), "info") ||
	    !ASSERT_EQ(info.nr_func_info, 3, "functions"))
		return;
	for (i = 0; i < info.nr_func_info; i++) {
		const struct bpf_insn *insn = &insns[funcs[i].insn_off];

		ASSERT_EQ(insn->code, BPF_ST | BPF_MEM | BPF_DW, "first insn");
		ASSERT_EQ(insn->imm, may_goto_is_timed() ? MAX_TIMED_LOOPS : MAX_LOOPS, "limit");
		for (j = 0; j < info.nr_line_info; j++)
			if (lines[j].insn_off == funcs[i].insn_off)
				break;
		ASSERT_LT(j, info.nr_line_info, "line");
	}
}

static void test_all(void)
{
	static const struct {
		const char *name;
		void (*run)(struct may_goto *skel);
	} tests[] = {
		{ "arrays", test_arrays },
		{ "matrix", test_matrix },
		{ "text", test_text },
		{ "functions", test_functions },
		{ "limit", test_limit },
		{ "timer", test_timer },
		{ "tail_call", test_tail_call },
		{ "freplace", test_freplace },
		{ "info", test_info },
	};
	struct may_goto *skel = may_goto__open_and_load();
	int i;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (test__start_subtest(tests[i].name))
			tests[i].run(skel);
	may_goto__destroy(skel);
}

static void test_arena(void)
{
	struct may_goto_arena *skel = may_goto_arena__open_and_load();

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	skel->bss->n = 1234;
	ASSERT_EQ(run_syscall(skel->progs.walk_list), 0, "walk_list");
	ASSERT_EQ(skel->bss->sum, 1234 * 1233 / 2, "sum");
	ASSERT_EQ(run_syscall(skel->progs.walk_tree), 0, "walk_tree");
	ASSERT_EQ(skel->bss->sum, 1234, "elements");
	ASSERT_EQ(run_syscall(skel->progs.malloc_list), 0, "malloc_list");
	ASSERT_EQ(skel->bss->sum, 1234 + 100 * 1000, "allocations");
	ASSERT_EQ(run_syscall(skel->progs.walk_circle), 0, "walk_circle");
	/* The same function has made the list. */
	ASSERT_TRUE(may_goto_ended(skel->bss->sum + 1234, 1), "iterations");
	may_goto_arena__destroy(skel);
}

void test_may_goto(void)
{
	test_all();
	if (test__start_subtest("arena"))
		test_arena();
}

void serial_test_may_goto_hardened(void)
{
	struct sysctl sysctl;

	if (!ASSERT_OK(sysctl_set(&sysctl, "net/core/bpf_jit_harden", 2), "sysctl"))
		return;
	test_all();
	if (test__start_subtest("arena"))
		test_arena();
	sysctl_restore(&sysctl);
}

void test_may_goto_fail(void)
{
	RUN_TESTS(may_goto_fail);
}
