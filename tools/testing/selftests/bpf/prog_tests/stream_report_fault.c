// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Faults in an arena are on stderr: what was tried, at which address, and where. */
#define _GNU_SOURCE
#include "arena_jit.h"
#include "stream_report_helpers.h"
#include "network_helpers.h"
#include "stream_report_fault.skel.h"

#define SOURCE "stream_report_fault.c"
#define ABSENT_PAGE (ARENA_ADDR + 8 * PAGE)
#define HIGH_HALF (ARENA_ADDR & ~0xffffffffUL)

static const char * const form_lines[NR_FORMS] = {
	[LOAD_U8] = "FORM(LOAD_U8, __u8, found =,);",
	[LOAD_U16] = "FORM(LOAD_U16, __u16, found =,);",
	[LOAD_U32] = "FORM(LOAD_U32, __u32, found =,);",
	[LOAD_U64] = "FORM(LOAD_U64, __u64, found =,);",
	[LOAD_S8] = "FORM(LOAD_S8, __s8, found =,);",
	[LOAD_S16] = "FORM(LOAD_S16, __s16, found =,);",
	[LOAD_S32] = "FORM(LOAD_S32, __s32, found =,);",
	[LOAD_FAR] = "case LOAD_FAR: HERE(AT_ACCESS); found = AT(__u8, FAR_OFFSET); break;",
	[STORE_8] = "FORM(STORE_8, __u8,, = value);",
	[STORE_16] = "FORM(STORE_16, __u16,, = value);",
	[STORE_32] = "FORM(STORE_32, __u32,, = value);",
	[STORE_64] = "FORM(STORE_64, __u64,, = value);",
	[STORE_FAR] = "case STORE_FAR: HERE(AT_ACCESS); AT(__u8, FAR_OFFSET) = value; break;",
	[ATOMIC_ADD_32] = "ATOMIC(ATOMIC_ADD_32, __u32,, fetch_and_add, 1);",
	[ATOMIC_ADD_64] = "ATOMIC(ATOMIC_ADD_64, __u64,, fetch_and_add, 1);",
	[ATOMIC_AND] = "ATOMIC(ATOMIC_AND, __u64,, fetch_and_and, 1);",
	[ATOMIC_OR] = "ATOMIC(ATOMIC_OR, __u64,, fetch_and_or, 1);",
	[ATOMIC_XOR] = "ATOMIC(ATOMIC_XOR, __u64,, fetch_and_xor, 1);",
	[FETCH_ADD_32] = "ATOMIC(FETCH_ADD_32, __u32, found =, fetch_and_add, 1);",
	[FETCH_ADD_64] = "ATOMIC(FETCH_ADD_64, __u64, found =, fetch_and_add, 1);",
	[FETCH_AND] = "ATOMIC(FETCH_AND, __u64, found =, fetch_and_and, 1);",
	[FETCH_OR] = "ATOMIC(FETCH_OR, __u64, found =, fetch_and_or, 1);",
	[FETCH_XOR] = "ATOMIC(FETCH_XOR, __u64, found =, fetch_and_xor, 1);",
	[XCHG_32] = "ATOMIC(XCHG_32, __u32, found =, lock_test_and_set, 1);",
	[XCHG_64] = "ATOMIC(XCHG_64, __u64, found =, lock_test_and_set, 1);",
	[CMPXCHG_32] = "ATOMIC(CMPXCHG_32, __u32, found =, val_compare_and_swap, 0, 1);",
	[CMPXCHG_64] = "ATOMIC(CMPXCHG_64, __u64, found =, val_compare_and_swap, 0, 1);",
};

static const char *direction_of(enum access_form form)
{
	return form < NR_LOADS ? "READ" : "WRITE";
}

static int offset_of(enum access_form form)
{
	return form == LOAD_FAR || form == STORE_FAR ? FAR_OFFSET : FORM_OFFSET(form);
}

