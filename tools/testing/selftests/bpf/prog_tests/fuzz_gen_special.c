// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Random programs with locks and timers, and some that are wrong in a special way. */
#include "fuzz_gen.h"

/* Leave R0 with a value of @map, and keep it in a register, which is returned. */
int gen_value(struct gen *g, int map)
{
	int regno = BPF_REG_6 + fuzz_below(&g->rng, 4);

	if (gen_top(g)->busy[regno])
		return -1;
	EMIT(g, BPF_MOV64_REG(BPF_REG_2, BPF_REG_10), BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -72),
	     BPF_ST_MEM(BPF_W, BPF_REG_10, -72, fuzz_below(&g->rng, FUZZ_ELEMS)),
	     GEN_MAP(BPF_REG_1, map), GEN_CALL(BPF_FUNC_map_lookup_elem));
	gen_clobber(g);
	EMIT(g, BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 0, 2));
	gen_leave(g);
	EMIT(g, BPF_MOV64_REG(regno, BPF_REG_0));
	gen_set_mem(g, regno, GEN_MEM, 0, FUZZ_PLAIN);
	return regno;
}

static int special_new(struct gen *g)
{
	return gen_type(g)->special ? gen_value(g, FUZZ_MAP_SPECIAL) : -1;
}

static void part_of(struct gen *g, int value, int off)
{
	EMIT(g, BPF_MOV64_REG(BPF_REG_1, value), BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, off));
	gen_reg(g, BPF_REG_1)->kind = GEN_NONE;
}

static void lock_call(struct gen *g, int value, int func)
{
	part_of(g, value, FUZZ_LOCK);
	EMIT(g, GEN_CALL(func));
	gen_clobber(g);
}

/* What may be done with a lock held, and sometimes what may not */
static void locked_block(struct gen *g)
{
	int i;

	for (i = fuzz_below(&g->rng, 3); i >= 0; i--) {
		if (gen_bend(g))
			gen_block(g, 1);
		else if (fuzz_chance(&g->rng, 30))
			gen_alu(g);
		else if (fuzz_chance(&g->rng, 50))
			gen_step_slot(g);
		else if (gen_find(g, GEN_MEM) >= 0)
			gen_access(g, gen_find(g, GEN_MEM));
	}
}

void gen_lock(struct gen *g)
{
	int value = special_new(g), other = value, jump = -1;

	if (value < 0)
		return;
	if (fuzz_chance(&g->rng, 10))
		other = special_new(g);
	gen_top(g)->busy[value] = true;
	lock_call(g, value, BPF_FUNC_spin_lock);
	locked_block(g);
	if (gen_bend(g))
		jump = gen_cond(g);
	lock_call(g, other < 0 ? value : other, BPF_FUNC_spin_unlock);
	if (jump >= 0)
		gen_patch(g, jump);
	gen_top(g)->busy[value] = false;
}

/* What a timer does; nobody waits for it. */
static int timer_func(struct gen *g)
{
	int func;

	if (!gen_frame_push(g, true))
		return -1;
	func = gen_top(g)->func;
	gen_set_mem(g, BPF_REG_2, GEN_MEM, 0, 4);
	gen_reg(g, BPF_REG_2)->readonly = true;
	gen_set_mem(g, BPF_REG_3, GEN_MEM, 0, FUZZ_PLAIN);
	gen_keep_args(g);
	gen_block(g, 1 + fuzz_below(&g->rng, 4));
	gen_result(g, 0, 0);
	gen_frame_pop(g);
	return func;
}

