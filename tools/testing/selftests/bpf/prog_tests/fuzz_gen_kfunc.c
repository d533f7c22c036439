// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Random programs with iterators over numbers, sections, and locks that can fail. */
#include "fuzz_gen.h"

/* A slot of the own frame that nothing of use is in; it is busy afterwards */
static int slot_take(struct gen *g)
{
	struct gen_frame *f = gen_top(g);
	int slot = fuzz_below(&g->rng, GEN_SLOTS);

	if (f->busy_slot[slot] || (f->slot[slot].kind > GEN_NUM && !gen_bend(g)))
		return -1;
	f->busy_slot[slot] = true;
	f->slot[slot].kind = GEN_NONE;
	return slot;
}

static void slot_give_back(struct gen *g, int slot)
{
	gen_top(g)->busy_slot[slot] = false;
	gen_top(g)->slot[slot].kind = GEN_NONE;
}

static void slot_arg(struct gen *g, int regno, int slot)
{
	EMIT(g, BPF_MOV64_REG(regno, BPF_REG_10), BPF_ALU64_IMM(BPF_ADD, regno, -8 * (slot + 1)));
	gen_reg(g, regno)->kind = GEN_NONE;
}

/* A call of what has the slot, or a part of a value, as its only argument */
static void slot_call(struct gen *g, int slot, int kfunc)
{
	slot_arg(g, BPF_REG_1, slot);
	EMIT(g, GEN_KFUNC(kfunc));
	gen_clobber(g);
}

/* Iterators over numbers */

static void iter_begin(struct gen *g, int slot)
{
	int num = fuzz_chance(&g->rng, 20) ? gen_find(g, GEN_NUM) : -1;

	EMIT(g, BPF_MOV64_IMM(BPF_REG_2, 0));
	if (num >= 0 && num != BPF_REG_2)
		EMIT(g, BPF_MOV64_REG(BPF_REG_3, num), BPF_ALU64_IMM(BPF_AND, BPF_REG_3, 7));
	else
		EMIT(g, BPF_MOV64_IMM(BPF_REG_3, fuzz_below(&g->rng, 7)));
	slot_arg(g, BPF_REG_1, slot);
	EMIT(g, GEN_KFUNC(FUZZ_ITER_NEW));
	gen_clobber(g);
}

/* The element is a number of which nothing is known; the model may know better, or keep the
 * pointer to it.
 */
static void iter_element(struct gen *g)
{
	int regno = BPF_REG_6 + fuzz_below(&g->rng, 4);

	if (gen_top(g)->busy[regno] || fuzz_chance(&g->rng, 20))
		return;
	if (fuzz_chance(&g->rng, 20)) {
		EMIT(g, BPF_MOV64_REG(regno, BPF_REG_0));
		gen_set_mem(g, regno, GEN_MEM, 0, 4);
		gen_reg(g, regno)->readonly = true;
		return;
	}
	EMIT(g, BPF_LDX_MEM(BPF_W, regno, BPF_REG_0, 0));
	gen_set_num(g, regno, fuzz_chance(&g->rng, 10) ? 7 : -1U);
	if (fuzz_chance(&g->rng, 60))
		gen_limit(g, regno, 1 + fuzz_below(&g->rng, 31));
}

void gen_iter(struct gen *g)
{
	int slot = slot_take(g), head, end, out = -1;
	struct gen_state before;

	if (slot < 0)
		return;
	iter_begin(g, slot);
	gen_save(g, &before);
	head = gen_here(g);
	slot_call(g, slot, FUZZ_ITER_NEXT);
	EMIT(g, BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 0));
	end = gen_here(g) - 1;
	iter_element(g);
	gen_reg(g, BPF_REG_0)->kind = GEN_NONE;
	gen_block(g, 1 + fuzz_below(&g->rng, 4));
	if (fuzz_chance(&g->rng, 30))
		out = gen_cond(g);
	if (gen_bend(g) && fuzz_chance(&g->rng, 30))
		slot_call(g, slot, FUZZ_ITER_DESTROY);
	EMIT(g, BPF_JMP_A(head - gen_here(g) - 1));
	gen_patch(g, end);
	if (out >= 0)
		gen_patch(g, out);
	gen_merge(g, &before);
	if (!gen_bend(g))
		slot_call(g, slot, FUZZ_ITER_DESTROY);
	slot_give_back(g, slot);
}

/* Sections */

static void section_call(struct gen *g, int slot, int kfunc)
{
	if (kfunc == FUZZ_IRQ_SAVE || kfunc == FUZZ_IRQ_RESTORE)
		slot_arg(g, BPF_REG_1, slot);
	EMIT(g, GEN_KFUNC(kfunc));
	gen_clobber(g);
}

