// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * An interpreter that knows what each register holds. Whatever depends on an
 * address, or on a byte of the stack that the program did not write, is a random
 * number here and makes the result opaque: it says nothing of the kernel's.
 */
#include <stdlib.h>
#include "fuzz_interp.h"

#define MAX_STEPS	5000
#define MAX_STEPS_LIMITED (1 << 19)	/* more than any program comes to that ends */
#define JCOND 0xe0

static __u64 alu_div(__u64 dst, __u64 src, bool mod)
{
	if (!src)
		return mod ? dst : 0;
	return mod ? dst % src : dst / src;
}

/* Both have 32 or 64 bits; what the CPU makes an exception of has a result here. */
static __u64 alu_sdiv(__u64 dst, __u64 src, bool mod, bool is32)
{
	__s64 a = is32 ? (__s32)dst : dst, b = is32 ? (__s32)src : src;

	if (!b)
		return mod ? dst : 0;
	if (b == -1)
		return mod ? 0 : -dst;
	return mod ? a % b : a / b;
}

/* Operands of 32 bits come with their upper halves zero. */
static __u64 alu(int op, __u64 dst, __u64 src, bool is32)
{
	int bits = is32 ? 31 : 63;

	switch (op) {
	case BPF_ADD:
		return dst + src;
	case BPF_SUB:
		return dst - src;
	case BPF_MUL:
		return dst * src;
	case BPF_DIV:
	case BPF_MOD:
		return alu_div(dst, src, op == BPF_MOD);
	case BPF_OR:
		return dst | src;
	case BPF_AND:
		return dst & src;
	case BPF_XOR:
		return dst ^ src;
	case BPF_LSH:
		return dst << (src & bits);
	case BPF_RSH:
		return dst >> (src & bits);
	case BPF_ARSH:
		return is32 ? (__s32)dst >> (src & bits) : (__s64)dst >> (src & bits);
	case BPF_NEG:
		return -dst;
	default:
		return src;
	}
}

static bool same_object(const struct fuzz_val *a, const struct fuzz_val *b)
{
	return fuzz_is_ptr(a) && a->kind == b->kind && a->id == b->id && a->gen == b->gen;
}

static __u64 as_number(struct fuzz_interp *it, const struct fuzz_val *val)
{
	return fuzz_is_ptr(val) ? fuzz_address(it).num : val->num;
}

/* One of them is a pointer, which it remains where an offset is added or subtracted. */
static struct fuzz_val alu_ptr(struct fuzz_interp *it, int op, const struct fuzz_val *dst,
			       const struct fuzz_val *src)
{
	struct fuzz_val res = *dst;

	if (op == BPF_SUB && same_object(dst, src) && !it->prog->strict)
		return fuzz_num(dst->num - src->num);
	if (op == BPF_ADD && dst->kind == VAL_NUM) {
		res = *src;
		res.num += dst->num;
	} else if (op == BPF_ADD && src->kind == VAL_NUM) {
		res.num += src->num;
	} else if (op == BPF_SUB && src->kind == VAL_NUM) {
		res.num -= src->num;
	} else {
		return fuzz_num(alu(op, as_number(it, dst), as_number(it, src), false));
	}
	return res;
}

static struct fuzz_val source(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	if (BPF_SRC(insn->code) == BPF_K)
		return fuzz_num((__s64)insn->imm);
	if (it->reg[insn->src_reg].kind == VAL_NONE)
		fuzz_fail(it, "use of an uninitialised register");
	return it->reg[insn->src_reg];
}

static void step_end(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	struct fuzz_val *dst = &it->reg[insn->dst_reg];
	__u64 num = dst->kind == VAL_NUM ? dst->num : fuzz_address(it).num;

	if (BPF_SRC(insn->code) == BPF_TO_BE || BPF_CLASS(insn->code) == BPF_ALU64)
		num = insn->imm == 16 ? __builtin_bswap16(num) :
		      insn->imm == 32 ? __builtin_bswap32(num) : __builtin_bswap64(num);
	else if (insn->imm < 64)
		num &= (1ULL << insn->imm) - 1;
	*dst = fuzz_num(num);
}

/* A move that extends the sign, or a signed division */
static void step_signed(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	bool is32 = BPF_CLASS(insn->code) == BPF_ALU;
	struct fuzz_val *dst = &it->reg[insn->dst_reg], val = source(it, insn);
	__u64 src = as_number(it, &val), num;

	if (BPF_OP(insn->code) == BPF_MOV)
		num = fuzz_sign_extend(src, insn->off);
	else
		num = alu_sdiv(is32 ? (__u32)as_number(it, dst) : as_number(it, dst),
			       is32 ? (__u32)src : src, BPF_OP(insn->code) == BPF_MOD, is32);
	*dst = fuzz_num(is32 ? (__u32)num : num);
}

