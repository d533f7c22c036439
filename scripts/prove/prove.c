// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * What the arithmetic of the verifier has to keep, for all values there are. Each function
 * is a property: arguments may be anything, assume() says what is known of them, assert()
 * what has to follow. See prove.sh, and prove.list for the faults that each one notices.
 */
#include "prove.h"

#define assume(what) __CPROVER_assume(what)
#define assert(what) __CPROVER_assert(what, #what)

static bool tnum_holds(struct tnum t, u64 value)
{
	return !(t.value & t.mask) && (value & ~t.mask) == t.value;
}

/* A register may have this value, as far as the verifier knows. */
static bool holds(const struct bpf_reg_state *reg, u64 value)
{
	return tnum_holds(reg->var_off, value) &&
	       reg->umin_value <= value && value <= reg->umax_value &&
	       reg->smin_value <= (s64)value && (s64)value <= reg->smax_value &&
	       reg->u32_min_value <= (u32)value && (u32)value <= reg->u32_max_value &&
	       reg->s32_min_value <= (s32)value && (s32)value <= reg->s32_max_value;
}

/* An operation on tnums covers the operation on all numbers that they stand for. */
#define TNUM_OP(name, expr) \
void prove_tnum_##name(struct tnum a, struct tnum b, u64 x, u64 y) \
{ \
	assume(tnum_holds(a, x)); \
	assume(tnum_holds(b, y)); \
	assert(tnum_holds(tnum_##name(a, b), expr)); \
}

TNUM_OP(add, x + y)
TNUM_OP(sub, x - y)
TNUM_OP(and, x & y)
TNUM_OP(or, x | y)
TNUM_OP(xor, x ^ y)

/* Multiplication is proved for factors below 32: more is too much for the solver. */
void prove_tnum_mul(struct tnum a, struct tnum b, u64 x, u64 y)
{
	assume((a.value | a.mask) < 32);
	assume((b.value | b.mask) < 32);
	assume(tnum_holds(a, x));
	assume(tnum_holds(b, y));
	assert(tnum_holds(tnum_mul(a, b), x * y));
}

void prove_tnum_shift(struct tnum a, u64 x, u8 by)
{
	assume(tnum_holds(a, x));
	assume(by < 64);
	assert(tnum_holds(tnum_lshift(a, by), x << by));
	assert(tnum_holds(tnum_rshift(a, by), x >> by));
	assert(tnum_holds(tnum_arshift(a, by, 64), (u64)((s64)x >> by)));
}

/* Byte 0 changes places with the last one, and so on; the others are cleared. */
void prove_tnum_swap(struct tnum a, u64 x)
{
	assume(tnum_holds(a, x));
	assert(tnum_holds(scalar_swap_bytes(a, 2), (x & 0xff) << 8 | (x >> 8 & 0xff)));
	assert(tnum_holds(scalar_swap_bytes(a, 4), (u64)__builtin_bswap32(x)));
	assert(tnum_holds(scalar_swap_bytes(a, 8), __builtin_bswap64(x)));
}

void prove_tnum_range(u64 min, u64 max, u64 x)
{
	assume(min <= x && x <= max);
	assert(tnum_holds(tnum_range(min, max), x));
}

void prove_tnum_intersect(struct tnum a, struct tnum b, u64 x)
{
	assume(tnum_holds(a, x));
	assume(tnum_holds(b, x));
	assert(tnum_holds(tnum_intersect(a, b), x));
}

void prove_tnum_parts(struct tnum a, u64 x, u32 y)
{
	assume(tnum_holds(a, x));
	assert(tnum_holds(tnum_cast(a, 4), (u32)x));
	assert(tnum_holds(tnum_cast(a, 1), (u8)x));
	assert(tnum_holds(tnum_subreg(a), (u32)x));
	assert(tnum_holds(tnum_clear_subreg(a), x >> 32 << 32));
	assert(tnum_holds(tnum_const_subreg(a, y), x >> 32 << 32 | y));
}

/* What is in the second is in the first. */
void prove_tnum_in(struct tnum a, struct tnum b, u64 x)
{
	assume(tnum_in(a, b));
	assume(tnum_holds(a, a.value));
	assume(tnum_holds(b, x));
	assert(tnum_holds(a, x));
}

/* To learn from one bound about another one loses no value. */
void prove_bounds_sync(struct bpf_reg_state reg, u64 x)
{
	assume(holds(&reg, x));
	reg_bounds_sync(&reg);
	assert(holds(&reg, x));
}

/* Nor does it to let go of the upper half. */
void prove_coerce(struct bpf_reg_state reg, u64 x)
{
	assume(holds(&reg, x));
	coerce_reg_to_size(&reg, sizeof(u32));
	assert(holds(&reg, (u32)x));
}

/* Nor does it to extend the sign of the lower bytes, and a number of which the verifier says
 * that it stays the same does. The size is a constant here, for the solver.
 */
#define SIGN_EXTEND(bits, type) \
void prove_sign_extend_##bits(struct bpf_reg_state reg, u64 x) \
{ \
	assume(holds(&reg, x)); \
	assert(!is_sign_extended(&reg, sizeof(type)) || (u64)(type)x == x); \
	coerce_reg_to_size_sx(&reg, sizeof(type)); \
	assert(holds(&reg, (u64)(type)x)); \
}

SIGN_EXTEND(8, signed char)
SIGN_EXTEND(16, short)
SIGN_EXTEND(32, s32)

/* Where an old scalar is taken to cover a new one, it has all values that the new one has,
 * unless nothing depends on the old one.
 */
void prove_regsafe(struct bpf_verifier_env env, struct bpf_reg_state old,
		   struct bpf_reg_state cur, struct bpf_idmap idmap, enum state_cmp cmp, u64 x)
{
	bool matters = cmp != CMP_MARKED || (old.precise && old.live & REG_LIVE_READ);

	assume(idmap.cnt <= BPF_ID_MAP_SIZE);
	assume(cmp == CMP_MARKED || cmp == CMP_ALL || cmp == CMP_EXACT);
	assume(old.type == SCALAR_VALUE && cur.type == SCALAR_VALUE);
	assume(tnum_holds(old.var_off, old.var_off.value));
	assume(holds(&cur, x));
	assume(regsafe(&env, &old, &cur, &idmap, cmp));
	assert(!matters || holds(&old, x));
}

/* A pointer is never taken for a scalar that was read, and a scalar for no pointer. */
void prove_regsafe_types(struct bpf_verifier_env env, struct bpf_reg_state old,
			 struct bpf_reg_state cur, struct bpf_idmap idmap, enum state_cmp cmp)
{
	assume(idmap.cnt <= BPF_ID_MAP_SIZE);
	assume(cmp == CMP_MARKED || cmp == CMP_ALL || cmp == CMP_EXACT);
	assume(old.live & REG_LIVE_READ);
	assume(old.type != NOT_INIT);
	/* Scalars have no flags. */
	assume(base_type(old.type) != SCALAR_VALUE || old.type == SCALAR_VALUE);
	assume(base_type(cur.type) != SCALAR_VALUE || cur.type == SCALAR_VALUE);
	assume(regsafe(&env, &old, &cur, &idmap, cmp));
	assert((old.type == SCALAR_VALUE) == (cur.type == SCALAR_VALUE));
}

/* Old scalars that were equal have new ones that are. */
void prove_scalar_ids(struct bpf_reg_state old1, struct bpf_reg_state cur1,
		      struct bpf_reg_state old2, struct bpf_reg_state cur2)
{
	struct bpf_idmap idmap = { .tmp_id = 1 << 30 };

	assume(old1.id && old1.id == old2.id);
	assume(cur1.id < 1 << 30 && cur2.id < 1 << 30);
	assume(!tnum_is_const(old1.var_off) && !tnum_is_const(old2.var_off));
	assume(check_scalar_ids(&old1, &cur1, &idmap));
	assume(check_scalar_ids(&old2, &cur2, &idmap));
	assert(cur1.id && cur1.id == cur2.id);
}

/* A widened scalar has all values that it had. */
void prove_widen(struct bpf_verifier_env env, struct loop_count count,
		 struct bpf_reg_state old, struct bpf_reg_state cur, u64 x)
{
	assume(env.idmap_scratch.cnt <= BPF_ID_MAP_SIZE);
	assume(cur.type == SCALAR_VALUE);
	assume(holds(&cur, x));
	widen_reg(&env, &count, &old, &cur);
	assert(cur.type == SCALAR_VALUE);
	assert(holds(&cur, x));
}

/* bpf_loop() passes each number below that of its calls, and takes 32 bits of that. */
void prove_loop_index(struct bpf_verifier_env env, struct bpf_func_state caller,
		      struct bpf_func_state callee, u64 calls, u32 index)
{
	assume(caller.regs[BPF_REG_1].type == SCALAR_VALUE);
	assume(holds(&caller.regs[BPF_REG_1], calls));
	assume((u32)calls <= BPF_MAX_LOOPS);
	assume(index < (u32)calls);
	set_loop_callback_state(&env, &caller, &callee, 0);
	assert(callee.regs[BPF_REG_1].type == SCALAR_VALUE);
	assert(holds(&callee.regs[BPF_REG_1], index));
}

static bool bounds_hold(const struct bpf_reg_state *reg, u64 value)
{
	return reg->umin_value <= value && value <= reg->umax_value &&
	       reg->smin_value <= (s64)value && (s64)value <= reg->smax_value;
}

static bool bounds32_hold(const struct bpf_reg_state *reg, u32 value)
{
	return reg->u32_min_value <= value && value <= reg->u32_max_value &&
	       reg->s32_min_value <= (s32)value && (s32)value <= reg->s32_max_value;
}

/* What is not negative has no sign bit. */
static bool signs_agree(const struct bpf_reg_state *reg)
{
	u64 bits = reg->var_off.value | reg->var_off.mask;

	return (reg->smin_value < 0 || (bits <= S64_MAX && reg->umax_value <= S64_MAX)) &&
	       (reg->s32_min_value < 0 ||
		((u32)bits <= S32_MAX && reg->u32_max_value <= S32_MAX));
}

/* Every operation and every load leaves signs that agree. */
void prove_signs(struct bpf_reg_state reg, u64 x)
{
	assume(holds(&reg, x));
	reg_bounds_sync(&reg);
	assert(signs_agree(&reg));
}

/* The bounds of a result cover all that may be computed, in 64 bits and in 32. */
#define ALU(name, limit, tnum, expr) \
void prove_##name(struct bpf_reg_state dst, struct bpf_reg_state src, u64 x, u64 y) \
{ \
	assume(holds(&dst, x) && holds(&src, y)); \
	assume(limit); \
	assume(signs_agree(&dst) && signs_agree(&src)); \
	dst.var_off = tnum; \
	scalar32_min_max_##name(&dst, &src); \
	assert(bounds32_hold(&dst, expr)); \
	scalar_min_max_##name(&dst, &src); \
	assert(bounds_hold(&dst, expr)); \
}

ALU(add, true, dst.var_off, x + y)
ALU(sub, true, dst.var_off, x - y)
ALU(and, true, tnum_and(dst.var_off, src.var_off), x & y)
ALU(or, true, tnum_or(dst.var_off, src.var_off), x | y)
ALU(xor, true, tnum_xor(dst.var_off, src.var_off), x ^ y)
/* Products and quotients are proved for few numbers: more are too much for the solver. */
ALU(mul, dst.umax_value < 64 && src.umax_value < 64, dst.var_off, x * y)

void prove_div(struct bpf_reg_state dst, struct bpf_reg_state src, bool alu32, u64 x, u64 y)
{
	assume(holds(&dst, x) && holds(&src, y));
	assume(dst.umax_value < 64 && src.umax_value < 64);
	scalar_div(&dst, &src, alu32);
	assert(holds(&dst, y ? x / y : 0));
}

void prove_mod(struct bpf_reg_state dst, struct bpf_reg_state src, bool alu32, u64 x, u64 y)
{
	assume(holds(&dst, x) && holds(&src, y));
	assume(dst.umax_value < 64 && src.umax_value < 64);
	scalar_mod(&dst, &src, alu32);
	assert(holds(&dst, y ? x % y : x));
}

/* A shift is by a number that is known, and below the width. */
#define SHIFT(name, functions, covers, width, type, stype) \
void prove_##name(struct bpf_reg_state dst, u64 x, u64 by) \
{ \
	struct bpf_reg_state src = {}, l = dst, r = dst, a = dst; \
\
	assume(holds(&dst, x)); \
	assume(by < width); \
	___mark_reg_known(&src, by); \
	functions##_min_max_lsh(&l, &src); \
	assert(covers(&l, (type)x << by)); \
	functions##_min_max_rsh(&r, &src); \
	assert(covers(&r, (type)x >> by)); \
	functions##_min_max_arsh(&a, &src); \
	assert(covers(&a, (stype)x >> by)); \
}

SHIFT(shift, scalar, holds, 64, u64, s64)
SHIFT(shift32, scalar32, bounds32_hold, 32, u32, s32)

static bool jumps(u8 opcode, u64 x, u64 y, bool is_jmp32)
{
	s64 sx = is_jmp32 ? (s32)x : (s64)x, sy = is_jmp32 ? (s32)y : (s64)y;

	if (is_jmp32) {
		x = (u32)x;
		y = (u32)y;
	}
	switch (opcode) {
	case BPF_JEQ: return x == y;
	case BPF_JNE: return x != y;
	case BPF_JSET: return x & y;
	case BPF_JGT: return x > y;
	case BPF_JGE: return x >= y;
	case BPF_JLT: return x < y;
	case BPF_JLE: return x <= y;
	case BPF_JSGT: return sx > sy;
	case BPF_JSGE: return sx >= sy;
	case BPF_JSLT: return sx < sy;
	default: return sx <= sy;
	}
}

static bool is_cond_jmp(u8 opcode)
{
	return (opcode >= BPF_JEQ && opcode <= BPF_JSGE && !(opcode & 0xf)) ||
	       (opcode >= BPF_JLT && opcode <= BPF_JSLE && !(opcode & 0xf));
}

/* A jump whose way is known goes that way. */
void prove_cmp_taken(struct bpf_reg_state dst, struct bpf_reg_state src, u8 opcode,
		     bool is_jmp32, u64 x, u64 y)
{
	int pred;

	assume(is_cond_jmp(opcode));
	assume(holds(&dst, x) && holds(&src, y));
	pred = scalar_cmp_taken(&dst, &src, opcode, is_jmp32);
	assert(pred == -1 || pred == jumps(opcode, x, y, is_jmp32));
}

/* What is learned from a jump leaves all values with which it goes that way. */
void prove_cmp_narrow(struct bpf_reg_state dst, struct bpf_reg_state src, u8 opcode,
		      bool is_jmp32, u64 x, u64 y)
{
	assume(is_cond_jmp(opcode));
	assume(holds(&dst, x) && holds(&src, y));
	scalar_cmp_narrow(&dst, &src, opcode, is_jmp32, jumps(opcode, x, y, is_jmp32));
	assert(holds(&dst, x));
	assert(holds(&src, y));
}

/* Two things known of one value have it in common. */
void prove_intersect(struct bpf_reg_state reg, struct bpf_reg_state other, u64 x)
{
	assume(holds(&reg, x) && holds(&other, x));
	assert(intersect_scalar(&reg, &other));
	assert(holds(&reg, x));
}
