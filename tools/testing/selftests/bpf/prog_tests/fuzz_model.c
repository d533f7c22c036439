// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What the generator believes that registers and slots hold. */
#include "fuzz_gen.h"

void gen_emit(struct gen *g, const struct bpf_insn *insns, int cnt)
{
	struct gen_func *func = &g->func[gen_top(g)->func];

	if (func->cnt + cnt > FUZZ_MAX_INSNS)
		return;
	memcpy(func->insn + func->cnt, insns, cnt * sizeof(*insns));
	func->cnt += cnt;
	g->budget -= cnt;
}

int gen_here(struct gen *g)
{
	return g->func[gen_top(g)->func].cnt;
}

/* Let the jump at an insn lead here. */
void gen_patch(struct gen *g, int at)
{
	struct bpf_insn *insn = &g->func[gen_top(g)->func].insn[at];

	if (fuzz_is_gotol(insn))
		insn->imm = gen_here(g) - at - 1;
	else
		insn->off = gen_here(g) - at - 1;
}

bool gen_bend(struct gen *g)
{
	return fuzz_chance(&g->rng, g->bend);
}

__s32 gen_const(struct gen *g)
{
	static const __s32 consts[] = {
		0, 0, 1, 1, 2, 3, 4, 7, 8, 8, 15, 16, 24, 31, 32, 48, 56, 60, 63, 64, 65, 127,
		255, 4096, -1, -8, -64, 0x7fffffff, -0x7fffffff - 1,
	};

	if (fuzz_chance(&g->rng, 5))
		return fuzz_random(&g->rng);
	return consts[fuzz_below(&g->rng, ARRAY_SIZE(consts))];
}

void gen_set_num(struct gen *g, int regno, __u64 max)
{
	*gen_reg(g, regno) = (struct gen_val) {
		.kind = GEN_NUM, .max = max, .link = ++g->links,
	};
}

void gen_set_mem(struct gen *g, int regno, enum gen_kind kind, __u64 max, __u32 size)
{
	*gen_reg(g, regno) = (struct gen_val) { .kind = kind, .max = max, .size = size };
}

/* What a call leaves */
void gen_clobber(struct gen *g)
{
	int i;

	for (i = BPF_REG_0; i <= BPF_REG_5; i++)
		gen_reg(g, i)->kind = GEN_NONE;
}

/* One to write to: most often one that holds nothing of use. */
int gen_free_reg(struct gen *g)
{
	int i, regno;

	for (i = 0; i < 10; i++) {
		regno = fuzz_below(&g->rng, 10);
		if (gen_top(g)->busy[regno] && !gen_bend(g))
			continue;
		if (gen_reg(g, regno)->kind <= GEN_NUM || fuzz_chance(&g->rng, 10))
			return regno;
	}
	return fuzz_below(&g->rng, 6);
}

/* A register of a kind, or -1 */
int gen_find(struct gen *g, enum gen_kind kind)
{
	int i, start = fuzz_below(&g->rng, 10);

	for (i = 0; i < 10; i++)
		if (gen_reg(g, (start + i) % 10)->kind == kind)
			return (start + i) % 10;
	return -1;
}

/* The packet is where it was no more; the model may not notice. */
void gen_moved(struct gen *g)
{
	int depth, i;

	g->moved = true;
	if (fuzz_chance(&g->rng, 10))
		return;
	for (depth = 0; depth <= g->depth; depth++) {
		for (i = 0; i < MAX_BPF_REG; i++)
			if (g->frame[depth].reg[i].packet)
				g->frame[depth].reg[i].kind = GEN_NONE;
		for (i = 0; i < GEN_SLOTS; i++)
			if (g->frame[depth].slot[i].packet)
				g->frame[depth].slot[i].kind = GEN_NONE;
	}
}

/* Something from the context, if there is one */
bool gen_load_ctx(struct gen *g, int regno)
{
	const struct fuzz_type_info *type = gen_type(g);
	int ctx = gen_find(g, GEN_CTX), off;

	if (ctx < 0)
		return false;
	if (type->load_size == 8) {
		off = 8 * fuzz_below(&g->rng, FUZZ_ARGS);
		EMIT(g, BPF_LDX_MEM(BPF_DW, regno, ctx, off));
	} else {
		off = type->load[fuzz_below(&g->rng, ARRAY_SIZE(type->load))];
		EMIT(g, BPF_LDX_MEM(BPF_W, regno, ctx, off));
	}
	gen_set_num(g, regno, type->load_size == 8 ? GEN_UNKNOWN : -1U);
	return true;
}