/* Read the one report that there has to be. */
static bool report_read(struct text *report, int fd)
{
	return ASSERT_OK(text_read(report, fd, STDERR, 1024), "read") &&
	       ASSERT_GT(report->len, 0, "length of the report") &&
	       ASSERT_LE(report->len, REPORT_SIZE, "length of the report");
}

static bool check_form(struct stream_report_fault *skel, int fd, enum access_form form,
		       __u64 address)
{
	struct text report = {};
	const char *text;
	bool ok = false;

	skel->bss->form = form;
	skel->bss->address = address;
	skel->bss->found = 1;
	if (!ASSERT_OK(run_syscall(fd, NULL, 0), "run") || !report_read(&report, fd))
		goto out;
	text = report.data;
	ok = report_fault(&text, direction_of(form), address + offset_of(form)) &&
	     report_head(&text, getpid()) &&
	     report_frame(&text, "all_forms", form_lines[form], SOURCE,
			  skel->bss->places[AT_ACCESS]) &&
	     report_end(&text) && ASSERT_STREQ(text, "", "text behind the report");
out:
	text_free(&report);
	return ok;
}

/* A page within, the NULL of the program, and the last address of all */
static void test_forms(struct stream_report_fault *skel)
{
	static const __u64 addresses[] = { ABSENT_PAGE, HIGH_HALF, HIGH_HALF + 0xffffffff };
	int i, form, fd = bpf_program__fd(skel->progs.all_forms);

	for (i = 0; i < ARRAY_SIZE(addresses); i++)
		for (form = 0; form < NR_FORMS; form++)
			if (!check_form(skel, fd, form, addresses[i])) {
				printf("form %s at %llx\n", form_lines[form], addresses[i]);
				return;
			}
}

struct frame {
	const char *name;
	enum report_place place;
	const char *line;
};

struct fault_case {
	const char *direction;
	struct frame frames[2];
};

static const struct fault_case sub_case = { "READ", {
	{ "sub", AT_SUB, "HERE(AT_SUB); found = AT(__u64, 8);" },
	{ "in_sub", AT_SUB_CALL, "HERE(AT_SUB_CALL); sub();" },
} };

static const struct fault_case global_case = { "WRITE", {
	{ "global", AT_GLOBAL, "HERE(AT_GLOBAL); AT(__u64, 8) = 1;" },
	{ "in_global", AT_GLOBAL_CALL, "HERE(AT_GLOBAL_CALL); global(address);" },
} };

static const struct fault_case callback_case = { "READ", {
	{ "callback", AT_CALLBACK, "HERE(AT_CALLBACK); found = AT(__u64, 8);" },
	{ "in_callback", AT_LOOP, "HERE(AT_LOOP); bpf_loop(count, callback, NULL, 0);" },
} };

static const struct fault_case timer_case = { "WRITE", {
	{ "timer_callback", AT_TIMER, "HERE(AT_TIMER); AT(__u64, 8) = 1;" },
} };

static void check_report(struct stream_report_fault *skel, struct bpf_program *prog, int pid,
			 const struct fault_case *c)
{
	struct text report = {};
	const struct frame *f;
	const char *text;

	if (!report_read(&report, bpf_program__fd(prog)))
		goto out;
	text = report.data;
	if (!report_fault(&text, c->direction, ABSENT_PAGE + 8) || !report_head(&text, pid))
		goto out;
	for (f = c->frames; f < c->frames + ARRAY_SIZE(c->frames) && f->name; f++) {
		if (f != c->frames)
			report_skip_kernel(&text);
		if (!report_frame(&text, f->name, f->line, SOURCE, skel->bss->places[f->place]))
			goto out;
	}
	/* a timer may interrupt another program */
	if (pid ? report_end(&text) : report_rest(&text))
		ASSERT_STREQ(text, "", "text behind the report");
out:
	text_free(&report);
}

