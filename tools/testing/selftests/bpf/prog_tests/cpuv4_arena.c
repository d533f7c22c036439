// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Loads of an arena that extend the sign, load-acquires and store-releases, of all sizes,
 * with all registers and offsets, to pages that are there and to others, against a model.
 */
#include "arena_jit.h"
#include "cpuv4_helpers.h"

static const short offs[] = { 0, -1, 128, -32768, 32767 };

enum access { SIGNED, ACQUIRE, RELEASE };

struct kind {
	enum access access;
	int size;	/* log2 of the bytes */
	int base;
};

static struct bpf_insn insn_of(const struct kind *k, int value, short off)
{
	int size = cpuv4_sizes[k->size];

	switch (k->access) {
	case SIGNED:
		return (struct bpf_insn)LDSX(size, value, k->base, off);
	case ACQUIRE:
		return (struct bpf_insn)LOAD_ACQ(size, value, k->base, off);
	default:
		return (struct bpf_insn)STORE_REL(size, k->base, value, off);
	}
}

static int load(const struct kind *k, int arena_fd, int regs_fd)
{
	static struct code code;
	int value, i, nr = 0;

	code.cnt = 0;
	EMIT(&code, LD_MAP(BPF_REG_1, arena_fd));
	for (value = 0; value < 10; value++) {
		for (i = 0; i < ARRAY_SIZE(offs); i++, nr++) {
			emit_regs_load(&code, regs_fd, nr);
			EMIT(&code, CAST_KERN(k->base, k->base), insn_of(k, value, offs[i]));
			emit_regs_store(&code, regs_fd, nr);
		}
	}
	EMIT(&code, RETURN(0));
	return code_load(&code, BPF_PROG_TYPE_SYSCALL);
}

static void run_model(const struct kind *k, struct arena *arena, int value, short off,
		      struct regs *regs)
{
	int bytes = 1 << k->size;
	__u64 *r = regs->r;
	void *p;

	r[k->base] = (__u32)r[k->base];
	p = model_at(arena, r[k->base] + off, bytes);
	if (k->access == RELEASE) {
		if (p)
			memcpy(p, &r[value], bytes);
		return;
	}
	r[value] = 0;
	if (p)
		memcpy(&r[value], p, bytes);
	if (k->access == SIGNED)
		r[value] = sign_extended(r[value], bytes * 8);
}

static bool check(const struct kind *k, struct arena *arena, enum place place,
		  const struct regs *got, struct regs *in)
{
	int value, i, nr = 0;

	for (value = 0; value < 10; value++) {
		for (i = 0; i < ARRAY_SIZE(offs); i++, nr++) {
			/* nobody knows where the stack is */
			in[nr].r[BPF_REG_10] = got[nr].r[BPF_REG_10];
			run_model(k, arena, value, offs[i], &in[nr]);
			if (!memcmp(&in[nr], &got[nr], sizeof(*in)))
				continue;
			PRINT_FAIL("kind %d bytes %d base R%d value R%d off %d place %d\n",
				   k->access, 1 << k->size, k->base, value, offs[i], place);
			return false;
		}
	}
	if (!memcmp(arena->page, model, PAGE))
		return true;
	PRINT_FAIL("memory: kind %d bytes %d base R%d place %d\n", k->access, 1 << k->size,
		   k->base, place);
	return false;
}

static bool run(const struct kind *k, struct arena *arena, enum place place, int fd,
		struct regs *regs)
{
	static struct regs in[MAX_CASES];
	int i, nr;
	short off;

	for (nr = 0; nr < 10 * ARRAY_SIZE(offs); nr++) {
		off = offs[nr % ARRAY_SIZE(offs)];
		for (i = 0; i < NR_REGS; i++)
			in[nr].r[i] = random64();
		in[nr].r[k->base] = place_addr(arena, place, nr, 1 << k->size, off) - off;
	}
	memcpy(regs, in, sizeof(in));
	model_init(arena);
	return ASSERT_OK(code_run(fd), "run") && check(k, arena, place, regs, in);
}

static bool test_kind(const struct kind *k, struct arena *arena, struct cases *cases)
{
	enum place place;
	int fd;

	fd = load(k, arena->fd, cases->fd);
	if (fd < 0)
		return false;
	for (place = 0; place < NR_PLACES; place++)
		if (!run(k, arena, place, fd, cases->regs))
			break;
	close(fd);
	return place == NR_PLACES;
}

static void test_access(enum access access, struct arena *arena, struct cases *cases)
{
	struct kind k = { .access = access };

	for (k.base = 0; k.base <= 9; k.base++)
		for (k.size = 0; k.size < (access == SIGNED ? 3 : 4); k.size++)
			if (!test_kind(&k, arena, cases))
				return;
}

static void test_all(void)
{
	struct cases cases;
	struct arena arena;

	if (!arena_open(&arena, ARENA_ADDR, 0))
		return;
	if (cases_open(&cases)) {
		test_access(SIGNED, &arena, &cases);
		test_access(ACQUIRE, &arena, &cases);
		test_access(RELEASE, &arena, &cases);
		cases_close(&cases);
	}
	arena_close(&arena);
}

void serial_test_cpuv4_arena(void)
{
	struct sysctl sysctl;

	if (test__start_subtest("jit"))
		test_all();
	if (!test__start_subtest("blinded") ||
	    !ASSERT_OK(sysctl_set(&sysctl, "net/core/bpf_jit_harden", 2), "sysctl"))
		return;
	test_all();
	sysctl_restore(&sysctl);
}
