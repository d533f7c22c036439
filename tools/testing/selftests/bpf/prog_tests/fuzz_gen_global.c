// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Random global functions, and what functions do to the packet of their callers. */
#include "fuzz_gen.h"

const struct fuzz_type_info fuzz_types[FUZZ_NR_TYPES] = {
	[FUZZ_TRACE] = {
		.type = BPF_PROG_TYPE_RAW_TRACEPOINT, .load_size = 8, .runs = true,
		.ctx = "bpf_raw_tracepoint_args",
	},
	[FUZZ_SYSCALL] = {
		.type = BPF_PROG_TYPE_SYSCALL, .load_size = 8, .runs = true, .sleeps = true,
		.special = true,
	},
	[FUZZ_SKB] = {
		.type = BPF_PROG_TYPE_SCHED_CLS, .load = { 0, 8, 48, 52 }, .packet = true,
		.moves = true, .special = true, .ctx = "__sk_buff",
	},
	[FUZZ_EGRESS] = {
		.type = BPF_PROG_TYPE_CGROUP_SKB, .attach = BPF_CGROUP_INET_EGRESS,
		.load = { 0, 8, 48, 52 }, .packet = true, .special = true,
		.ranged = true, .hi = 3, .ctx = "__sk_buff",
	},
	[FUZZ_SOCK] = {
		.type = BPF_PROG_TYPE_CGROUP_SOCK, .attach = BPF_CGROUP_INET_SOCK_CREATE,
		.load = { 4, 8, 12, 16 }, .special = true, .ranged = true, .hi = 1,
		.ctx = "bpf_sock",
	},
	[FUZZ_LOOKUP] = {
		.type = BPF_PROG_TYPE_SK_LOOKUP, .attach = BPF_SK_LOOKUP,
		.load = { 8, 12, 16, 8 }, .special = true, .ranged = true, .hi = 1,
		.ctx = "bpf_sk_lookup",
	},
	[FUZZ_CONNECT] = {
		.type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR, .attach = BPF_CGROUP_INET4_CONNECT,
		.load = { 0, 4, 24, 28 }, .special = true, .ranged = true, .hi = 1,
		.ctx = "bpf_sock_addr",
	},
	[FUZZ_RECVMSG] = {
		.type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR, .attach = BPF_CGROUP_UDP4_RECVMSG,
		.load = { 0, 4, 24, 28 }, .special = true, .ranged = true, .lo = 1, .hi = 1,
		.ctx = "bpf_sock_addr",
	},
	[FUZZ_SYSCTL] = {
		.type = BPF_PROG_TYPE_CGROUP_SYSCTL, .attach = BPF_CGROUP_SYSCTL,
		.load = { 0, 4, 0, 4 }, .special = true, .ranged = true, .hi = 1,
		.ctx = "bpf_sysctl",
	},
	[FUZZ_DEVICE] = {
		.type = BPF_PROG_TYPE_CGROUP_DEVICE, .attach = BPF_CGROUP_DEVICE,
		.load = { 0, 4, 8, 0 }, .special = true, .ranged = true, .hi = 1,
		.ctx = "bpf_cgroup_dev_ctx",
	},
};

static void arg_num(struct gen *g, int regno)
{
	int num = gen_num(g);

	EMIT(g, BPF_MOV64_REG(regno, num));
}

/* NULL on one way, and on the other one anything. */
static void arg_null_or_number(struct gen *g, int regno)
{
	int jump;

	arg_num(g, regno);
	gen_set_num(g, regno, GEN_UNKNOWN);
	jump = gen_cond(g);
	EMIT(g, BPF_MOV64_IMM(regno, 0));
	gen_ways_meet(g, jump);
}