static void step_alu(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	bool is32 = BPF_CLASS(insn->code) == BPF_ALU;
	struct fuzz_val *dst = &it->reg[insn->dst_reg], src;
	int op = BPF_OP(insn->code);
	__u64 a;

	if (op != BPF_MOV && dst->kind == VAL_NONE)
		fuzz_fail(it, "use of an uninitialised register");
	if (op == BPF_END) {
		step_end(it, insn);
		return;
	}
	if (insn->off) {
		step_signed(it, insn);
		return;
	}
	src = op == BPF_NEG ? fuzz_num(0) : source(it, insn);
	if (!is32 && op == BPF_MOV) {
		*dst = src;
	} else if (is32) {
		/* The value of dst is of no importance to a move. */
		a = op == BPF_MOV ? 0 : as_number(it, dst);
		*dst = fuzz_num((__u32)alu(op, (__u32)a, (__u32)as_number(it, &src), true));
	} else if (src.kind == VAL_NUM && dst->kind == VAL_NUM) {
		*dst = fuzz_num(alu(op, dst->num, src.num, false));
	} else {
		*dst = alu_ptr(it, op, dst, &src);
	}
}

static bool compare(int op, __u64 a, __u64 b, __s64 sa, __s64 sb)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSGT:
		return sa > sb;
	case BPF_JSGE:
		return sa >= sb;
	case BPF_JSLT:
		return sa < sb;
	case BPF_JSLE:
		return sa <= sb;
	default:
		return a & b;
	}
}

static bool is_null_check(int op, const struct fuzz_val *a, const struct fuzz_val *b)
{
	return (op == BPF_JEQ || op == BPF_JNE) && fuzz_is_ptr(a) && b->kind == VAL_NUM && !b->num;
}

/* Addresses of the kernel: greater than numbers, or less, if they have a sign */
static bool compare_addresses(struct fuzz_interp *it, int op, const struct fuzz_val *dst,
			      const struct fuzz_val *src)
{
	const __u64 kernel = 0xffff800000000000;
	__u64 a = fuzz_is_ptr(dst) ? fuzz_address(it).num | kernel : dst->num;
	__u64 b = fuzz_is_ptr(src) ? fuzz_address(it).num | kernel : src->num;

	return compare(op, a, b, a, b);
}

static bool taken(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	bool is32 = BPF_CLASS(insn->code) == BPF_JMP32;
	struct fuzz_val *dst = &it->reg[insn->dst_reg], src = source(it, insn);
	int op = BPF_OP(insn->code);
	__u64 a = dst->num, b = src.num;

	if (dst->kind == VAL_NONE)
		fuzz_fail(it, "use of an uninitialised register");
	if (!is32 && (is_null_check(op, dst, &src) || is_null_check(op, &src, dst)))
		return op == BPF_JNE;
	if (fuzz_is_ptr(dst) || fuzz_is_ptr(&src)) {
		if (is32 || op == BPF_JSET)
			return fuzz_address(it).num & 1;
		if (!same_object(dst, &src))
			return compare_addresses(it, op, dst, &src);
	}
	/* Addresses in an object are as far apart as offsets, and all negative. */
	if (fuzz_is_ptr(dst))
		return compare(op, a - (1ULL << 62), b - (1ULL << 62), a, b);
	if (is32)
		return compare(op, (__u32)a, (__u32)b, (__s32)a, (__s32)b);
	return compare(op, a, b, a, b);
}

/* All in a frame share a limit. Before that, what the kernel would not do and the verifier
 * has to be prepared for: one jumps, and others do not.
 */
static bool may_goto_jumps(struct fuzz_interp *it)
{
	if (!it->in->limit)
		return false;
	return it->frame[it->depth].may_gotos++ >= it->in->limit || fuzz_chance(&it->rng, 10);
}

static void step_call(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	if (insn->src_reg == BPF_PSEUDO_CALL && insn->off && (it->locked || it->locks))
		fuzz_fail(it, "call with a lock held");
	if (insn->src_reg == BPF_PSEUDO_CALL && insn->off)
		fuzz_global_args(it, insn->off);
	if (it->stop)
		return;
	if (insn->src_reg == BPF_PSEUDO_CALL)
		fuzz_call(it, it->pc + 1 + insn->imm);
	else if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		fuzz_call_kernel(it, insn->imm);
	else
		fuzz_call_helper(it, insn->imm);
}

static void step_jmp(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	bool jump;

	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		step_call(it, insn);
		jump = false;
		break;
	case BPF_JA:
		jump = true;
		break;
	case JCOND:
		jump = may_goto_jumps(it);
		break;
	default:
		jump = taken(it, insn);
	}
	if (!it->stop && jump)
		it->pc += fuzz_is_gotol(insn) ? insn->imm : insn->off;
}