void gen_section(struct gen *g)
{
	static const int kinds[] = { FUZZ_RCU_LOCK, FUZZ_PREEMPT_DISABLE, FUZZ_IRQ_SAVE };
	int open = kinds[fuzz_below(&g->rng, ARRAY_SIZE(kinds))], close = open + 1, jump = -1;
	int slot = open == FUZZ_IRQ_SAVE ? slot_take(g) : 0;

	if (slot < 0)
		return;
	if (gen_bend(g))
		jump = gen_cond(g);
	section_call(g, slot, open);
	if (jump >= 0)
		gen_patch(g, jump);
	gen_block(g, 1 + fuzz_below(&g->rng, 4));
	jump = gen_bend(g) ? gen_cond(g) : -1;
	if (gen_bend(g))
		close = kinds[fuzz_below(&g->rng, ARRAY_SIZE(kinds))] + 1;
	section_call(g, slot, close);
	if (jump >= 0)
		gen_patch(g, jump);
	if (open == FUZZ_IRQ_SAVE)
		slot_give_back(g, slot);
}

/* Locks */

static int res_new(struct gen *g)
{
	int regno = g->locked && !gen_bend(g) ? -1 : gen_value(g, FUZZ_MAP_RES);

	if (regno >= 0)
		gen_top(g)->busy[regno] = true;
	return regno;
}

static void res_call(struct gen *g, int value, int slot, int kfunc)
{
	if (slot >= 0)
		slot_arg(g, BPF_REG_2, slot);
	EMIT(g, BPF_MOV64_REG(BPF_REG_1, value), BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, FUZZ_LOCK),
	     GEN_KFUNC(kfunc));
	gen_clobber(g);
}

/* The error goes somewhere: as an int, or as what it is not. */
static void res_error(struct gen *g)
{
	int regno = gen_free_reg(g), ptr;

	if (fuzz_chance(&g->rng, 60) || gen_top(g)->busy[regno])
		return;
	if (fuzz_chance(&g->rng, 50))
		EMIT(g, BPF_MOV32_REG(regno, BPF_REG_0), BPF_ALU32_IMM(BPF_ADD, regno, 4096));
	else
		EMIT(g, BPF_MOV64_REG(regno, BPF_REG_0), BPF_ALU64_IMM(BPF_ADD, regno, 4096));
	gen_set_num(g, regno, 4095);
	gen_reg(g, BPF_REG_0)->kind = GEN_NONE;
	EMIT(g, BPF_ALU64_IMM(BPF_RSH, regno, 7));
	gen_set_num(g, regno, 31);
	ptr = gen_mem(g);
	if (gen_reg(g, regno)->kind == GEN_NUM && gen_reg(g, ptr)->size == FUZZ_VALUE)
		gen_index(g, ptr, regno);
}

/* What may be done with a lock held, and sometimes what may not */
static void res_block(struct gen *g)
{
	int i, mem;

	for (i = fuzz_below(&g->rng, 3); i >= 0; i--) {
		mem = gen_find(g, GEN_MEM);
		if (gen_bend(g))
			gen_block(g, 1);
		else if (fuzz_chance(&g->rng, 20))
			gen_subprog(g);
		else if (fuzz_chance(&g->rng, 20))
			gen_iter(g);
		else if (fuzz_chance(&g->rng, 50))
			gen_alu(g);
		else if (mem >= 0)
			gen_access(g, mem);
	}
}

static void res_locked(struct gen *g, int *values, int nr)
{
	bool irq = fuzz_chance(&g->rng, 30), wide = gen_bend(g);
	int value = values[0], slot = irq ? slot_take(g) : -1, failed, end = -1;
	struct gen_state before;

	irq = slot >= 0;
	res_call(g, value, slot, irq ? FUZZ_RES_LOCK_IRQ : FUZZ_RES_LOCK);
	gen_save(g, &before);
	if (!gen_bend(g))
		EMIT(g, BPF_RAW_INSN((wide ? BPF_JMP : BPF_JMP32) | BPF_JNE | BPF_K, BPF_REG_0, 0,
				     0, 0));
	else
		EMIT(g, BPF_JMP_IMM(BPF_JSLT, BPF_REG_0, 0, 0));
	failed = gen_here(g) - 1;
	res_block(g);
	if (nr > 1)
		res_locked(g, values + 1, nr - 1);
	if (gen_bend(g))
		value = values[fuzz_below(&g->rng, nr)];
	if (!gen_bend(g))
		res_call(g, value, slot, (irq != gen_bend(g)) && slot >= 0 ? FUZZ_RES_UNLOCK_IRQ :
						       FUZZ_RES_UNLOCK);
	EMIT(g, BPF_JMP_A(0));
	end = gen_here(g) - 1;
	gen_patch(g, failed);
	if (!gen_bend(g))
		gen_save(g, &before);
	res_error(g);
	gen_patch(g, end);
	gen_merge(g, &before);
	gen_clobber(g);
	if (slot >= 0)
		slot_give_back(g, slot);
}

void gen_res_lock(struct gen *g)
{
	int i, nr, values[3];
	bool was_locked = g->locked;

	for (nr = 0; nr < ARRAY_SIZE(values); nr++) {
		values[nr] = res_new(g);
		if (values[nr] < 0 || fuzz_chance(&g->rng, 50)) {
			nr += values[nr] >= 0;
			break;
		}
	}
	if (!nr)
		return;
	g->locked = true;
	res_locked(g, values, nr);
	g->locked = was_locked;
	for (i = 0; i < nr; i++)
		gen_top(g)->busy[values[i]] = false;
}
