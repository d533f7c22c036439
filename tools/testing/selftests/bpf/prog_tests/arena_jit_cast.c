// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Casts between the address spaces, with all pairs of registers. */
#include "arena_jit.h"

#define NR_CASES 100

/* What the lower half may be: NULL, and both signs */
static const __u32 lows[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000000 };

static int cast_load(int imm, int arena_fd, int regs_fd)
{
	static struct code code;
	int nr;

	code.cnt = 0;
	EMIT(&code, LD_MAP(BPF_REG_1, arena_fd));
	for (nr = 0; nr < NR_CASES; nr++) {
		emit_regs_load(&code, regs_fd, nr);
		EMIT(&code, CAST(nr / 10, nr % 10, imm));
		emit_regs_store(&code, regs_fd, nr);
	}
	EMIT(&code, RETURN(0));
	return code_load(&code, BPF_PROG_TYPE_SYSCALL);
}

static bool cast_run(int fd, struct regs *regs, __u32 low, __u64 user_upper)
{
	static struct regs in[NR_CASES];
	int i, nr;

	for (nr = 0; nr < NR_CASES; nr++) {
		for (i = 0; i < NR_REGS; i++)
			in[nr].r[i] = random64();
		in[nr].r[nr % 10] = random64() << 32 | low;
	}
	memcpy(regs, in, sizeof(in));
	if (!ASSERT_OK(code_run(fd), "run"))
		return false;
	for (nr = 0; nr < NR_CASES; nr++) {
		in[nr].r[nr / 10] = low ? user_upper | low : 0;
		if (!memcmp(&in[nr], &regs[nr], offsetof(struct regs, r[BPF_REG_10])))
			continue;
		PRINT_FAIL("R%d = cast of R%d with %#x: %#llx expected, %#llx found\n",
			   nr / 10, nr % 10, low, in[nr].r[nr / 10], regs[nr].r[nr / 10]);
		return false;
	}
	return true;
}

/* The kernel has the lower half only, user space gets user_upper. */
static void test_casts(unsigned long addr, __u32 flags, __u64 user_upper)
{
	struct cases cases;
	struct arena arena;
	int i, to_kern, to_user;

	if (!arena_open(&arena, addr, flags))
		return;
	if (cases_open(&cases)) {
		to_kern = cast_load(1, arena.fd, cases.fd);
		to_user = cast_load(1 << 16, arena.fd, cases.fd);
		for (i = 0; i < ARRAY_SIZE(lows) && to_kern >= 0 && to_user >= 0; i++)
			if (!cast_run(to_kern, cases.regs, lows[i], 0) ||
			    !cast_run(to_user, cases.regs, lows[i], user_upper))
				break;
		close(to_kern);
		close(to_user);
		cases_close(&cases);
	}
	arena_close(&arena);
}

void test_arena_jit_cast(void)
{
	if (test__start_subtest("upper_half"))
		test_casts(ARENA_ADDR, 0, ARENA_ADDR & ~0xffffffffUL);
	if (test__start_subtest("largest_upper_half"))
		test_casts(0x7ffe10000000, 0, 0x7ffe00000000);
	if (test__start_subtest("no_upper_half"))
		test_casts(0x60000000, 0, 0);
	if (test__start_subtest("no_user_conv"))
		test_casts(ARENA_ADDR, BPF_F_NO_USER_CONV, 0);
}
