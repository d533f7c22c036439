// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Statements about the sign of numbers, for insns of cpuv4. */
#include "fuzz_gen.h"

static const int sizes[] = { BPF_B, BPF_H, BPF_W };

static void emit_movsx(struct gen *g, int dst, int src, int bits, bool is32)
{
	EMIT(g, BPF_RAW_INSN((is32 ? BPF_ALU : BPF_ALU64) | BPF_MOV | BPF_X, dst, src, bits, 0));
}

/* What the model knows of a number with the sign extended: the same, if the sign is not set */
static void set_signed(struct gen *g, int dst, const struct gen_val *val, int bits)
{
	if (val->max < 1ULL << (bits - 1) || gen_bend(g))
		*gen_reg(g, dst) = *val;
	else
		gen_set_num(g, dst, GEN_UNKNOWN);
}

/* A number and one with the sign of its lower bits: one is checked, the other one used. The
 * model may be wrong about whether they are the same.
 */
void gen_sign(struct gen *g)
{
	int src = gen_num(g), dst = gen_free_reg(g), bits = 8 << fuzz_below(&g->rng, 3);
	int copy, ptr;
	__s32 mask = (1U << (bits - 1 - fuzz_below(&g->rng, 2))) - 1;
	bool is32 = bits < 32 && fuzz_chance(&g->rng, 25);
	struct gen_val val;

	if (gen_top(g)->busy[dst] || gen_reg(g, src)->kind != GEN_NUM)
		return;
	if (fuzz_chance(&g->rng, 40) && !gen_top(g)->busy[src]) {
		/* to be the same, or twice that much */
		mask |= fuzz_chance(&g->rng, 30) && bits < 32 ? 1 << (bits - 1) : 0;
		EMIT(g, BPF_ALU64_IMM(BPF_AND, src, mask));
		gen_set_num(g, src, mask);
	}
	/* A number that was copied has an id, which one with another value must not have. */
	copy = gen_free_reg(g);
	if (fuzz_chance(&g->rng, 50) && copy != src && !gen_top(g)->busy[copy]) {
		EMIT(g, BPF_MOV64_REG(copy, src));
		*gen_reg(g, copy) = *gen_reg(g, src);
	}
	val = *gen_reg(g, src);
	emit_movsx(g, dst, src, bits, is32);
	set_signed(g, dst, &val, bits);
	if (fuzz_chance(&g->rng, 50) || dst == src)
		return;
	if (fuzz_chance(&g->rng, 30))
		*gen_reg(g, dst) = val;
	if (fuzz_chance(&g->rng, 30))
		gen_block(g, 1);
	ptr = gen_mem(g);
	if (gen_reg(g, dst)->kind != GEN_NUM || gen_reg(g, src)->kind != GEN_NUM)
		return;
	if (fuzz_chance(&g->rng, 50)) {
		gen_check(g, dst, 1 + fuzz_below(&g->rng, 30));
		gen_index(g, ptr, src);
	} else {
		gen_check(g, src, 1 + fuzz_below(&g->rng, 30));
		gen_index(g, ptr, dst);
	}
}

/* The range that a number of a few bits above a base has, when its sign is extended */
static void signed_range(__u64 base, int low, int bits, __s64 *min, __s64 *max)
{
	__s64 num;
	int i;

	for (i = 0; i <= low; i++) {
		num = fuzz_sign_extend(base + i, bits);
		if (!i || num < *min)
			*min = num;
		if (!i || num > *max)
			*max = num;
	}
}

/* Numbers next to where the sign changes, moved to where memory is, or next to that. */
void gen_sign_window(struct gen *g)
{
	int regno = gen_num(g), bits = 8 << fuzz_below(&g->rng, 2), ptr;
	int low = (1 << fuzz_below(&g->rng, 6)) - 1;
	__s32 base = ((fuzz_below(&g->rng, 6) - 2) << (bits - 1)) - fuzz_below(&g->rng, low + 8);
	bool is32 = fuzz_chance(&g->rng, 20);
	__s64 min, max, move;

	if (gen_top(g)->busy[regno])
		return;
	signed_range(base, low, bits, &min, &max);
	if (fuzz_chance(&g->rng, 60))
		EMIT(g, BPF_ALU64_IMM(BPF_AND, regno, low), BPF_ALU64_IMM(BPF_ADD, regno, base));
	else
		EMIT(g, BPF_ALU32_IMM(BPF_AND, regno, low), BPF_ALU32_IMM(BPF_ADD, regno, base));
	emit_movsx(g, regno, regno, bits, false);
	if (is32) /* and take the sign off again */
		EMIT(g, BPF_MOV32_REG(regno, regno));
	move = (is32 ? 0 : -min) + (int)fuzz_below(&g->rng, 3) - (int)fuzz_below(&g->rng, 2);
	EMIT(g, BPF_ALU64_IMM(BPF_ADD, regno, move));
	gen_set_num(g, regno, min + move >= 0 && !is32 ? max + move : 0);
	ptr = gen_mem(g);
	gen_index(g, ptr, regno);
}

/* A number goes to a slot, and a part of it comes back with its sign. */
void gen_sign_slot(struct gen *g)
{
	int src = gen_num(g), dst = gen_free_reg(g), ptr;
	int to = fuzz_below(&g->rng, 4), from = fuzz_below(&g->rng, 3);
	struct gen_place place;
	struct gen_val val;

	if (gen_top(g)->busy[dst] || gen_reg(g, src)->kind != GEN_NUM || !gen_slot(g, &place) ||
	    place.val->kind == GEN_DYNPTR || (to < 3 && to < from && !gen_bend(g)))
		return;
	val = *gen_reg(g, src);
	gen_spill(g, src, &place);
	if (to < 3) {
		EMIT(g, BPF_STX_MEM(sizes[to], place.base, src, place.off));
		place.val->kind = GEN_NONE;
	}
	EMIT(g, BPF_RAW_INSN(BPF_LDX | FUZZ_MEMSX | sizes[from], dst, place.base, place.off, 0));
	set_signed(g, dst, &val, 8 << from);
	if (fuzz_chance(&g->rng, 40) || dst == src)
		return;
	if (fuzz_chance(&g->rng, 30))
		*gen_reg(g, dst) = val;
	gen_check(g, fuzz_chance(&g->rng, 50) ? dst : src, 1 + fuzz_below(&g->rng, 60));
	ptr = gen_mem(g);
	if (gen_reg(g, dst)->kind == GEN_NUM && gen_reg(g, src)->kind == GEN_NUM)
		gen_index(g, ptr, fuzz_chance(&g->rng, 50) ? dst : src);
}

void gen_swap(struct gen *g)
{
	int regno = gen_num(g), bits = 16 << fuzz_below(&g->rng, 3);

	if (gen_top(g)->busy[regno])
		return;
	EMIT(g, BPF_RAW_INSN(BPF_ALU64 | BPF_END, regno, 0, 0, bits));
	gen_set_num(g, regno, bits < 64 ? (1ULL << bits) - 1 : GEN_UNKNOWN);
}
