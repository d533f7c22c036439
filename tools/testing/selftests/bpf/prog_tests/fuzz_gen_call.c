// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Random calls: callbacks, functions, lookups, dynptrs. */
#include "fuzz_gen.h"

bool gen_frame_push(struct gen *g, bool callback)
{
	struct gen_frame *f;

	if (g->depth + 1 == GEN_FRAMES || g->funcs == GEN_FUNCS || g->budget <= 0)
		return false;
	f = &g->frame[++g->depth];
	memset(f, 0, sizeof(*f));
	f->callback = callback;
	f->func = g->funcs++;
	return true;
}

/* The function returns; what points to its frame is of no use any more. */
void gen_frame_pop(struct gen *g)
{
	int i, depth;

	g->depth--;
	for (depth = 0; depth <= g->depth; depth++)
		for (i = 0; i < GEN_SLOTS; i++)
			if (g->frame[depth].slot[i].kind == GEN_STACK &&
			    g->frame[depth].slot[i].frame > g->depth)
				g->frame[depth].slot[i].kind = GEN_NONE;
}

/* Arguments survive calls in R6 to R9. */
void gen_keep_args(struct gen *g)
{
	int i, regno = BPF_REG_6;

	for (i = BPF_REG_1; i <= BPF_REG_5 && regno <= BPF_REG_9; i++) {
		if (gen_reg(g, i)->kind == GEN_NONE || fuzz_chance(&g->rng, 20))
			continue;
		EMIT(g, BPF_MOV64_REG(regno, i));
		*gen_reg(g, regno++) = *gen_reg(g, i);
	}
}

/* One value on one way and another one on the other: the verifier may take one for both. */
static void result_of_two(struct gen *g, int lo, int hi)
{
	int regno = BPF_REG_6 + fuzz_below(&g->rng, 4), jump;

	EMIT(g, BPF_MOV64_IMM(regno, hi + 1 + fuzz_below(&g->rng, 4)));
	gen_set_num(g, regno, hi);
	gen_top(g)->busy[regno] = true;
	jump = gen_cond(g);
	EMIT(g, BPF_MOV64_IMM(regno, lo));
	gen_ways_meet(g, jump);
	gen_top(g)->busy[regno] = false;
	EMIT(g, BPF_MOV64_REG(BPF_REG_0, regno));
}

/* The end of a function the result of which is from lo to hi */
void gen_result(struct gen *g, int lo, int hi)
{
	int regno = fuzz_chance(&g->rng, 20) ? gen_find(g, GEN_NUM) : -1;

	if (fuzz_chance(&g->rng, 3))
		result_of_two(g, lo, hi);
	else if (regno >= 0 && !lo)
		EMIT(g, BPF_MOV64_REG(BPF_REG_0, regno), BPF_ALU64_IMM(BPF_AND, BPF_REG_0, hi));
	else
		EMIT(g, BPF_MOV64_IMM(BPF_REG_0, gen_bend(g) ? hi + 1 :
					  fuzz_chance(&g->rng, 85) ? lo : hi));
	EMIT(g, BPF_EXIT_INSN());
}

static void callback_args(struct gen *g, int helper, const struct gen_val *ctx)
{
	if (helper == BPF_FUNC_for_each_map_elem) {
		gen_set_mem(g, BPF_REG_2, GEN_MEM, 0, 4);
		gen_reg(g, BPF_REG_2)->readonly = true;
		gen_set_mem(g, BPF_REG_3, GEN_MEM, 0, FUZZ_VALUE);
		*gen_reg(g, BPF_REG_4) = *ctx;
		return;
	}
	if (helper == BPF_FUNC_loop)
		gen_set_num(g, BPF_REG_1, GEN_UNKNOWN);
	else
		gen_reg(g, BPF_REG_1)->kind = GEN_DYNPTR;
	*gen_reg(g, BPF_REG_2) = *ctx;
}