void gen_timer(struct gen *g)
{
	int value, func;

	if (g->depth + 1 == GEN_FRAMES || g->funcs == GEN_FUNCS)
		return;
	value = special_new(g);
	if (value < 0)
		return;
	part_of(g, value, FUZZ_TIMER);
	EMIT(g, GEN_MAP(BPF_REG_2, FUZZ_MAP_SPECIAL), BPF_MOV64_IMM(BPF_REG_3, 1),
	     GEN_CALL(BPF_FUNC_timer_init));
	gen_clobber(g);
	func = timer_func(g);
	if (func < 0)
		return;
	part_of(g, value, FUZZ_TIMER);
	EMIT(g, GEN_FUNC(BPF_REG_2, func), GEN_CALL(BPF_FUNC_timer_set_callback));
	part_of(g, value, FUZZ_TIMER);
	EMIT(g, BPF_MOV64_IMM(BPF_REG_2, 0), BPF_MOV64_IMM(BPF_REG_3, 0),
	     GEN_CALL(BPF_FUNC_timer_start));
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
}

/* A helper that sleeps, wherever this is. */
void gen_sleep(struct gen *g)
{
	if (!gen_type(g)->sleeps)
		return;
	EMIT(g, BPF_MOV64_IMM(BPF_REG_1, FUZZ_NO_FD), GEN_CALL(BPF_FUNC_sys_close));
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
}

/* A pointer of any kind goes to the stack, comes back, and is stored in a map. */
void gen_leak(struct gen *g)
{
	int regno = BPF_REG_1 + fuzz_below(&g->rng, 9), mem = gen_find(g, GEN_MEM);
	int dynptr = gen_find(g, GEN_DYNPTR);
	struct gen_place place;

	if (dynptr >= 0 && fuzz_chance(&g->rng, 70))
		regno = dynptr;
	else if (fuzz_chance(&g->rng, 70))
		return;
	if (!g->strict || mem < 0 || !gen_slot(g, &place) || place.val->kind == GEN_DYNPTR)
		return;
	if (gen_reg(g, regno)->kind == GEN_NONE) {
		if (fuzz_chance(&g->rng, 50))
			EMIT(g, GEN_MAP(regno, fuzz_below(&g->rng, FUZZ_MAP_RES)));
		else
			return;
	}
	if (regno == mem || gen_reg(g, mem)->readonly || place.base == mem ||
	    gen_reg(g, mem)->max + 8 > gen_reg(g, mem)->size)
		return;
	gen_spill(g, regno, &place);
	gen_fill(g, BPF_REG_0, &place);
	EMIT(g, BPF_STX_MEM(BPF_DW, mem, BPF_REG_0, 0));
}

/*
 * A loop the number of calls of which is known late: the callback finds it in its context.
 * It counts what happens and what does not, and the count is an index after the loop.
 */
struct late {
	int limit, idle, scale;
	bool resets, ends;
	int guard;	/* register that has to be not 0 for the number to be looked at, or 0 */
};

enum { LATE_IDLE = -24, LATE_COUNT = -16, LATE_CALLS = -8 };
#define LATE_SLOT(off) ((off) - LATE_IDLE)
#define LATE_OVER 1000

static void late_set(struct gen *g, int off, int value)
{
	EMIT(g, BPF_MOV64_IMM(BPF_REG_3, value),
	     BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_3, LATE_SLOT(off)));
}

static void late_end(struct gen *g, const struct late *late)
{
	if (late->resets)
		late_set(g, LATE_COUNT, 0);
	if (late->ends)
		late_set(g, LATE_IDLE, LATE_OVER);
	EMIT(g, BPF_MOV64_IMM(BPF_REG_0, 1), BPF_EXIT_INSN());
}

static void late_step(struct gen *g, int regno, int off, int max, const struct late *late)
{
	int jump;

	EMIT(g, BPF_ALU64_IMM(BPF_ADD, regno, 1));
	if (max) {
		EMIT(g, BPF_JMP_IMM(BPF_JLE, regno, max, 0));
		jump = gen_here(g) - 1;
		late_end(g, late);
		gen_patch(g, jump);
	}
	EMIT(g, BPF_STX_MEM(BPF_DW, BPF_REG_6, regno, LATE_SLOT(off)));
}

