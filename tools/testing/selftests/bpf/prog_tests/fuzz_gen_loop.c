// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Random loops, and what goes wrong in them if states are compared carelessly. */
#include "fuzz_gen.h"

#define MAY_GOTO BPF_RAW_INSN(0xe5, 0, 0, 0, 0)

static int counter_reg(struct gen *g)
{
	int i;

	for (i = BPF_REG_6; i <= BPF_REG_9; i++)
		if (gen_reg(g, i)->kind <= GEN_NUM && !gen_top(g)->busy[i])
			return i;
	return -1;
}

static void jump_back(struct gen *g, int regno, int head)
{
	int limit = 1 + fuzz_below(&g->rng, 6), other;

	other = fuzz_chance(&g->rng, 15) ? gen_find(g, GEN_NUM) : -1;
	if (other >= 0 && other != regno) {
		gen_limit(g, other, 7);
		EMIT(g, BPF_JMP_REG(BPF_JLT, regno, other, 0));
	} else {
		EMIT(g, BPF_JMP_IMM(fuzz_chance(&g->rng, 90) ? BPF_JLT : BPF_JNE, regno, limit, 0));
	}
	g->func[gen_top(g)->func].insn[gen_here(g) - 1].off = head - gen_here(g);
}

static void loop_in_reg(struct gen *g, int regno)
{
	bool *busy = &gen_top(g)->busy[regno];
	int head;

	EMIT(g, BPF_MOV64_IMM(regno, 0));
	gen_set_num(g, regno, 6);
	*busy = true;
	head = gen_here(g);
	gen_block(g, 1 + fuzz_below(&g->rng, 4));
	EMIT(g, BPF_ALU64_IMM(BPF_ADD, regno, 1));
	jump_back(g, regno, head);
	*busy = false;
}

static void loop_in_slot(struct gen *g)
{
	int regno = fuzz_below(&g->rng, 6), head;
	struct gen_place place;
	struct gen_frame *f;

	if (!gen_slot(g, &place) || place.val->kind == GEN_DYNPTR)
		return;
	EMIT(g, BPF_MOV64_IMM(regno, 0));
	gen_set_num(g, regno, 0);
	gen_spill(g, regno, &place);
	f = gen_top(g);
	if (place.base != BPF_REG_10 && f->busy[place.base])
		return;
	*place.busy = f->busy[place.base] = true;
	head = gen_here(g);
	gen_block(g, 1 + fuzz_below(&g->rng, 4));
	EMIT(g, BPF_LDX_MEM(BPF_DW, regno, place.base, place.off),
	     BPF_ALU64_IMM(BPF_ADD, regno, 1));
	gen_set_num(g, regno, 6);
	gen_spill(g, regno, &place);
	jump_back(g, regno, head);
	*place.busy = f->busy[place.base] = false;
}

static void loop_may_goto(struct gen *g)
{
	struct gen_state before;
	int head = gen_here(g), out = -1;

	gen_save(g, &before);
	EMIT(g, MAY_GOTO);
	gen_block(g, 1 + fuzz_below(&g->rng, 4));
	if (fuzz_chance(&g->rng, 80))
		out = gen_cond(g);
	EMIT(g, BPF_JMP_A(head - gen_here(g) - 1));
	gen_patch(g, head);
	if (out >= 0)
		gen_patch(g, out);
	if (fuzz_chance(&g->rng, 60))
		gen_merge(g, &before);
}

/* for (i = 0; i < limit && can_loop; i++), the body may use i as an index */
static void loop_for(struct gen *g, int regno)
{
	static const int limits[] = { 1, 2, 3, 5, 8, 32, 57, 64, 100, 1000 };
	int limit = limits[fuzz_below(&g->rng, ARRAY_SIZE(limits))], head, out;
	bool *busy = &gen_top(g)->busy[regno];
	struct gen_state before;

	EMIT(g, BPF_MOV64_IMM(regno, 0));
	gen_set_num(g, regno, 0);
	gen_save(g, &before);
	gen_reg(g, regno)->max = limit - 1;
	*busy = true;
	head = gen_here(g);
	EMIT(g, MAY_GOTO);
	out = gen_here(g);
	EMIT(g, BPF_JMP_IMM(fuzz_chance(&g->rng, 60) ? BPF_JGE : BPF_JEQ, regno, limit, 0));
	gen_block(g, 1 + fuzz_below(&g->rng, 4));
	if (fuzz_chance(&g->rng, 50))
		gen_index(g, gen_mem(g), regno);
	EMIT(g, BPF_ALU64_IMM(BPF_ADD, regno, 1), BPF_JMP_A(0));
	g->func[gen_top(g)->func].insn[gen_here(g) - 1].off = head - gen_here(g);
	gen_patch(g, head);
	gen_patch(g, out);
	*busy = false;
	if (fuzz_chance(&g->rng, 70))
		gen_merge(g, &before);
	gen_set_num(g, regno, limit);
}