static void arg_mem(struct gen *g, int regno)
{
	int mem = fuzz_chance(&g->rng, 60) ? gen_find(g, GEN_MEM) : -1;
	int slot = fuzz_below(&g->rng, GEN_SLOTS);

	if (fuzz_chance(&g->rng, 4)) {
		arg_null_or_number(g, regno);
	} else if (mem >= 0 && !gen_reg(g, mem)->readonly &&
		   gen_reg(g, mem)->max + 8 <= gen_reg(g, mem)->size) {
		EMIT(g, BPF_MOV64_REG(regno, mem));
	} else if (fuzz_chance(&g->rng, 30) || gen_top(g)->busy_slot[slot] ||
		   gen_top(g)->slot[slot].kind > GEN_NUM) {
		EMIT(g, BPF_MOV64_IMM(regno, 0));
	} else {
		EMIT(g, BPF_ST_MEM(BPF_DW, BPF_REG_10, -8 * (slot + 1), 0),
		     BPF_MOV64_REG(regno, BPF_REG_10),
		     BPF_ALU64_IMM(BPF_ADD, regno, -8 * (slot + 1)));
		gen_top(g)->slot[slot] = (struct gen_val) { .kind = GEN_NUM, .max = GEN_UNKNOWN };
	}
}

/* Put an argument into a register, and say what it is. */
static enum fuzz_arg global_arg(struct gen *g, int regno)
{
	int ctx = gen_type(g)->ctx ? gen_find(g, GEN_CTX) : -1;

	if (ctx >= 0 && fuzz_chance(&g->rng, gen_type(g)->packet ? 60 : 15)) {
		EMIT(g, BPF_MOV64_REG(regno, ctx));
		return FUZZ_ARG_CTX;
	}
	if (fuzz_chance(&g->rng, 15) && gen_dynptr_find(g, regno))
		return FUZZ_ARG_DYNPTR;
	if (fuzz_chance(&g->rng, 50)) {
		arg_mem(g, regno);
		return FUZZ_ARG_MEM;
	}
	arg_num(g, regno);
	return FUZZ_ARG_NUM;
}

/* What the function knows of them */
static void take_args(struct gen *g, int proto)
{
	int i, regno;

	for (i = 0; i < FUZZ_GLOBAL_ARGS; i++) {
		regno = BPF_REG_1 + i;
		switch (fuzz_global_arg(proto, i)) {
		case FUZZ_ARG_NUM:
			gen_set_num(g, regno, GEN_UNKNOWN);
			break;
		case FUZZ_ARG_MEM:
			EMIT(g, BPF_JMP_IMM(BPF_JNE, regno, 0, 2));
			gen_leave(g);
			gen_set_mem(g, regno, GEN_MEM, 0, 8);
			break;
		case FUZZ_ARG_DYNPTR:
			gen_reg(g, regno)->kind = GEN_DYNPTR;
			break;
		case FUZZ_ARG_CTX:
			gen_reg(g, regno)->kind = GEN_CTX;
			break;
		default:
			break;
		}
	}
}

static int global_func(struct gen *g, int proto)
{
	int func, regno;

	if (!gen_frame_push(g, false))
		return -1;
	func = gen_top(g)->func;
	take_args(g, proto);
	gen_keep_args(g);
	if (fuzz_chance(&g->rng, 50))
		gen_move_packet(g);
	gen_block(g, 1 + fuzz_below(&g->rng, 4));
	regno = gen_num(g);
	EMIT(g, BPF_MOV64_REG(BPF_REG_0, regno), BPF_EXIT_INSN());
	gen_frame_pop(g);
	return func;
}

void gen_global(struct gen *g)
{
	int i, unit, func, proto = 0, args = 1 + fuzz_below(&g->rng, FUZZ_GLOBAL_ARGS);
	bool *busy = gen_top(g)->busy, moved = g->moved;

	if (g->depth + 1 == GEN_FRAMES || g->funcs == GEN_FUNCS)
		return;
	for (i = 0, unit = 1; i < args; i++, unit *= FUZZ_NR_ARGS) {
		proto += unit * global_arg(g, BPF_REG_1 + i);
		busy[BPF_REG_1 + i] = true;
		gen_reg(g, BPF_REG_1 + i)->kind = GEN_NONE;
	}
	memset(&busy[BPF_REG_1], 0, FUZZ_GLOBAL_ARGS);
	g->moved = false;
	func = global_func(g, proto);
	if (func < 0)
		return;
	EMIT(g, BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, proto, func));
	if (g->moved)
		gen_moved(g);
	g->moved |= moved;
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
}