static void test_frames(struct stream_report_fault *skel, struct bpf_program *prog,
			const struct fault_case *c)
{
	skel->bss->address = ABSENT_PAGE;
	ASSERT_OK(run_syscall(bpf_program__fd(prog), NULL, 0), "run");
	check_report(skel, prog, getpid(), c);
}

static void test_timer(struct stream_report_fault *skel)
{
	struct bpf_program *prog = skel->progs.in_timer;
	int i, fd = bpf_program__fd(prog);
	__u32 retval = 1;

	skel->bss->address = ABSENT_PAGE;
	if (!ASSERT_OK(run_skb(fd, &pkt_v4, sizeof(pkt_v4), &retval), "run") ||
	    !ASSERT_OK(retval, "start of the timer"))
		return;
	for (i = 0; i < 500 && fdinfo_value(fd, "stderr_queued") <= 0; i++)
		usleep(10000);
	check_report(skel, prog, 0, &timer_case);
}

/* One access of a program without line info, with base as the address. */
static bool check_base(struct arena *arena, int base, struct bpf_insn access, const char *direction)
{
	__u64 address = (__u64)arena->start + 40 * PAGE + 8;
	struct text report = {};
	static struct code code;
	const char *text;
	bool ok = false;
	int fd;

	code.cnt = 0;
	EMIT(&code, LD_ADDR(base, arena->fd, 40 * PAGE + 8),
	     CAST_KERN(base, base),
	     BPF_MOV64_IMM((base + 1) % 10, 1),
	     access,
	     RETURN(0));
	fd = code_load(&code, BPF_PROG_TYPE_SYSCALL);
	if (fd < 0)
		return false;
	if (ASSERT_OK(code_run(fd), "run") && report_read(&report, fd)) {
		text = report.data;
		ok = report_fault(&text, direction, address + access.off) &&
		     report_head(&text, getpid()) &&
		     report_frame(&text, "arena_jit", NULL, NULL, 0) && report_end(&text);
	}
	text_free(&report);
	close(fd);
	return ok;
}

/* Every register can have the address, and every offset belongs to it. */
static void test_registers(void)
{
	static const short offs[] = { 0, 1, -1, 127, -129, 32767, -32768 };
	static const int sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	struct arena arena;
	int base, i;
	bool ok = true;

	if (!arena_open(&arena, ARENA_ADDR + (1UL << 32), 0))
		return;
	for (base = 0; base <= 9 && ok; base++)
		for (i = 0; i < ARRAY_SIZE(offs) && ok; i++)
			ok = check_base(&arena, base, BPF_LDX_MEM(BPF_DW, base, base, offs[i]),
					"READ") &&
			     check_base(&arena, base, BPF_ST_MEM(sizes[i % 4], base, offs[i], 1),
					"WRITE") &&
			     check_base(&arena, base,
					BPF_ATOMIC_OP(BPF_DW, BPF_OR | BPF_FETCH, base,
						      (base + 1) % 10, offs[i]), "WRITE");
	if (!ok)
		printf("base R%d off %d\n", base - 1, offs[i - 1]);
	arena_close(&arena);
}

void test_stream_report_fault(void)
{
	struct stream_report_fault *skel = stream_report_fault__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	if (!ASSERT_OK(bpf_map__set_map_extra(skel->maps.arena, ARENA_ADDR), "map_extra") ||
	    !ASSERT_OK(stream_report_fault__load(skel), "load"))
		goto out;
	if (test__start_subtest("forms"))
		test_forms(skel);
	if (test__start_subtest("subprogram"))
		test_frames(skel, skel->progs.in_sub, &sub_case);
	if (test__start_subtest("global"))
		test_frames(skel, skel->progs.in_global, &global_case);
	if (test__start_subtest("callback"))
		test_frames(skel, skel->progs.in_callback, &callback_case);
	if (test__start_subtest("timer"))
		test_timer(skel);
	if (test__start_subtest("registers"))
		test_registers();
out:
	stream_report_fault__destroy(skel);
}
