// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Random programs, statement by statement. */
#include "fuzz_gen.h"

#define MAX_NESTING 4

static const int alu_ops[] = {
	BPF_ADD, BPF_ADD, BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD, BPF_OR, BPF_AND, BPF_AND,
	BPF_XOR, BPF_LSH, BPF_RSH, BPF_RSH, BPF_ARSH, BPF_MOV,
};

static const int jmp_ops[] = {
	BPF_JEQ, BPF_JNE, BPF_JGT, BPF_JGE, BPF_JLT, BPF_JLE, BPF_JSGT, BPF_JSGE, BPF_JSLT,
	BPF_JSLE, BPF_JSET,
};

static const int sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

/* Which maximum a number has after an operation with a constant */
static __u64 alu_max(int op, __u64 max, __s32 imm)
{
	switch (op) {
	case BPF_ADD:
		return imm >= 0 && max < -1U ? max + imm : GEN_UNKNOWN;
	case BPF_AND:
		return imm >= 0 && max > imm ? imm : max;
	case BPF_RSH:
		return max >> imm;
	case BPF_MOD:
		return imm > 0 && max >= imm ? imm - 1 : max;
	case BPF_MOV:
		return (__s64)imm;
	default:
		return GEN_UNKNOWN;
	}
}

static __s32 alu_imm(struct gen *g, int op, bool is32)
{
	__s32 imm = gen_const(g);

	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		return fuzz_below(&g->rng, is32 ? 32 : 64);
	if ((op == BPF_DIV || op == BPF_MOD) && !imm)
		return 5;
	return imm;
}

void gen_alu(struct gen *g)
{
	int regno = gen_num(g), op = alu_ops[fuzz_below(&g->rng, ARRAY_SIZE(alu_ops))], src;
	bool is32 = fuzz_chance(&g->rng, 25);
	int class = is32 ? BPF_ALU : BPF_ALU64, off = 0;
	__s32 imm;

	if (gen_top(g)->busy[regno] && !gen_bend(g))
		return;
	if (g->cpuv4 && (op == BPF_DIV || op == BPF_MOD))
		off = fuzz_chance(&g->rng, 60);
	if (fuzz_chance(&g->rng, 40)) {
		src = gen_num(g);
		EMIT(g, BPF_RAW_INSN(class | op | BPF_X, regno, src, off, 0));
		gen_set_num(g, regno, GEN_UNKNOWN);
		return;
	}
	imm = alu_imm(g, op, is32);
	EMIT(g, BPF_RAW_INSN(class | op | BPF_K, regno, 0, off, imm));
	gen_set_num(g, regno, is32 || off ? GEN_UNKNOWN : alu_max(op, gen_reg(g, regno)->max, imm));
}

static void stmt_copy(struct gen *g)
{
	int src = fuzz_below(&g->rng, 10), dst = gen_free_reg(g);

	if (gen_reg(g, src)->kind == GEN_NONE && !gen_bend(g))
		return;
	EMIT(g, BPF_MOV64_REG(dst, src));
	*gen_reg(g, dst) = *gen_reg(g, src);
}

/* Slots: whatever a register holds goes there, and comes back. */
static void stmt_spill(struct gen *g)
{
	int regno = fuzz_below(&g->rng, 10);
	struct gen_place place;

	if (!gen_slot(g, &place) || (place.val->kind == GEN_DYNPTR && !gen_bend(g)))
		return;
	if (fuzz_chance(&g->rng, 40))
		regno = fuzz_chance(&g->rng, 50) ? gen_num(g) : gen_mem(g);
	if (gen_reg(g, regno)->kind != GEN_NONE || gen_bend(g))
		gen_spill(g, regno, &place);
}

static void stmt_fill(struct gen *g)
{
	int regno = gen_free_reg(g);
	struct gen_place place;

	if (!gen_slot(g, &place))
		return;
	if (place.val->kind == GEN_NONE && !gen_bend(g))
		return;
	if (place.val->kind == GEN_DYNPTR && place.val->link && !gen_bend(g))
		return;
	gen_fill(g, regno, &place);
}

/* A slot that is overwritten by a constant: a number, or a null pointer */
static void stmt_set_slot(struct gen *g)
{
	__s32 value = fuzz_chance(&g->rng, 50) ? 0 : gen_const(g);
	int regno = gen_free_reg(g);
	struct gen_place place;

	if (!gen_slot(g, &place) || (place.val->kind == GEN_DYNPTR && !gen_bend(g)))
		return;
	EMIT(g, BPF_MOV64_IMM(regno, value));
	gen_set_num(g, regno, (__s64)value);
	gen_spill(g, regno, &place);
}