void gen_tail_call(struct gen *g)
{
	int ctx = gen_find(g, GEN_CTX), num;

	if (ctx < 0)
		return;
	num = fuzz_chance(&g->rng, 50) ? gen_num(g) : -1;
	if (num >= 0)
		EMIT(g, BPF_MOV64_REG(BPF_REG_3, num));
	else
		EMIT(g, BPF_MOV64_IMM(BPF_REG_3, fuzz_below(&g->rng, 3)));
	if (gen_reg(g, ctx)->kind != GEN_CTX || ctx == BPF_REG_2 || ctx == BPF_REG_3)
		return;
	EMIT(g, BPF_MOV64_REG(BPF_REG_1, ctx), GEN_MAP(BPF_REG_2, FUZZ_MAP_PROGS),
	     GEN_CALL(BPF_FUNC_tail_call));
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
	/* Only a caller sees that it did not fail. */
	g->moved = true;
}

/* Bytes at the beginning of the packet, if it has so many */
void gen_packet(struct gen *g)
{
	static const int sizes[] = { 1, 8, 14, 34, 64 };
	int ctx = gen_find(g, GEN_CTX), ptr = BPF_REG_6 + fuzz_below(&g->rng, 4), jump;
	int size = sizes[fuzz_below(&g->rng, ARRAY_SIZE(sizes))];
	struct gen_state before;

	if (ctx < 0 || ctx == ptr || !gen_type(g)->packet || gen_top(g)->busy[ptr])
		return;
	EMIT(g, BPF_LDX_MEM(BPF_W, ptr, ctx, FUZZ_DATA),
	     BPF_LDX_MEM(BPF_W, BPF_REG_0, ctx, FUZZ_DATA_END), BPF_MOV64_REG(BPF_REG_5, ptr),
	     BPF_ALU64_IMM(BPF_ADD, BPF_REG_5, size));
	gen_reg(g, BPF_REG_0)->kind = gen_reg(g, BPF_REG_5)->kind = GEN_NONE;
	gen_reg(g, ptr)->kind = GEN_NONE;
	jump = fuzz_chance(&g->rng, 50);
	gen_save(g, &before);
	if (jump) {
		EMIT(g, BPF_JMP_REG(BPF_JGT, BPF_REG_5, BPF_REG_0, 0));
		jump = gen_here(g) - 1;
	} else {
		EMIT(g, BPF_JMP_REG(BPF_JLE, BPF_REG_5, BPF_REG_0, 2));
		gen_leave(g);
	}
	gen_set_mem(g, ptr, GEN_MEM, 0, size);
	gen_reg(g, ptr)->packet = true;
	gen_reg(g, ptr)->readonly = !gen_type(g)->moves;
	if (!jump)
		return;
	if (fuzz_chance(&g->rng, 50))
		gen_global(g);
	else
		gen_block(g, 1 + fuzz_below(&g->rng, 3));
	gen_access(g, ptr);
	gen_patch(g, jump);
	gen_merge(g, &before);
}

void gen_move_packet(struct gen *g)
{
	int ctx = gen_find(g, GEN_CTX);

	if (ctx < 0 || !gen_type(g)->moves)
		return;
	EMIT(g, BPF_MOV64_REG(BPF_REG_1, ctx), BPF_MOV64_IMM(BPF_REG_2, fuzz_below(&g->rng, 65)),
	     GEN_CALL(BPF_FUNC_skb_pull_data));
	gen_moved(g);
	gen_clobber(g);
	gen_set_num(g, BPF_REG_0, GEN_UNKNOWN);
}