static __u32 access_size(const struct bpf_insn *insn)
{
	switch (BPF_SIZE(insn->code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

static void step_atomic(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	struct fuzz_val *src = &it->reg[insn->src_reg], *ptr = &it->reg[insn->dst_reg], old, new;
	struct fuzz_val *r0 = &it->reg[BPF_REG_0];
	__u32 size = access_size(insn);
	__u64 mask = size == 8 ? -1ULL : -1U;
	bool cmp = insn->imm == BPF_CMPXCHG;

	old = fuzz_load(it, ptr, insn->off, size);
	if (src->kind == VAL_NONE || (cmp && r0->kind == VAL_NONE))
		fuzz_fail(it, "use of an uninitialised register");
	if (it->stop)
		return;
	if (fuzz_is_ptr(&old) || fuzz_is_ptr(src) || (cmp && fuzz_is_ptr(r0)))
		old = new = fuzz_address(it);
	else if (cmp)
		new = old.num == (r0->num & mask) ? *src : old;
	else if (insn->imm == BPF_XCHG)
		new = *src;
	else
		new = fuzz_num(alu(insn->imm & ~BPF_FETCH, old.num, src->num, false));
	fuzz_store(it, ptr, insn->off, size, &new);
	old.num &= mask;
	if (cmp)
		*r0 = old;
	else if (insn->imm & BPF_FETCH)
		*src = old;
}

static void step_store(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	struct fuzz_val imm = fuzz_num((__s64)insn->imm);
	bool is_reg = BPF_CLASS(insn->code) == BPF_STX;

	bool is_atomic = is_reg && BPF_MODE(insn->code) == BPF_ATOMIC;

	if (is_atomic && insn->imm == FUZZ_LOAD_ACQ)
		it->reg[insn->dst_reg] = fuzz_load(it, &it->reg[insn->src_reg], insn->off,
						   access_size(insn));
	else if (is_atomic && insn->imm != FUZZ_STORE_REL)
		step_atomic(it, insn);
	else
		fuzz_store(it, &it->reg[insn->dst_reg], insn->off, access_size(insn),
			   is_reg ? &it->reg[insn->src_reg] : &imm);
}

static void step_ld_imm64(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	struct fuzz_val *dst = &it->reg[insn->dst_reg];

	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_FD:
		*dst = (struct fuzz_val) { .kind = VAL_MAP, .id = insn->imm };
		break;
	case BPF_PSEUDO_MAP_VALUE:
		*dst = fuzz_obj_ptr(it, OBJ_DATA, insn[1].imm);
		break;
	case BPF_PSEUDO_FUNC:
		*dst = (struct fuzz_val) { .kind = VAL_FUNC, .id = it->pc + 1 + insn->imm };
		break;
	default:
		*dst = fuzz_num((__u32)insn->imm | (__u64)insn[1].imm << 32);
	}
	it->pc++;
}

static void step_load(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	struct fuzz_val *dst = &it->reg[insn->dst_reg];
	__u32 size = access_size(insn);

	*dst = fuzz_load(it, &it->reg[insn->src_reg], insn->off, size);
	if (BPF_MODE(insn->code) == FUZZ_MEMSX)
		*dst = fuzz_num(fuzz_sign_extend(as_number(it, dst), size * 8));
}

static void step(struct fuzz_interp *it, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		step_alu(it, insn);
		break;
	case BPF_JMP:
	case BPF_JMP32:
		step_jmp(it, insn);
		break;
	case BPF_LDX:
		step_load(it, insn);
		break;
	case BPF_ST:
	case BPF_STX:
		step_store(it, insn);
		break;
	default:
		step_ld_imm64(it, insn);
	}
}

static void run_function(struct fuzz_interp *it)
{
	const struct bpf_insn *insn = &it->prog->insn[it->pc];

	while (insn->code != (BPF_JMP | BPF_EXIT)) {
		if (++it->steps > MAX_STEPS_LIMITED)
			fuzz_fail(it, "the program does not end");
		else if (it->steps > MAX_STEPS && !it->in->limit)
			fuzz_give_up(it);
		else
			step(it, insn);
		if (it->stop)
			return;
		if (it->tail_call)
			break;
		it->pc++;
		insn = &it->prog->insn[it->pc];
	}
	it->tailed = it->tail_call;
	it->tail_call = false;
}

/* Arguments are in R1 to R5, the result comes in R0. */
void fuzz_call(struct fuzz_interp *it, int target)
{
	struct fuzz_val saved[MAX_BPF_REG];
	int i, pc = it->pc;

	if (it->depth + 1 == FUZZ_FRAMES) {
		fuzz_give_up(it);
		return;
	}
	memcpy(saved, it->reg, sizeof(saved));
	it->depth++;
	fuzz_frame_start(it, it->depth);
	it->reg[BPF_REG_0].kind = VAL_NONE;
	for (i = BPF_REG_6; i <= BPF_REG_9; i++)
		it->reg[i].kind = VAL_NONE;
	it->reg[BPF_REG_10] = fuzz_obj_ptr(it, OBJ_FRAME + it->depth, FUZZ_STACK);
	it->pc = target;
	run_function(it);
	if (it->stop)
		return;
	fuzz_obj_end(it, OBJ_FRAME + it->depth);
	it->depth--;
	memcpy(&it->reg[BPF_REG_6], &saved[BPF_REG_6],
	       (MAX_BPF_REG - BPF_REG_6) * sizeof(*saved));
	for (i = BPF_REG_1; i <= BPF_REG_5; i++)
		it->reg[i].kind = VAL_NONE;
	it->pc = pc;
}

/* Where a program ends, or another one takes over */
void fuzz_no_resources(struct fuzz_interp *it)
{
	int i;

	for (i = 0; i < FUZZ_RECORDS; i++)
		if (it->obj[OBJ_RECORD + i].alive)
			fuzz_fail(it, "a record is never released");
	if (it->locked || it->locks)
		fuzz_fail(it, "a lock is never released");
	fuzz_no_sections(it);
}

static void check_range(struct fuzz_interp *it, const struct fuzz_val *r0)
{
	const struct fuzz_type_info *type = &fuzz_types[it->prog->type];

	if (!type->ranged || it->tailed)
		return;
	if (r0->kind != VAL_NUM || (__s64)r0->num < type->lo || (__s64)r0->num > type->hi)
		fuzz_fail(it, "the result is out of range");
}

static void finish(struct fuzz_interp *it)
{
	struct fuzz_val *r0 = &it->reg[BPF_REG_0];

	if (r0->kind == VAL_NONE)
		fuzz_fail(it, "the result is not initialised");
	fuzz_no_resources(it);
	check_range(it, r0);
	if (!it->stop)
		it->res->ret = fuzz_is_ptr(r0) ? fuzz_address(it).num : r0->num;
}

static void prepare(struct fuzz_interp *it)
{
	const struct fuzz_type_info *type = &fuzz_types[it->prog->type];
	struct fuzz_result *res = it->res;
	int i;

	res->values = it->in->values;
	for (i = 0; i < FUZZ_CTX / 8; i++)
		it->ctx[i] = it->in->args[i % FUZZ_ARGS];
	fuzz_obj_start(it, OBJ_CTX, it->ctx,
		       type->load_size == 8 ? sizeof(it->in->args) : FUZZ_CTX);
	it->obj[OBJ_CTX].readonly = it->prog->type == FUZZ_TRACE;
	it->packet_size = it->in->args[0] % (FUZZ_PACKET + 1);
	fuzz_obj_start(it, OBJ_PACKET, it->packet, it->packet_size);
	it->obj[OBJ_PACKET].stale = true;
	it->obj[OBJ_PACKET].readonly = !type->moves;
	fuzz_obj_start(it, OBJ_DATA, res->values.data, FUZZ_VALUE);
	for (i = 0; i < FUZZ_ELEMS; i++) {
		fuzz_obj_start(it, OBJ_SPECIAL + i, it->special[i], FUZZ_VALUE);
		it->obj[OBJ_SPECIAL + i].stale = true;
	}
	for (i = 0; i < FUZZ_ELEMS; i++) {
		fuzz_obj_start(it, OBJ_RES + i, it->res_value[i], FUZZ_VALUE);
		it->obj[OBJ_RES + i].stale = true;
	}
	for (i = 0; i < FUZZ_ELEMS; i++)
		fuzz_obj_start(it, OBJ_MANY + i, res->values.many[i], FUZZ_VALUE);
	fuzz_frame_start(it, 0);
	it->reg[BPF_REG_1] = fuzz_obj_ptr(it, OBJ_CTX, 0);
	it->reg[BPF_REG_10] = fuzz_obj_ptr(it, OBJ_FRAME, FUZZ_STACK);
}

void fuzz_interpret(const struct fuzz_prog *prog, const struct fuzz_input *in,
		    struct fuzz_result *res)
{
	static struct fuzz_interp it;

	memset(&it, 0, offsetof(struct fuzz_interp, frame));
	memset(res, 0, sizeof(*res));
	it.prog = prog;
	it.in = in;
	it.res = res;
	it.rng.state = in->seed;
	prepare(&it);
	run_function(&it);
	if (!it.stop)
		finish(&it);
	res->steps = it.steps;
}