static void late_look(struct gen *g, const struct late *late)
{
	int guard = -1, jump;

	if (late->guard) {
		EMIT(g, BPF_JMP_IMM(BPF_JEQ, late->guard, 0, 0));
		guard = gen_here(g) - 1;
	}
	EMIT(g, BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_6, LATE_SLOT(LATE_CALLS)),
	     BPF_JMP_IMM(BPF_JLE, BPF_REG_1, late->limit, 0));
	jump = gen_here(g) - 1;
	late_end(g, late);
	gen_patch(g, jump);
	if (guard >= 0)
		gen_patch(g, guard);
}

static void late_body(struct gen *g, const struct late *late)
{
	int over, happens;

	EMIT(g, BPF_MOV64_REG(BPF_REG_6, BPF_REG_2),
	     BPF_LDX_MEM(BPF_DW, BPF_REG_7, BPF_REG_6, LATE_SLOT(LATE_COUNT)),
	     BPF_LDX_MEM(BPF_DW, BPF_REG_8, BPF_REG_6, LATE_SLOT(LATE_IDLE)));
	if (fuzz_chance(&g->rng, 70))
		gen_check(g, BPF_REG_1, 0x7fffffff);
	EMIT(g, BPF_JMP_IMM(BPF_JNE, BPF_REG_8, LATE_OVER, 2), BPF_MOV64_IMM(BPF_REG_0, 1),
	     BPF_EXIT_INSN());
	over = gen_here(g) - 3;
	late_look(g, late);
	EMIT(g, GEN_CALL(BPF_FUNC_get_prandom_u32), BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 0, 0));
	happens = gen_here(g) - 1;
	late_step(g, BPF_REG_8, LATE_IDLE, late->idle, late);
	EMIT(g, BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN());
	gen_patch(g, happens);
	late_step(g, BPF_REG_7, LATE_COUNT, 0, late);
	if (fuzz_chance(&g->rng, 80))
		late_set(g, LATE_IDLE, 0);
	EMIT(g, BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN());
	if (gen_bend(g))
		gen_patch(g, over);
}

static int late_func(struct gen *g)
{
	static const int guards[] = { 0, BPF_REG_7, BPF_REG_7, BPF_REG_8 };
	const struct late late = {
		.limit = 3 + fuzz_below(&g->rng, 10),
		.idle = 1 + fuzz_below(&g->rng, 4),
		.resets = fuzz_chance(&g->rng, 80),
		.ends = fuzz_chance(&g->rng, 80),
		.guard = guards[fuzz_below(&g->rng, ARRAY_SIZE(guards))],
	};
	int func;

	if (!gen_frame_push(g, true))
		return -1;
	func = gen_top(g)->func;
	late_body(g, &late);
	gen_frame_pop(g);
	return func;
}

static void late_call(struct gen *g, int calls, int func)
{
	EMIT(g, BPF_MOV64_REG(BPF_REG_1, calls), BPF_MOV64_IMM(BPF_REG_3, 0),
	     BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_3, LATE_IDLE),
	     BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_3, LATE_COUNT),
	     BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, LATE_CALLS),
	     BPF_MOV64_REG(BPF_REG_3, BPF_REG_10), BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, LATE_IDLE),
	     BPF_MOV64_IMM(BPF_REG_4, 0), GEN_FUNC(BPF_REG_2, func), GEN_CALL(BPF_FUNC_loop));
	gen_clobber(g);
}

void gen_late(struct gen *g)
{
	int calls = gen_num(g), regno = BPF_REG_6 + fuzz_below(&g->rng, 4), func, i;

	if (g->depth + 1 == GEN_FRAMES || g->funcs == GEN_FUNCS || calls == regno)
		return;
	for (i = 0; i < 3; i++)
		gen_top(g)->slot[i].kind = GEN_NONE;
	func = late_func(g);
	if (func < 0)
		return;
	late_call(g, calls, func);
	EMIT(g, BPF_LDX_MEM(BPF_DW, regno, BPF_REG_10, LATE_COUNT),
	     BPF_ALU64_IMM(BPF_LSH, regno, fuzz_below(&g->rng, 4)));
	gen_set_num(g, regno, 0);
	gen_index(g, gen_mem(g), regno);
}