/* A slot += something, the way of the error that started it all */
void gen_step_slot(struct gen *g)
{
	__s32 step = 1 << fuzz_below(&g->rng, 6);
	int regno = gen_free_reg(g);
	struct gen_place place;
	struct gen_val *val;

	if (!gen_slot_of(g, &place, fuzz_chance(&g->rng, 60) ? GEN_NUM : GEN_MEM))
		return;
	gen_fill(g, regno, &place);
	EMIT(g, BPF_ALU64_IMM(BPF_ADD, regno, step));
	val = gen_reg(g, regno);
	val->max = alu_max(BPF_ADD, val->max, step);
	val->link = ++g->links;
	if (val->kind == GEN_NUM && fuzz_chance(&g->rng, 30))
		gen_limit(g, regno, 31);
	gen_spill(g, regno, &place);
}

static void stmt_limit(struct gen *g)
{
	int regno = gen_num(g);

	if (!gen_top(g)->busy[regno] || gen_bend(g))
		gen_limit(g, regno, 1 + fuzz_below(&g->rng, 63));
}

static void access_atomic(struct gen *g, int ptr, int off, int size)
{
	static const int ops[] = {
		BPF_ADD, BPF_ADD | BPF_FETCH, BPF_AND | BPF_FETCH, BPF_XCHG, BPF_XOR,
	};
	int regno = gen_find(g, GEN_NUM), op = ops[fuzz_below(&g->rng, ARRAY_SIZE(ops))];

	if (regno < 0 || size < 2 || off % (1 << size) || gen_top(g)->busy[regno] ||
	    (gen_reg(g, ptr)->max && !gen_bend(g)))
		return;
	EMIT(g, BPF_ATOMIC_OP(sizes[size], op, ptr, regno, off));
	if (op & BPF_FETCH)
		gen_set_num(g, regno, GEN_UNKNOWN);
}

/* A load that extends the sign, a load-acquire or a store-release */
static void access_cpuv4(struct gen *g, int ptr, int off, int size)
{
	int regno = gen_free_reg(g), value = gen_find(g, GEN_NUM), op = sizes[size];
	__u64 max = size == 3 ? GEN_UNKNOWN : (1ULL << (8 << size)) - 1;
	bool readonly = gen_reg(g, ptr)->readonly || gen_reg(g, ptr)->packet;

	if (size < 3 && fuzz_chance(&g->rng, 50)) {
		EMIT(g, BPF_RAW_INSN(BPF_LDX | FUZZ_MEMSX | op, regno, ptr, off, 0));
		gen_set_num(g, regno, gen_bend(g) ? max : GEN_UNKNOWN);
	} else if (gen_reg(g, ptr)->packet || off & ((1 << size) - 1) || gen_reg(g, ptr)->max) {
		return;
	} else if (fuzz_chance(&g->rng, 50)) {
		EMIT(g, BPF_ATOMIC_OP(op, FUZZ_LOAD_ACQ, regno, ptr, off));
		gen_set_num(g, regno, max);
	} else if (value >= 0 && (!readonly || gen_bend(g))) {
		EMIT(g, BPF_ATOMIC_OP(op, FUZZ_STORE_REL, ptr, value, off));
	}
}

static void access_value(struct gen *g, int ptr, int off, int size)
{
	int regno, op = sizes[size];

	if (g->cpuv4 && fuzz_chance(&g->rng, 30)) {
		access_cpuv4(g, ptr, off, size);
		return;
	}

	switch (fuzz_below(&g->rng, gen_reg(g, ptr)->readonly && !gen_bend(g) ? 2 : 5)) {
	case 0:
	case 1:
		regno = gen_free_reg(g);
		EMIT(g, BPF_LDX_MEM(op, regno, ptr, off));
		gen_set_num(g, regno, size == 3 ? GEN_UNKNOWN : (1ULL << (8 << size)) - 1);
		return;
	case 2:
		EMIT(g, BPF_ST_MEM(op, ptr, off, gen_const(g)));
		return;
	case 3:
		regno = gen_find(g, GEN_NUM);
		if (regno >= 0)
			EMIT(g, BPF_STX_MEM(op, ptr, regno, off));
		return;
	default:
		access_atomic(g, ptr, off, size);
	}
}

