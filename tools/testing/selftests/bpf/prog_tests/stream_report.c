// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* bpf_stream_print_stack() says where a program is, and how it came there. */
#define _GNU_SOURCE
#include "stream_report_helpers.h"
#include "network_helpers.h"
#include "stream_report.skel.h"

#define SOURCE "stream_report.c"
#define MAX_FRAMES 8
#define JIT_HARDEN "/proc/sys/net/core/bpf_jit_harden"

struct frame {
	const char *name;
	enum report_place place;
	const char *line;
};

static bool check_frame(struct stream_report *skel, const char **text, const struct frame *f)
{
	return report_frame(text, f->name, f->line, SOURCE, skel->bss->places[f->place]);
}

/* The one dump in a stream has these frames, innermost first, and of the kernel's any. */
static void check_dump(struct stream_report *skel, struct bpf_program *prog, int stream,
		       int pid, const struct frame *frames)
{
	struct text dump = {};
	const char *text;
	int i;

	if (!ASSERT_OK(text_read(&dump, bpf_program__fd(prog), stream, 1024), "read") ||
	    !ASSERT_GT(dump.len, 0, "length of the dump") ||
	    !ASSERT_LE(dump.len, REPORT_SIZE, "length of the dump"))
		goto out;
	text = dump.data;
	if (!report_head(&text, pid))
		goto out;
	for (i = 0; i < MAX_FRAMES && frames[i].name; i++) {
		if (i)
			report_skip_kernel(&text);
		if (!check_frame(skel, &text, &frames[i]))
			goto out;
	}
	/* a timer may interrupt another program */
	if (pid ? report_end(&text) : report_rest(&text))
		ASSERT_STREQ(text, "", "text behind the dump");
out:
	text_free(&dump);
}

static void run_and_check(struct stream_report *skel, struct bpf_program *prog, int stream,
			  const struct frame *frames)
{
	skel->bss->ret = -1;
	ASSERT_OK(run_syscall(bpf_program__fd(prog), NULL, 0), "run");
	ASSERT_OK(skel->bss->ret, "bpf_stream_print_stack");
	check_dump(skel, prog, stream, getpid(), frames);
}

static const struct frame main_frames[MAX_FRAMES] = {
	{ "in_main", AT_MAIN, "HERE(AT_MAIN); ret = bpf_stream_print_stack(id);" },
};

static const struct frame sub_frames[MAX_FRAMES] = {
	{ "sub", AT_SUB, "HERE(AT_SUB); ret = bpf_stream_print_stack(id);" },
	{ "in_sub", AT_SUB_CALL, "HERE(AT_SUB_CALL); ret = sub();" },
};

static const struct frame global_frames[MAX_FRAMES] = {
	{ "global", AT_GLOBAL, "HERE(AT_GLOBAL); ret = bpf_stream_print_stack(stream);" },
	{ "in_global", AT_GLOBAL_CALL, "HERE(AT_GLOBAL_CALL); ret = global(BPF_STDOUT);" },
};

static const struct frame callback_frames[MAX_FRAMES] = {
	{ "callback", AT_CALLBACK, "HERE(AT_CALLBACK); ret = bpf_stream_print_stack(id);" },
	{ "in_callback", AT_LOOP, "HERE(AT_LOOP); bpf_loop(count, callback, NULL, 0);" },
};

static const struct frame lock_frames[MAX_FRAMES] = {
	{ "under_lock", AT_LOCKED, "HERE(AT_LOCKED); ret = bpf_stream_print_stack(id);" },
};

static const struct frame timer_frames[MAX_FRAMES] = {
	{ "timer_callback", AT_TIMER,
	  "HERE(AT_TIMER); timer_ret = bpf_stream_print_stack(id);" },
};

static const struct frame deep_frames[MAX_FRAMES] = {
	{ "deep_8", AT_DEEP_8, "HERE(AT_DEEP_8); ret = bpf_stream_print_stack(id);" },
	{ "deep_7", AT_DEEP_7, "HERE(AT_DEEP_7); ret = deep_8();" },
	{ "deep_6", AT_DEEP_6, "HERE(AT_DEEP_6); ret = deep_7();" },
	{ "deep_5", AT_DEEP_5, "HERE(AT_DEEP_5); ret = deep_6();" },
	{ "deep_4", AT_DEEP_4, "HERE(AT_DEEP_4); ret = deep_5();" },
	{ "deep_3", AT_DEEP_3, "HERE(AT_DEEP_3); ret = deep_4();" },
	{ "deep_2", AT_DEEP_2, "HERE(AT_DEEP_2); ret = deep_3();" },
	{ "deep_1", AT_DEEP_1, "HERE(AT_DEEP_1); ret = deep_2();" },
};

/* The callback of a timer runs in a softirq, with streams of the program that started it. */
static void test_timer(struct stream_report *skel)
{
	struct bpf_program *prog = skel->progs.in_timer;
	__u32 retval = 1;
	int i;

	skel->bss->timer_ret = -1;
	if (!ASSERT_OK(run_skb(bpf_program__fd(prog), &pkt_v4, sizeof(pkt_v4), &retval), "run") ||
	    !ASSERT_OK(retval, "start of the timer"))
		return;
	for (i = 0; i < 500 && skel->bss->timer_ret == -1; i++)
		usleep(10000);
	ASSERT_OK(skel->bss->timer_ret, "bpf_stream_print_stack");
	check_dump(skel, prog, STDERR, 0, timer_frames);
}