static int callback_func(struct gen *g, int helper, const struct gen_val *ctx)
{
	int func;

	if (!gen_frame_push(g, true))
		return -1;
	func = gen_top(g)->func;
	callback_args(g, helper, ctx);
	gen_keep_args(g);
	gen_block(g, 1 + fuzz_below(&g->rng, 6));
	gen_result(g, 0, 1);
	gen_frame_pop(g);
	return func;
}

static void callback_count(struct gen *g)
{
	int regno = fuzz_chance(&g->rng, 40) ? gen_find(g, GEN_NUM) : -1;

	if (regno < 0) {
		EMIT(g, BPF_MOV64_IMM(BPF_REG_1, fuzz_below(&g->rng, 7)));
		return;
	}
	EMIT(g, BPF_MOV64_REG(BPF_REG_1, regno));
	if (fuzz_chance(&g->rng, 90))
		EMIT(g, BPF_ALU64_IMM(BPF_AND, BPF_REG_1, 7));
}

/* The context is in R3: a place on the stack, this or that of a caller, or null. */
static struct gen_val callback_ctx(struct gen *g)
{
	struct gen_val ctx = { .kind = GEN_STACK, .frame = g->depth };
	int regno = gen_find(g, GEN_STACK);

	if (fuzz_chance(&g->rng, 5)) {
		EMIT(g, BPF_MOV64_IMM(BPF_REG_3, 0));
		ctx = (struct gen_val) { .kind = GEN_NUM };
	} else if (regno >= 0 && fuzz_chance(&g->rng, 50)) {
		EMIT(g, BPF_MOV64_REG(BPF_REG_3, regno));
		ctx = *gen_reg(g, regno);
	} else {
		ctx.off = -8 * (1 + fuzz_below(&g->rng, GEN_SLOTS));
		EMIT(g, BPF_MOV64_REG(BPF_REG_3, BPF_REG_10),
		     BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, ctx.off));
	}
	return ctx;
}

static int array_map(struct gen *g)
{
	return fuzz_chance(&g->rng, 80) ? FUZZ_MAP_MANY : FUZZ_MAP_DATA;
}

void gen_callback(struct gen *g)
{
	static const int helpers[] = {
		BPF_FUNC_loop, BPF_FUNC_loop, BPF_FUNC_for_each_map_elem,
		BPF_FUNC_user_ringbuf_drain,
	};
	int helper = helpers[fuzz_below(&g->rng, ARRAY_SIZE(helpers))], func;
	struct gen_val ctx;
	bool moved;

	if (g->depth + 1 == GEN_FRAMES || g->funcs == GEN_FUNCS)
		return;
	ctx = callback_ctx(g);
	if (helper == BPF_FUNC_loop)
		callback_count(g);
	else if (helper == BPF_FUNC_for_each_map_elem)
		EMIT(g, GEN_MAP(BPF_REG_1, array_map(g)));
	else
		EMIT(g, GEN_MAP(BPF_REG_1, FUZZ_MAP_USER));
	moved = g->moved;
	g->moved = false;
	func = callback_func(g, helper, &ctx);
	if (func < 0)
		return;
	EMIT(g, GEN_FUNC(BPF_REG_2, func), BPF_MOV64_IMM(BPF_REG_4, 0), GEN_CALL(helper));
	if (g->moved)
		gen_moved(g);
	g->moved |= moved;
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, helper == BPF_FUNC_user_ringbuf_drain ? GEN_UNKNOWN : 7);
	if (fuzz_chance(&g->rng, 50))
		gen_use(g);
}

/* A function that is given what the registers hold, and maybe a place on the stack */
void gen_subprog(struct gen *g)
{
	bool moved = g->moved;
	int i, func, regno;

	if (g->depth + 1 == GEN_FRAMES || g->funcs == GEN_FUNCS)
		return;
	if (fuzz_chance(&g->rng, 50)) {
		EMIT(g, BPF_MOV64_REG(BPF_REG_1, BPF_REG_10));
		*gen_reg(g, BPF_REG_1) = (struct gen_val) { .kind = GEN_STACK, .frame = g->depth };
	}
	if (!gen_frame_push(g, false))
		return;
	g->moved = false;
	for (i = BPF_REG_1; i <= BPF_REG_5; i++)
		*gen_reg(g, i) = g->frame[g->depth - 1].reg[i];
	func = gen_top(g)->func;
	gen_keep_args(g);
	gen_block(g, 1 + fuzz_below(&g->rng, 5));
	regno = gen_num(g);
	EMIT(g, BPF_MOV64_REG(BPF_REG_0, regno), BPF_EXIT_INSN());
	gen_frame_pop(g);
	EMIT(g, BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, func));
	if (g->moved)
		gen_moved(g);
	g->moved |= moved;
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
}