/* At an offset that is right if the model is */
void gen_access(struct gen *g, int ptr)
{
	struct gen_val *val = gen_reg(g, ptr);
	int size = fuzz_below(&g->rng, 4), bytes = 1 << size, off;

	if (val->max + bytes > val->size) {
		if (!gen_bend(g))
			return;
		access_value(g, ptr, 0, size);
	} else {
		off = fuzz_below(&g->rng, val->size - val->max - bytes + 1);
		access_value(g, ptr, fuzz_chance(&g->rng, 80) ? off & -bytes : off, size);
	}
}

static void stmt_access(struct gen *g)
{
	gen_access(g, gen_mem(g));
}

/* With an index that is limited unless the model says that it is small already */
void gen_index(struct gen *g, int ptr, int index)
{
	struct gen_val *mem = gen_reg(g, ptr), *num = gen_reg(g, index);
	int size = fuzz_below(&g->rng, 4);
	__u64 room;

	if (mem->kind != GEN_MEM || num->kind != GEN_NUM || ptr == index ||
	    mem->max + (1 << size) > mem->size)
		return;
	room = mem->size - mem->max - (1 << size);
	if (num->max > room && !gen_bend(g))
		gen_limit(g, index, room);
	if (gen_top(g)->busy[ptr] && !gen_bend(g))
		return;
	EMIT(g, BPF_ALU64_REG(BPF_ADD, ptr, index));
	mem->max += num->max;
	if (mem->max + (1 << size) <= mem->size || gen_bend(g))
		access_value(g, ptr, 0, size);
}

static void stmt_access_index(struct gen *g)
{
	int ptr = gen_mem(g);

	gen_index(g, ptr, gen_num(g));
}

/* Own stack with a variable offset */
static void stmt_access_stack(struct gen *g)
{
	int index = gen_num(g), ptr = gen_free_reg(g), i;

	if (ptr == index)
		return;
	EMIT(g, BPF_MOV64_REG(ptr, BPF_REG_10));
	gen_reg(g, ptr)->kind = GEN_NONE;
	if (gen_reg(g, index)->max > 31)
		gen_limit(g, index, 31);
	EMIT(g, BPF_ALU64_REG(BPF_ADD, ptr, index));
	if (fuzz_chance(&g->rng, 60)) {
		EMIT(g, BPF_LDX_MEM(BPF_B, ptr, ptr, -64));
		gen_set_num(g, ptr, 255);
		return;
	}
	EMIT(g, BPF_ST_MEM(BPF_B, ptr, -64, gen_const(g)));
	for (i = 4; i < GEN_SLOTS; i++)
		if (!gen_bend(g))
			gen_top(g)->slot[i].kind = GEN_NONE;
}

int gen_cond(struct gen *g)
{
	int regno = gen_num(g), op = jmp_ops[fuzz_below(&g->rng, ARRAY_SIZE(jmp_ops))];
	int class = fuzz_chance(&g->rng, 80) ? BPF_JMP : BPF_JMP32;
	int other = fuzz_chance(&g->rng, 25) ? gen_find(g, GEN_NUM) : -1;

	if (other >= 0)
		EMIT(g, BPF_RAW_INSN(class | op | BPF_X, regno, other, 0, 0));
	else
		EMIT(g, BPF_RAW_INSN(class | op | BPF_K, regno, 0, 0, gen_const(g)));
	return gen_here(g) - 1;
}

static void stmt_if(struct gen *g)
{
	struct gen_state before, then;
	int cond, end;

	cond = gen_cond(g);
	gen_save(g, &before);
	gen_block(g, 1 + fuzz_below(&g->rng, 3));
	if (fuzz_chance(&g->rng, 60)) {
		gen_patch(g, cond);
		gen_merge(g, &before);
		return;
	}
	if (g->cpuv4 && fuzz_chance(&g->rng, 50))
		EMIT(g, BPF_RAW_INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, 0));
	else
		EMIT(g, BPF_JMP_A(0));
	end = gen_here(g) - 1;
	gen_patch(g, cond);
	gen_save(g, &then);
	memcpy(g->frame, before.frame, sizeof(g->frame));
	gen_block(g, 1 + fuzz_below(&g->rng, 3));
	gen_patch(g, end);
	gen_merge(g, &then);
}