static int num_new(struct gen *g)
{
	int regno = gen_free_reg(g);
	__s32 value = gen_const(g);

	if (fuzz_chance(&g->rng, 50) && gen_load_ctx(g, regno))
		return regno;
	EMIT(g, BPF_MOV64_IMM(regno, value));
	gen_set_num(g, regno, (__s64)value);
	return regno;
}

/* A register with a number, old or new. */
int gen_num(struct gen *g)
{
	struct gen_place place;
	int regno = -1;

	if (fuzz_chance(&g->rng, 40) && gen_slot_of(g, &place, GEN_NUM)) {
		regno = gen_free_reg(g);
		gen_fill(g, regno, &place);
		return regno;
	}
	if (fuzz_chance(&g->rng, 75))
		regno = gen_find(g, GEN_NUM);
	return regno < 0 ? num_new(g) : regno;
}

static int mem_new(struct gen *g)
{
	int regno = gen_free_reg(g), off = 0;
	struct bpf_insn value[] = {
		BPF_LD_IMM64_RAW(regno, BPF_PSEUDO_MAP_VALUE, FUZZ_MAP_DATA),
	};

	if (fuzz_chance(&g->rng, 30))
		off = fuzz_below(&g->rng, 8) * 8;
	value[1].imm = off;
	gen_emit(g, value, ARRAY_SIZE(value));
	gen_set_mem(g, regno, GEN_MEM, off, FUZZ_VALUE);
	return regno;
}

/* A register that points to memory, old or new. */
int gen_mem(struct gen *g)
{
	struct gen_place place;
	int regno = -1;

	if (fuzz_chance(&g->rng, 50) && gen_slot_of(g, &place, GEN_MEM)) {
		regno = gen_free_reg(g);
		gen_fill(g, regno, &place);
		return regno;
	}
	if (fuzz_chance(&g->rng, 70))
		regno = gen_find(g, GEN_MEM);
	return regno < 0 ? mem_new(g) : regno;
}

static void val_bound(struct gen_val *val, __u32 link, __u64 max)
{
	if (val->kind == GEN_NUM && val->link == link && val->max > max)
		val->max = max;
}

/* A number was compared: it is known, and its copies are. */
void gen_bound(struct gen *g, int regno, __u64 max)
{
	__u32 link = gen_reg(g, regno)->link;
	int depth, i;

	for (depth = 0; depth <= g->depth; depth++) {
		for (i = 0; i < MAX_BPF_REG; i++)
			val_bound(&g->frame[depth].reg[i], link, max);
		for (i = 0; i < GEN_SLOTS; i++)
			val_bound(&g->frame[depth].slot[i], link, max);
	}
}

/* Two insns, whatever they are */
void gen_leave(struct gen *g)
{
	bool one = gen_type(g)->lo || fuzz_chance(&g->rng, 50);

	EMIT(g, BPF_MOV64_IMM(BPF_REG_0, one), BPF_EXIT_INSN());
}

/* Leave if a number is not small. */
void gen_check(struct gen *g, int regno, __u64 max)
{
	EMIT(g, BPF_JMP_IMM(BPF_JLE, regno, max, 2));
	gen_leave(g);
	gen_bound(g, regno, max);
}

/* Make a number small, by what programs do for that, or leave if it is not. */
void gen_limit(struct gen *g, int regno, __u64 max)
{
	__u32 how = fuzz_below(&g->rng, 10);
	__u64 mask = 1;

	if (how < 4) {
		while (mask * 2 + 1 <= max)
			mask = mask * 2 + 1;
		EMIT(g, BPF_ALU64_IMM(BPF_AND, regno, mask > max ? 0 : mask));
		gen_set_num(g, regno, mask > max ? 0 : mask);
		return;
	}
	if (how < 8) {
		gen_check(g, regno, max);
		return;
	}
	if (how < 9) {
		EMIT(g, BPF_JMP_IMM(BPF_JSLE, regno, max, 2));
		gen_leave(g);
		EMIT(g, BPF_JMP_IMM(BPF_JSGE, regno, 0, 2));
		gen_leave(g);
	} else {
		EMIT(g, BPF_MOV32_REG(regno, regno), BPF_JMP32_IMM(BPF_JLE, regno, max, 2));
		gen_leave(g);
		gen_set_num(g, regno, -1U);
	}
	gen_bound(g, regno, max);
}