void gen_loop(struct gen *g)
{
	int regno = counter_reg(g), kind = fuzz_below(&g->rng, 10);

	/* The end of the others is nothing to a speculative path, they take too long. */
	if (g->strict && fuzz_chance(&g->rng, 80))
		kind = fuzz_below(&g->rng, 6);
	/* What one iteration finds in R0 to R5 is seldom there in the next one, or after it. */
	if (fuzz_chance(&g->rng, 80))
		gen_clobber(g);
	if (kind < 4)
		loop_may_goto(g);
	else if (kind < 6 && regno >= 0)
		loop_for(g, regno);
	else if (kind < 8 && regno >= 0)
		loop_in_reg(g, regno);
	else
		loop_in_slot(g);
	if (fuzz_chance(&g->rng, 80))
		gen_clobber(g);
	if (fuzz_chance(&g->rng, 30))
		gen_use(g);
}

/* Two ways meet, and the verifier keeps a state here. What is emitted before the jump is
 * what it comes to last.
 */
void gen_ways_meet(struct gen *g, int jump)
{
	gen_patch(g, jump);
	if (fuzz_chance(&g->rng, 70))
		EMIT(g, MAY_GOTO);
}

/* What the model takes for a copy is one on one of two ways. */
static void copy_or_other(struct gen *g, int copy, int regno)
{
	int jump;

	EMIT(g, BPF_MOV64_IMM(copy, gen_const(g)));
	EMIT(g, BPF_JMP_IMM(BPF_JEQ, regno, gen_const(g), 0));
	jump = gen_here(g) - 1;
	EMIT(g, BPF_MOV64_REG(copy, regno));
	gen_ways_meet(g, jump);
}

static void swap_regs(int *a, int *b)
{
	int tmp = *a;

	*a = *b;
	*b = tmp;
}

/* A copy, or something at a known distance from it, in 64 bits or in 32. The model does not
 * know that numbers end somewhere, nor that they have an upper half.
 */
static int copy_near(struct gen *g, int copy, int regno)
{
	int step = (int)fuzz_below(&g->rng, 17) - 8;

	if (fuzz_chance(&g->rng, 25))
		EMIT(g, BPF_MOV32_REG(copy, regno));
	else
		EMIT(g, BPF_MOV64_REG(copy, regno));
	switch (fuzz_below(&g->rng, 8)) {
	case 0:
	case 1:
		EMIT(g, BPF_ALU64_IMM(BPF_ADD, copy, step));
		return step;
	case 2:
		EMIT(g, BPF_ALU64_IMM(BPF_SUB, copy, step));
		return -step;
	case 3:
		EMIT(g, BPF_ALU32_IMM(BPF_ADD, copy, step));
		return step;
	case 4:
		EMIT(g, BPF_ALU32_IMM(BPF_SUB, copy, step));
		return -step;
	default:
		return 0;
	}
}

/* A number and its copy, in a register or a slot: one is checked, the other one used. */
void gen_linked(struct gen *g)
{
	int regno = gen_num(g), copy = gen_free_reg(g), step = 0, ptr;
	bool spilled = fuzz_chance(&g->rng, 40);
	struct gen_place place;

	if (copy == regno || gen_top(g)->busy[regno])
		return;
	if (spilled && (!gen_slot(g, &place) || place.val->kind == GEN_DYNPTR))
		return;
	if (spilled)
		gen_spill(g, regno, &place);
	if (spilled || fuzz_chance(&g->rng, 80))
		step = copy_near(g, copy, regno);
	else
		copy_or_other(g, copy, regno);
	*gen_reg(g, copy) = *gen_reg(g, regno);
	if (spilled && fuzz_chance(&g->rng, 50)) {
		gen_spill(g, copy, &place);
	} else if (spilled || fuzz_chance(&g->rng, 30)) {
		swap_regs(&copy, &regno);
		step = -step;
	}
	if (fuzz_chance(&g->rng, 60))
		gen_block(g, 1);
	if (gen_reg(g, regno)->kind == GEN_NUM)
		gen_check(g, regno, 1 + fuzz_below(&g->rng, 60));
	if (spilled)
		gen_fill(g, copy, &place);
	if (gen_reg(g, copy)->kind == GEN_NUM && gen_reg(g, copy)->max != GEN_UNKNOWN && step > 0)
		gen_reg(g, copy)->max += step;
	ptr = gen_mem(g);
	gen_index(g, ptr, copy);
}