/* Anything at all, seldom */
static void stmt_noise(struct gen *g)
{
	static const __u8 codes[] = {
		BPF_ALU64 | BPF_ADD | BPF_X, BPF_ALU | BPF_SUB | BPF_X, BPF_ALU64 | BPF_NEG,
		BPF_ALU | BPF_END | BPF_TO_BE, BPF_LDX | BPF_MEM | BPF_DW,
		BPF_LDX | BPF_MEM | BPF_W, BPF_STX | BPF_MEM | BPF_DW,
		BPF_STX | BPF_MEM | BPF_B, BPF_ST | BPF_MEM | BPF_W,
	};
	int dst = fuzz_below(&g->rng, 10), src = fuzz_below(&g->rng, 11);
	__u8 code = codes[fuzz_below(&g->rng, ARRAY_SIZE(codes))];
	bool end = BPF_OP(code) == BPF_END && BPF_CLASS(code) == BPF_ALU;
	bool mem = BPF_CLASS(code) >= BPF_LDX && BPF_CLASS(code) <= BPF_STX;

	if (!gen_bend(g))
		return;
	if (BPF_OP(code) == BPF_NEG && BPF_CLASS(code) == BPF_ALU64)
		src = 0;
	EMIT(g, BPF_RAW_INSN(code, dst, end ? 0 : src, mem ? 8 * fuzz_below(&g->rng, 8) : 0,
			     end ? 16 << fuzz_below(&g->rng, 3) : 0));
	if (BPF_CLASS(code) != BPF_STX && BPF_CLASS(code) != BPF_ST)
		gen_set_num(g, dst, GEN_UNKNOWN);
}

/* Those of kfuncs and of cpuv4 are not of all programs. */
enum { ALL, KFUNCS, CPUV4 };

static const struct {
	__u32 weight;
	bool nests;
	void (*emit)(struct gen *g);
	int who;
} stmts[] = {
	{ 14, false, gen_alu },
	{ 4, false, stmt_copy },
	{ 8, false, stmt_spill },
	{ 6, false, stmt_fill },
	{ 6, false, stmt_set_slot },
	{ 12, false, gen_step_slot },
	{ 5, false, stmt_limit },
	{ 10, false, stmt_access },
	{ 12, false, stmt_access_index },
	{ 2, false, stmt_access_stack },
	{ 6, false, gen_lookup },
	{ 2, false, gen_update },
	{ 7, false, gen_dynptr },
	{ 2, false, stmt_noise },
	{ 9, true, stmt_if },
	{ 9, true, gen_loop },
	{ 3, true, gen_linked },
	{ 3, false, gen_shift },
	{ 8, false, gen_walk },
	{ 3, false, gen_use },
	{ 1, false, gen_either },
	{ 4, true, gen_global },
	{ 2, false, gen_tail_call },
	{ 4, true, gen_packet },
	{ 2, false, gen_move_packet },
	{ 2, false, gen_lock },
	{ 1, true, gen_timer },
	{ 1, false, gen_sleep },
	{ 2, false, gen_leak },
	{ 1, false, gen_late },
	{ 14, true, gen_callback },
	{ 2, true, gen_subprog },
	{ 14, true, gen_iter, KFUNCS },
	{ 12, true, gen_section, KFUNCS },
	{ 14, true, gen_res_lock, KFUNCS },
	{ 14, true, gen_sign, CPUV4 },
	{ 10, false, gen_sign_window, CPUV4 },
	{ 8, false, gen_sign_slot, CPUV4 },
	{ 2, false, gen_swap, CPUV4 },
};

static __u32 weight(const struct gen *g, int i)
{
	if ((stmts[i].who == KFUNCS && !g->kfuncs) || (stmts[i].who == CPUV4 && !g->cpuv4))
		return 0;
	return stmts[i].weight;
}

static void gen_stmt(struct gen *g)
{
	__u32 i, pick, total = 0;

	for (i = 0; i < ARRAY_SIZE(stmts); i++)
		total += weight(g, i);
	pick = fuzz_below(&g->rng, total);
	for (i = 0; pick >= weight(g, i); i++)
		pick -= weight(g, i);
	if (stmts[i].nests && g->nesting >= MAX_NESTING)
		return;
	g->nesting += stmts[i].nests;
	stmts[i].emit(g);
	g->nesting -= stmts[i].nests;
}

void gen_block(struct gen *g, int cnt)
{
	while (cnt-- > 0 && g->budget > 0)
		gen_stmt(g);
}

/* The functions one after the other, and calls by distance. */
static void link_funcs(const struct gen *g, struct fuzz_prog *prog)
{
	int start[GEN_FUNCS], i, pc;
	struct bpf_insn *insn;

	prog->cnt = 0;
	for (i = 0; i < g->funcs && prog->cnt + g->func[i].cnt <= FUZZ_MAX_INSNS; i++) {
		start[i] = prog->cnt;
		memcpy(prog->insn + prog->cnt, g->func[i].insn,
		       g->func[i].cnt * sizeof(struct bpf_insn));
		prog->cnt += g->func[i].cnt;
	}
	for (pc = 0; pc < prog->cnt; pc++) {
		insn = &prog->insn[pc];
		if (fuzz_names_func(insn))
			insn->imm = start[insn->imm] - pc - 1;
		pc += fuzz_is_ld_imm64(insn);
	}
}