/* A pointer that may be null is tested, and most often used only if it is not. */
void gen_null_check(struct gen *g, int regno)
{
	struct gen_state before;
	int jump;

	if (gen_bend(g)) {
		gen_reg(g, regno)->kind = GEN_MEM;
		return;
	}
	gen_save(g, &before);
	EMIT(g, BPF_JMP_IMM(BPF_JEQ, regno, 0, 0));
	jump = gen_here(g) - 1;
	gen_reg(g, regno)->kind = GEN_MEM;
	gen_block(g, 1 + fuzz_below(&g->rng, 3));
	gen_patch(g, jump);
	gen_merge(g, &before);
}

void gen_lookup(struct gen *g)
{
	int regno = BPF_REG_6 + fuzz_below(&g->rng, 4), map = array_map(g);

	EMIT(g, BPF_MOV64_REG(BPF_REG_2, BPF_REG_10), BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -72),
	     BPF_ST_MEM(BPF_W, BPF_REG_10, -72, fuzz_below(&g->rng, FUZZ_ELEMS + 1)),
	     GEN_MAP(BPF_REG_1, map), GEN_CALL(BPF_FUNC_map_lookup_elem));
	gen_clobber(g);
	gen_set_mem(g, BPF_REG_0, GEN_MAYBE, 0, FUZZ_VALUE);
	if (fuzz_chance(&g->rng, 60) && !gen_top(g)->busy[regno]) {
		EMIT(g, BPF_MOV64_REG(regno, BPF_REG_0));
		*gen_reg(g, regno) = *gen_reg(g, BPF_REG_0);
		gen_null_check(g, regno);
	} else {
		gen_null_check(g, BPF_REG_0);
	}
}

/* A value of one map becomes that of another. */
void gen_update(struct gen *g)
{
	int mem = gen_find(g, GEN_MEM);

	if (mem < BPF_REG_6 || gen_reg(g, mem)->max || gen_reg(g, mem)->size != FUZZ_VALUE)
		return;
	EMIT(g, BPF_ST_MEM(BPF_W, BPF_REG_10, -72, fuzz_below(&g->rng, FUZZ_ELEMS + 1)),
	     BPF_MOV64_REG(BPF_REG_2, BPF_REG_10), BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -72),
	     BPF_MOV64_REG(BPF_REG_3, mem), BPF_MOV64_IMM(BPF_REG_4, 0),
	     GEN_MAP(BPF_REG_1, FUZZ_MAP_MANY), GEN_CALL(BPF_FUNC_map_update_elem));
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
}

/* A frame for dynptrs: the own one, or one that a register points to */
struct dynptr_frame {
	struct gen_frame *frame;
	int base, off;
};

static struct dynptr_frame dynptr_frame(struct gen *g)
{
	struct dynptr_frame own = { gen_top(g), BPF_REG_10 };
	int ptr = fuzz_chance(&g->rng, 40) ? gen_find(g, GEN_STACK) : -1;
	struct gen_val *val;

	if (ptr < BPF_REG_6)
		return own;
	val = gen_reg(g, ptr);
	return (struct dynptr_frame) { &g->frame[val->frame], ptr, val->off };
}

static void dynptr_at(struct gen *g, int regno, const struct dynptr_frame *f, int slot)
{
	EMIT(g, BPF_MOV64_REG(regno, f->base),
	     BPF_ALU64_IMM(BPF_ADD, regno, -8 * (slot + 1) - f->off));
}

