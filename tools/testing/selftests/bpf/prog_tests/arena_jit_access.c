// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Loads and stores of all sizes with all registers and offsets, to pages that
 * are there and to others, against a model.
 */
#include "arena_jit.h"

static const short offs[] = {
	0, 1, -1, 8, 127, 128, -128, -129, 255, -32768, 32767,
};

static const int sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
static const int bytes[] = { 1, 2, 4, 8 };

/* One program: all values and offsets for a size and a base register. */
struct access {
	int class;	/* BPF_LDX, BPF_STX, BPF_ST */
	int size;	/* index of sizes */
	int base;
	int values;	/* how many value registers */
};

static int imm_of(int nr)
{
	return 0x81c3a5f0 + nr * 0x01010101;
}

static struct bpf_insn access_insn(const struct access *a, int value, short off, int nr)
{
	int size = sizes[a->size];

	switch (a->class) {
	case BPF_LDX:
		return BPF_LDX_MEM(size, value, a->base, off);
	case BPF_STX:
		return BPF_STX_MEM(size, a->base, value, off);
	default:
		return BPF_ST_MEM(size, a->base, off, imm_of(nr));
	}
}

static int access_load(const struct access *a, int arena_fd, int regs_fd)
{
	static struct code code;
	int value, i, nr = 0;

	code.cnt = 0;
	EMIT(&code, LD_MAP(BPF_REG_1, arena_fd));
	for (value = 0; value < a->values; value++) {
		for (i = 0; i < ARRAY_SIZE(offs); i++, nr++) {
			emit_regs_load(&code, regs_fd, nr);
			EMIT(&code, CAST_KERN(a->base, a->base),
			     access_insn(a, value, offs[i], nr));
			emit_regs_store(&code, regs_fd, nr);
		}
	}
	EMIT(&code, RETURN(0));
	return code_load(&code, BPF_PROG_TYPE_SYSCALL);
}

/* What case nr makes of the registers and the model. */
static void access_model(const struct access *a, struct arena *arena, int value, short off,
			 int nr, struct regs *regs)
{
	int size = bytes[a->size];
	__u64 stored, *r = regs->r;
	void *p;

	r[a->base] = (__u32)r[a->base];
	p = model_at(arena, r[a->base] + off, size);
	switch (a->class) {
	case BPF_LDX:
		r[value] = 0;
		if (p)
			memcpy(&r[value], p, size);
		return;
	case BPF_STX:
		stored = r[value];
		break;
	default:
		stored = (long)imm_of(nr);
	}
	if (p)
		memcpy(p, &stored, size);
}

static bool access_check(const struct access *a, struct arena *arena, enum place place,
			 const struct regs *got, struct regs *in)
{
	int value, i, nr = 0;

	for (value = 0; value < a->values; value++) {
		for (i = 0; i < ARRAY_SIZE(offs); i++, nr++) {
			/* nobody knows where the stack is */
			in[nr].r[BPF_REG_10] = got[nr].r[BPF_REG_10];
			access_model(a, arena, value, offs[i], nr, &in[nr]);
			if (!memcmp(&in[nr], &got[nr], sizeof(*in)))
				continue;
			PRINT_FAIL("class %d size %d base R%d value R%d off %d place %d\n",
				   a->class, bytes[a->size], a->base, value, offs[i], place);
			return false;
		}
	}
	if (!memcmp(arena->page, model, PAGE))
		return true;
	PRINT_FAIL("memory: class %d size %d base R%d place %d\n", a->class, bytes[a->size],
		   a->base, place);
	return false;
}

static bool access_run(const struct access *a, struct arena *arena, enum place place, int fd,
		       struct regs *regs)
{
	static struct regs in[MAX_CASES];
	int i, nr, cnt = a->values * ARRAY_SIZE(offs);
	short off;

	for (nr = 0; nr < cnt; nr++) {
		off = offs[nr % ARRAY_SIZE(offs)];
		for (i = 0; i < NR_REGS; i++)
			in[nr].r[i] = random64();
		in[nr].r[a->base] = place_addr(arena, place, nr, bytes[a->size], off) - off;
	}
	memcpy(regs, in, sizeof(in));
	model_init(arena);
	return ASSERT_OK(code_run(fd), "run") && access_check(a, arena, place, regs, in);
}

static bool test_access(struct access *a, struct arena *arena, struct cases *cases)
{
	enum place place;
	int fd;

	fd = access_load(a, arena->fd, cases->fd);
	if (fd < 0)
		return false;
	for (place = 0; place < NR_PLACES; place++)
		if (!access_run(a, arena, place, fd, cases->regs))
			break;
	close(fd);
	return place == NR_PLACES;
}

/* All base registers and sizes */
static void test_class(int class, int values, struct arena *arena, struct cases *cases)
{
	struct access a = { .class = class, .values = values };

	for (a.base = 0; a.base <= 9; a.base++)
		for (a.size = 0; a.size < ARRAY_SIZE(sizes); a.size++)
			if (!test_access(&a, arena, cases))
				return;
}

void test_arena_jit_access(void)
{
	struct cases cases;
	struct arena arena;

	if (!arena_open(&arena, ARENA_ADDR, 0))
		return;
	if (cases_open(&cases)) {
		if (test__start_subtest("load"))
			test_class(BPF_LDX, 10, &arena, &cases);
		if (test__start_subtest("store"))
			test_class(BPF_STX, 11, &arena, &cases);
		if (test__start_subtest("store_imm"))
			test_class(BPF_ST, 1, &arena, &cases);
		cases_close(&cases);
	}
	arena_close(&arena);
}