void gen_save(struct gen *g, struct gen_state *state)
{
	memcpy(state->frame, g->frame, sizeof(g->frame));
}

static void val_merge(struct gen *g, struct gen_val *val, const struct gen_val *other)
{
	if (gen_bend(g))
		return;
	if (val->kind != other->kind || val->size != other->size || val->frame != other->frame ||
	    val->off != other->off) {
		val->kind = GEN_NONE;
		return;
	}
	if (val->max < other->max)
		val->max = other->max;
	if (val->link != other->link)
		val->link = ++g->links;
}

/* Two ways meet. */
void gen_merge(struct gen *g, const struct gen_state *other)
{
	int depth, i;

	for (depth = 0; depth <= g->depth; depth++) {
		for (i = 0; i < MAX_BPF_REG; i++)
			val_merge(g, &g->frame[depth].reg[i], &other->frame[depth].reg[i]);
		for (i = 0; i < GEN_SLOTS; i++)
			val_merge(g, &g->frame[depth].slot[i], &other->frame[depth].slot[i]);
	}
}

static void place_set(struct gen *g, struct gen_place *place, int base, int frame, int slot, int at)
{
	*place = (struct gen_place) {
		.base = base,
		.off = -8 * (slot + 1) - at,
		.val = &g->frame[frame].slot[slot],
		.busy = &g->frame[frame].busy_slot[slot],
	};
}

/* Any slot that is in reach, in the own frame or through a pointer to another. */
bool gen_slot(struct gen *g, struct gen_place *place)
{
	int ptr = gen_find(g, GEN_STACK), slot = fuzz_below(&g->rng, GEN_SLOTS);

	if (ptr >= 0 && fuzz_chance(&g->rng, 70))
		place_set(g, place, ptr, gen_reg(g, ptr)->frame, slot, gen_reg(g, ptr)->off);
	else
		place_set(g, place, BPF_REG_10, g->depth, slot, 0);
	return !*place->busy || gen_bend(g);
}

bool gen_slot_of(struct gen *g, struct gen_place *place, enum gen_kind kind)
{
	int i;

	for (i = 0; i < 6; i++)
		if (gen_slot(g, place) && place->val->kind == kind)
			return true;
	return false;
}

void gen_fill(struct gen *g, int regno, const struct gen_place *place)
{
	if (g->cpuv4 && fuzz_chance(&g->rng, 15))
		EMIT(g, BPF_ATOMIC_OP(BPF_DW, FUZZ_LOAD_ACQ, regno, place->base, place->off));
	else
		EMIT(g, BPF_LDX_MEM(BPF_DW, regno, place->base, place->off));
	*gen_reg(g, regno) = *place->val;
}

/* A dynptr loses its other half. */
static void slot_break(struct gen *g, const struct gen_val *slot)
{
	int depth, i;

	if (slot->kind != GEN_DYNPTR)
		return;
	for (depth = 0; depth <= g->depth; depth++)
		for (i = 0; i < GEN_SLOTS; i++)
			if (g->frame[depth].slot[i].kind == GEN_DYNPTR &&
			    g->frame[depth].slot[i].link == slot->link &&
			    &g->frame[depth].slot[i] != slot)
				g->frame[depth].slot[i].kind = GEN_NONE;
}

void gen_spill(struct gen *g, int regno, const struct gen_place *place)
{
	if (g->cpuv4 && fuzz_chance(&g->rng, 15))
		EMIT(g, BPF_ATOMIC_OP(BPF_DW, FUZZ_STORE_REL, place->base, regno, place->off));
	else
		EMIT(g, BPF_STX_MEM(BPF_DW, place->base, regno, place->off));
	slot_break(g, place->val);
	*place->val = *gen_reg(g, regno);
}