/* The lower half of a dynptr is in the slot with the higher number. */
static void dynptr_place(struct gen *g, const struct dynptr_frame *f, int slot)
{
	__u32 link = ++g->links;
	int half;

	for (half = 0; half < 2; half++)
		f->frame->slot[slot - half] = (struct gen_val) {
			.kind = GEN_DYNPTR, .off = half, .link = link, .size = FUZZ_VALUE,
		};
}

static bool slot_usable(struct gen *g, const struct gen_frame *f, int slot)
{
	if (f->busy_slot[slot] || f->busy_slot[slot - 1])
		return false;
	return fuzz_chance(&g->rng, 20) || (f->slot[slot].kind <= GEN_NUM &&
					    f->slot[slot - 1].kind <= GEN_NUM);
}

static void dynptr_new(struct gen *g)
{
	int slot = 1 + fuzz_below(&g->rng, GEN_SLOTS - 1), mem = gen_mem(g);
	struct dynptr_frame f = dynptr_frame(g);
	struct gen_val *val = gen_reg(g, mem);

	if (val->kind != GEN_MEM || val->size != FUZZ_VALUE || val->max > 32 ||
	    !slot_usable(g, f.frame, slot))
		return;
	EMIT(g, BPF_MOV64_REG(BPF_REG_1, mem),
	     BPF_MOV64_IMM(BPF_REG_2, fuzz_below(&g->rng, 64 - val->max + 1)),
	     BPF_MOV64_IMM(BPF_REG_3, 0));
	dynptr_at(g, BPF_REG_4, &f, slot);
	EMIT(g, GEN_CALL(BPF_FUNC_dynptr_from_mem));
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
	dynptr_place(g, &f, slot);
}

/* Put the address of a dynptr in a register. */
bool gen_dynptr_find(struct gen *g, int regno)
{
	int reg = gen_find(g, GEN_DYNPTR), slot, i, start = fuzz_below(&g->rng, GEN_SLOTS);
	struct dynptr_frame f = dynptr_frame(g);

	if (reg >= 0 && fuzz_chance(&g->rng, 60)) {
		EMIT(g, BPF_MOV64_REG(regno, reg));
		return true;
	}
	for (i = 0; i < GEN_SLOTS; i++) {
		slot = (start + i) % GEN_SLOTS;
		if (f.frame->slot[slot].kind == GEN_DYNPTR &&
		    (!f.frame->slot[slot].off || gen_bend(g))) {
			dynptr_at(g, regno, &f, slot);
			return true;
		}
	}
	return false;
}

/* R2 and R4 or R4 and R2 of reads and writes: how much, and where in the dynptr */
static void dynptr_len_off(struct gen *g, int len_reg, int len, int off_reg)
{
	int num = fuzz_chance(&g->rng, 20) ? gen_find(g, GEN_NUM) : -1;

	if (num >= BPF_REG_6)
		EMIT(g, BPF_MOV64_REG(off_reg, num));
	else
		EMIT(g, BPF_MOV64_IMM(off_reg, fuzz_below(&g->rng, 16)));
	if (num >= BPF_REG_6 && fuzz_chance(&g->rng, 30))
		EMIT(g, BPF_MOV64_REG(len_reg, num), BPF_ALU64_IMM(BPF_AND, len_reg, len - 1));
	else
		EMIT(g, BPF_MOV64_IMM(len_reg, len));
	EMIT(g, BPF_MOV64_IMM(BPF_REG_5, 0));
}

/* Where a read goes: to a slot, or to other memory */
static bool dynptr_read_to(struct gen *g, int slot, int len)
{
	int mem = fuzz_chance(&g->rng, 30) ? gen_find(g, GEN_MEM) : -1;
	const struct dynptr_frame own = { gen_top(g), BPF_REG_10 };
	struct gen_val *val = &gen_top(g)->slot[slot];

	if (mem >= BPF_REG_6 && gen_reg(g, mem)->max + len <= gen_reg(g, mem)->size) {
		EMIT(g, BPF_MOV64_REG(BPF_REG_1, mem));
		return true;
	}
	if ((gen_top(g)->busy_slot[slot] || val->kind > GEN_NUM) && !gen_bend(g))
		return false;
	dynptr_at(g, BPF_REG_1, &own, slot);
	if (len == 8)
		*val = (struct gen_val) { .kind = GEN_NUM, .max = GEN_UNKNOWN };
	else if (val->kind == GEN_NUM)
		val->max = GEN_UNKNOWN;
	else
		val->kind = GEN_NONE;
	return true;
}