/* Some of what the program knows becomes its result. */
static void gen_end(struct gen *g)
{
	int regno = gen_find(g, GEN_NUM);

	if (gen_type(g)->ranged) {
		gen_result(g, gen_type(g)->lo, gen_type(g)->hi);
		return;
	}
	if (regno >= 0 && fuzz_chance(&g->rng, 80))
		EMIT(g, BPF_MOV64_REG(BPF_REG_0, regno));
	else
		EMIT(g, BPF_MOV64_IMM(BPF_REG_0, 0));
	EMIT(g, BPF_EXIT_INSN());
}

static void gen_start(struct gen *g)
{
	int i, n = fuzz_below(&g->rng, 4);

	gen_reg(g, BPF_REG_1)->kind = GEN_CTX;
	if (fuzz_chance(&g->rng, 60)) {
		EMIT(g, BPF_MOV64_REG(BPF_REG_6, BPF_REG_1));
		*gen_reg(g, BPF_REG_6) = *gen_reg(g, BPF_REG_1);
	}
	for (i = 0; i < n; i++)
		gen_load_ctx(g, BPF_REG_7 + i);
	for (i = fuzz_below(&g->rng, 5); i > 0; i--)
		stmt_set_slot(g);
	for (i = fuzz_below(&g->rng, 3); i > 0; i--)
		stmt_spill(g);
	if (fuzz_chance(&g->rng, 60))
		gen_packet(g);
}

void fuzz_generate(struct fuzz_prog *prog, __u64 seed)
{
	static const int bends[] = { 0, 0, 0, 1, 3, 10 };
	static struct gen g;

	memset(&g, 0, sizeof(g));
	g.rng.state = seed;
	/* The others are what they would be without */
	g.cpuv4 = seed % 3 == 2;
	g.kfuncs = seed % 5 == 4;
	g.budget = 10 + fuzz_below(&g.rng, 90);
	g.bend = bends[fuzz_below(&g.rng, ARRAY_SIZE(bends))];
	g.strict = fuzz_chance(&g.rng, 20);
	g.type = g.strict ? FUZZ_SYSCALL : FUZZ_TRACE;
	if (fuzz_chance(&g.rng, 30))
		g.type = fuzz_chance(&g.rng, 30) ? FUZZ_SKB :
			 FUZZ_SYSCALL + fuzz_below(&g.rng, FUZZ_NR_TYPES - FUZZ_SYSCALL);
	prog->strict = g.strict;
	prog->type = g.type;
	g.funcs = 1;
	gen_start(&g);
	while (g.budget > 0)
		gen_stmt(&g), g.budget--;
	gen_end(&g);
	link_funcs(&g, prog);
}

static __u64 random_arg(struct fuzz_rng *rng)
{
	switch (fuzz_below(rng, 5)) {
	case 0:
		return fuzz_below(rng, 13);
	case 1:
		return fuzz_below(rng, 80);
	case 2:
		return (__s64)(int)fuzz_below(rng, 17) - 8;
	case 3:
		return fuzz_random(rng) >> fuzz_below(rng, 64);
	default:
		return 1ULL << fuzz_below(rng, 64);
	}
}

static void random_bytes(struct fuzz_rng *rng, __u8 *bytes, int cnt)
{
	bool small = fuzz_chance(rng, 50);
	int i;

	for (i = 0; i < cnt; i++) {
		bytes[i] = fuzz_random(rng);
		if (small)
			bytes[i] = bytes[i] < 80 ? bytes[i] % 9 : 0;
	}
}

void fuzz_make_input(struct fuzz_input *in, struct fuzz_rng *rng)
{
	static const __u32 lens[] = { 0, 1, 4, 8, 16, 24, 64 };
	int i;

	for (i = 0; i < FUZZ_ARGS; i++)
		in->args[i] = random_arg(rng);
	random_bytes(rng, (__u8 *)&in->values, sizeof(in->values));
	in->samples = fuzz_below(rng, FUZZ_SAMPLES + 1);
	for (i = 0; i < in->samples; i++) {
		in->sample[i].len = lens[fuzz_below(rng, ARRAY_SIZE(lens))];
		random_bytes(rng, in->sample[i].bytes, FUZZ_SAMPLE);
	}
	in->limit = fuzz_chance(rng, 30) ? 0 : 1 + fuzz_below(rng, 6);
	in->seed = fuzz_random(rng);
}