/* Long lines are cut, and frames that do not fit are left out as a whole. */
static void test_too_long(struct stream_report *skel)
{
	int fd = bpf_program__fd(skel->progs.too_long), frames;
	const char *text, *at_file;
	struct text dump = {};

	ASSERT_OK(run_syscall(fd, NULL, 0), "run");
	ASSERT_OK(skel->bss->ret, "bpf_stream_print_stack");
	if (!ASSERT_OK(text_read(&dump, fd, STDERR, 1024), "read") ||
	    !ASSERT_LE(dump.len, REPORT_SIZE, "length of the dump"))
		goto out;
	text = dump.data;
	if (!report_head(&text, getpid()))
		goto out;
	for (frames = 0; is_bpf_symbol(report_symbol(&text)); frames++) {
		at_file = strstr(text, " @ " SOURCE ":");
		if (!ASSERT_OK_PTR(at_file, "name of the file"))
			goto out;
		if (!frames)
			ASSERT_EQ(at_file - text, 2 + 128, "length of the long line");
		text = strchrnul(at_file, '\n') + 1;
	}
	ASSERT_GE(frames, 2, "frames");
	ASSERT_LT(frames, 7, "frames");
	ASSERT_STREQ(text, MORE_FRAMES "\n", "end of the dump");
out:
	text_free(&dump);
}

static void test_bad_id(struct stream_report *skel)
{
	static const int bad[] = { 0, 3, -1, 1 << 30 };
	int fd = bpf_program__fd(skel->progs.in_main), i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		skel->data->id = bad[i];
		ASSERT_OK(run_syscall(fd, NULL, 0), "run");
		ASSERT_EQ(skel->bss->ret, -ENOENT, "no such stream");
		ASSERT_EQ(fdinfo_value(fd, "dropped_no_stream"), i + 1, "counted");
	}
	ASSERT_EQ(stream_drain(fd, STDOUT) + stream_drain(fd, STDERR), 0, "text");
	skel->data->id = STDERR;
}

/* More than the kernel would report, until the stream is full, in whole dumps. */
static void test_until_full(struct stream_report *skel)
{
	int fd = bpf_program__fd(skel->progs.in_callback), dumps;
	struct text all = {};
	const char *text;

	skel->data->count = 20000;
	ASSERT_OK(run_syscall(fd, NULL, 0), "run");
	skel->data->count = 1;
	ASSERT_EQ(skel->bss->ret, -ENOSPC, "a full stream");
	ASSERT_OK(text_read(&all, fd, STDERR, 1 << 16), "read");
	text = all.data;
	for (dumps = 0; text && *text; dumps++)
		if (!report_head(&text, getpid()) ||
		    !check_frame(skel, &text, &callback_frames[0]) || !report_rest(&text))
			break;
	ASSERT_GT(dumps, (4 << 20) / 1024, "dumps");
	ASSERT_EQ(fdinfo_value(fd, "stderr_dropped_capacity"), 1, "dropped");
	ASSERT_EQ(fdinfo_value(fd, "stderr_suppressed"), 0, "suppressed");
	text_free(&all);
}

/* The insns of a program are other ones when its constants are blinded, its lines are not. */
static void test_blinded(void)
{
	long long harden = read_number(JIT_HARDEN);
	struct stream_report *skel;

	if (!ASSERT_OK(write_number(JIT_HARDEN, 2), "jit_harden"))
		return;
	skel = stream_report__open_and_load();
	ASSERT_OK(write_number(JIT_HARDEN, harden), "jit_harden");
	if (!ASSERT_OK_PTR(skel, "open_and_load"))
		return;
	run_and_check(skel, skel->progs.in_main, STDERR, main_frames);
	run_and_check(skel, skel->progs.in_global, STDOUT, global_frames);
	run_and_check(skel, skel->progs.in_callback, STDERR, callback_frames);
	run_and_check(skel, skel->progs.deep_1, STDERR, deep_frames);
	stream_report__destroy(skel);
}

void serial_test_stream_report(void)
{
	struct stream_report *skel = stream_report__open_and_load();

	if (!ASSERT_OK_PTR(skel, "open_and_load"))
		return;
	if (test__start_subtest("main"))
		run_and_check(skel, skel->progs.in_main, STDERR, main_frames);
	if (test__start_subtest("subprogram"))
		run_and_check(skel, skel->progs.in_sub, STDERR, sub_frames);
	if (test__start_subtest("global"))
		run_and_check(skel, skel->progs.in_global, STDOUT, global_frames);
	if (test__start_subtest("callback"))
		run_and_check(skel, skel->progs.in_callback, STDERR, callback_frames);
	if (test__start_subtest("spin_lock"))
		run_and_check(skel, skel->progs.under_lock, STDERR, lock_frames);
	if (test__start_subtest("timer"))
		test_timer(skel);
	if (test__start_subtest("deep"))
		run_and_check(skel, skel->progs.deep_1, STDERR, deep_frames);
	if (test__start_subtest("too_long"))
		test_too_long(skel);
	if (test__start_subtest("bad_id"))
		test_bad_id(skel);
	if (test__start_subtest("until_full"))
		test_until_full(skel);
	if (test__start_subtest("blinded"))
		test_blinded();
	stream_report__destroy(skel);
}