static void dynptr_read(struct gen *g)
{
	int slot = fuzz_below(&g->rng, GEN_SLOTS), len = 1 + fuzz_below(&g->rng, 8);

	if (!gen_dynptr_find(g, BPF_REG_3) || !dynptr_read_to(g, slot, len))
		return;
	dynptr_len_off(g, BPF_REG_2, len, BPF_REG_4);
	EMIT(g, GEN_CALL(BPF_FUNC_dynptr_read));
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
}

static void dynptr_write(struct gen *g)
{
	struct gen_place place;

	if (!gen_slot_of(g, &place, GEN_NUM) || !gen_dynptr_find(g, BPF_REG_1))
		return;
	if (place.base != BPF_REG_10)
		return;
	EMIT(g, BPF_MOV64_REG(BPF_REG_3, BPF_REG_10),
	     BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, place.off));
	dynptr_len_off(g, BPF_REG_4, 1 + fuzz_below(&g->rng, 8), BPF_REG_2);
	EMIT(g, GEN_CALL(BPF_FUNC_dynptr_write));
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
}

static void dynptr_slice(struct gen *g)
{
	int size = 1 << fuzz_below(&g->rng, 5), regno = BPF_REG_6 + fuzz_below(&g->rng, 4);

	if (gen_top(g)->busy[regno] || !gen_dynptr_find(g, BPF_REG_1))
		return;
	EMIT(g, BPF_MOV64_IMM(BPF_REG_2, fuzz_below(&g->rng, 9)), BPF_MOV64_IMM(BPF_REG_3, size),
	     GEN_CALL(BPF_FUNC_dynptr_data), BPF_MOV64_REG(regno, BPF_REG_0));
	gen_clobber(g);
	gen_set_mem(g, regno, GEN_MAYBE, 0, size);
	gen_null_check(g, regno);
}

/* A record of the ring buffer, from its reservation to its end */
static void dynptr_record(struct gen *g)
{
	int slot = 1 + fuzz_below(&g->rng, GEN_SLOTS - 1);
	struct dynptr_frame f = dynptr_frame(g);

	if (!slot_usable(g, f.frame, slot))
		return;
	EMIT(g, GEN_MAP(BPF_REG_1, FUZZ_MAP_RING),
	     BPF_MOV64_IMM(BPF_REG_2, fuzz_below(&g->rng, 65)), BPF_MOV64_IMM(BPF_REG_3, 0));
	dynptr_at(g, BPF_REG_4, &f, slot);
	EMIT(g, GEN_CALL(BPF_FUNC_ringbuf_reserve_dynptr));
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
	dynptr_place(g, &f, slot);
	gen_block(g, 1 + fuzz_below(&g->rng, 3));
	dynptr_at(g, BPF_REG_1, &f, slot);
	EMIT(g, BPF_MOV64_IMM(BPF_REG_2, 0),
	     GEN_CALL(fuzz_chance(&g->rng, 50) ? BPF_FUNC_ringbuf_submit_dynptr :
		      BPF_FUNC_ringbuf_discard_dynptr));
	gen_clobber(g);
	f.frame->slot[slot].kind = GEN_NONE;
	f.frame->slot[slot - 1].kind = GEN_NONE;
}

void gen_dynptr(struct gen *g)
{
	static void (*const kinds[])(struct gen *g) = {
		dynptr_new, dynptr_new, dynptr_read, dynptr_read, dynptr_write, dynptr_slice,
		dynptr_slice, dynptr_record,
	};

	kinds[fuzz_below(&g->rng, ARRAY_SIZE(kinds))](g);
}