/* Numbers move on from slot to slot: what is stored now arrives some iterations later. */
void gen_shift(struct gen *g)
{
	int regno = gen_free_reg(g), i;
	struct gen_place to, from;

	if (!gen_slot_of(g, &to, GEN_NUM))
		return;
	for (i = fuzz_below(&g->rng, 3); i >= 0; i--) {
		if (!gen_slot_of(g, &from, fuzz_chance(&g->rng, 80) ? GEN_NUM : GEN_MEM) ||
		    from.val == to.val || from.base == regno || to.base == regno)
			return;
		gen_fill(g, regno, &from);
		gen_spill(g, regno, &to);
		to = from;
	}
	EMIT(g, BPF_MOV64_IMM(regno, gen_const(g)));
	gen_set_num(g, regno, GEN_UNKNOWN);
	gen_spill(g, regno, &to);
}

/* What is in a slot is used as it is: an index, or a pointer. */
static bool use_slot(struct gen *g, const struct gen_place *place, int regno)
{
	gen_fill(g, regno, place);
	if (gen_reg(g, regno)->kind == GEN_MEM)
		gen_access(g, regno);
	else if (gen_reg(g, regno)->max < FUZZ_VALUE)
		gen_index(g, gen_mem(g), regno);
	else
		return false;
	return true;
}

void gen_use(struct gen *g)
{
	enum gen_kind kind = fuzz_chance(&g->rng, 50) ? GEN_NUM : GEN_MEM;
	int regno = gen_free_reg(g);
	struct gen_place place;

	if (gen_slot_of(g, &place, kind) && place.base != regno)
		use_slot(g, &place, regno);
}

/* It is used, and is something else the next time. */
void gen_walk(struct gen *g)
{
	enum gen_kind kind = fuzz_chance(&g->rng, 60) ? GEN_NUM : GEN_MEM;
	int regno = gen_free_reg(g), step = 1 << fuzz_below(&g->rng, 7);
	struct gen_place place;

	if (!gen_slot_of(g, &place, kind) || place.base == regno || !use_slot(g, &place, regno))
		return;
	if (place.base != BPF_REG_10 && gen_reg(g, place.base)->kind != GEN_STACK)
		return;
	if (fuzz_chance(&g->rng, 70)) {
		gen_fill(g, regno, &place);
		EMIT(g, BPF_ALU64_IMM(BPF_ADD, regno, step));
		gen_reg(g, regno)->max += step;
		gen_reg(g, regno)->link = ++g->links;
	} else {
		EMIT(g, BPF_MOV64_IMM(regno, gen_const(g)));
		gen_set_num(g, regno, GEN_UNKNOWN);
	}
	gen_spill(g, regno, &place);
}

/* A slot has one value or another one, and the model forgets about the first. */
void gen_either(struct gen *g)
{
	int regno = gen_free_reg(g), jump;
	struct gen_place place;

	if (!gen_slot(g, &place) || place.val->kind == GEN_DYNPTR || place.base == regno)
		return;
	EMIT(g, BPF_MOV64_IMM(regno, gen_const(g)));
	gen_set_num(g, regno, GEN_UNKNOWN);
	gen_spill(g, regno, &place);
	jump = gen_cond(g);
	if (place.base != BPF_REG_10 && gen_reg(g, place.base)->kind != GEN_STACK)
		return;
	EMIT(g, BPF_MOV64_IMM(regno, fuzz_below(&g->rng, 32)));
	gen_set_num(g, regno, 31);
	gen_spill(g, regno, &place);
	gen_ways_meet(g, jump);
}
