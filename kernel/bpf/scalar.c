// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * What the verifier learns about numbers that it does not know: from a comparison of two of
 * them, a quotient, a remainder. A register has unsigned and signed bounds of all its 64 bits
 * and of the lower half, and a tnum. Each of these holds for the same value, whatever is found
 * out about another one, so all of this only narrows. Where nothing is left no value gets
 * there, and the insn is never executed.
 *
 * The caller derives from narrowed bounds what they say about the others: reg_bounds_sync().
 */

#include <linux/math64.h>
#include <linux/tnum.h>
#include "scalar.h"

/* Signed numbers are in the order of unsigned ones when the sign bit is flipped. */
#define SIGN_BIT (1ULL << 63)

struct bounds {
	u64 min, max;
};

static struct bounds get_bounds(const struct bpf_reg_state *reg, bool is_signed, bool is_32)
{
	if (!is_signed)
		return is_32 ? (struct bounds) { reg->u32_min_value, reg->u32_max_value } :
			       (struct bounds) { reg->umin_value, reg->umax_value };
	return is_32 ? (struct bounds) { (s64)reg->s32_min_value ^ SIGN_BIT,
					 (s64)reg->s32_max_value ^ SIGN_BIT } :
		       (struct bounds) { reg->smin_value ^ SIGN_BIT,
					 reg->smax_value ^ SIGN_BIT };
}

static void set_bounds(struct bpf_reg_state *reg, bool is_signed, bool is_32, struct bounds b)
{
	if (is_signed && is_32) {
		reg->s32_min_value = b.min ^ SIGN_BIT;
		reg->s32_max_value = b.max ^ SIGN_BIT;
	} else if (is_signed) {
		reg->smin_value = b.min ^ SIGN_BIT;
		reg->smax_value = b.max ^ SIGN_BIT;
	} else if (is_32) {
		reg->u32_min_value = b.min;
		reg->u32_max_value = b.max;
	} else {
		reg->umin_value = b.min;
		reg->umax_value = b.max;
	}
}

/* A comparison for order is "lo < hi" or, if it is not strict, "lo <= hi". */
struct cmp_order {
	bool is_signed, is_strict, dst_is_hi;
};

static bool get_cmp_order(u8 opcode, struct cmp_order *o)
{
	o->is_signed = opcode == BPF_JSLT || opcode == BPF_JSLE || opcode == BPF_JSGT ||
		       opcode == BPF_JSGE;
	switch (opcode) {
	case BPF_JLT:
	case BPF_JSLT:
		o->is_strict = true;
		o->dst_is_hi = false;
		return true;
	case BPF_JLE:
	case BPF_JSLE:
		o->is_strict = false;
		o->dst_is_hi = false;
		return true;
	case BPF_JGT:
	case BPF_JSGT:
		o->is_strict = true;
		o->dst_is_hi = true;
		return true;
	case BPF_JGE:
	case BPF_JSGE:
		o->is_strict = false;
		o->dst_is_hi = true;
		return true;
	}
	return false;
}

static bool are_disjoint(struct bounds a, struct bounds b)
{
	return a.max < b.min || b.max < a.min;
}

static bool may_be_equal(const struct bpf_reg_state *a, const struct bpf_reg_state *b,
			 bool is_32)
{
	u64 known = ~(a->var_off.mask | b->var_off.mask);

	if (is_32)
		known = (u32)known;
	if ((a->var_off.value ^ b->var_off.value) & known)
		return false;
	return !are_disjoint(get_bounds(a, false, is_32), get_bounds(b, false, is_32)) &&
	       !are_disjoint(get_bounds(a, true, is_32), get_bounds(b, true, is_32));
}

/**
 * scalar_cmp_taken() - find out which way a jump goes
 * @dst: a number
 * @src: what it is compared with
 * @opcode: the operation, as in "if (dst opcode src) goto"
 * @is_jmp32: compare the lower halves
 *
 * Both numbers have to be precise if the answer is used.
 *
 * Return: 1 if it jumps, 0 if it does not, whatever the values, or -1.
 */
int scalar_cmp_taken(const struct bpf_reg_state *dst, const struct bpf_reg_state *src,
		     u8 opcode, bool is_jmp32)
{
	struct bounds lo, hi;
	struct cmp_order o;

	if (opcode == BPF_JEQ || opcode == BPF_JNE)
		return may_be_equal(dst, src, is_jmp32) ? -1 : opcode == BPF_JNE;
	if (!get_cmp_order(opcode, &o))
		return -1;

	lo = get_bounds(o.dst_is_hi ? src : dst, o.is_signed, is_jmp32);
	hi = get_bounds(o.dst_is_hi ? dst : src, o.is_signed, is_jmp32);
	if (lo.max < hi.min || (lo.max == hi.min && !o.is_strict))
		return 1;
	if (lo.min > hi.max || (lo.min == hi.max && o.is_strict))
		return 0;
	return -1;
}

static void narrow_ordered(struct bpf_reg_state *lo, struct bpf_reg_state *hi, bool is_signed,
			   bool is_strict, bool is_32)
{
	struct bounds l = get_bounds(lo, is_signed, is_32);
	struct bounds h = get_bounds(hi, is_signed, is_32);

	if (is_strict && (l.min == U64_MAX || !h.max))
		return;
	l.max = min(l.max, h.max - is_strict);
	h.min = max(h.min, l.min + is_strict);
	set_bounds(lo, is_signed, is_32, l);
	set_bounds(hi, is_signed, is_32, h);
}

static void narrow_equal(struct bpf_reg_state *a, struct bpf_reg_state *b, bool is_32)
{
	struct bounds x, y;
	int is_signed;

	for (is_signed = 0; is_signed <= 1; is_signed++) {
		x = get_bounds(a, is_signed, is_32);
		y = get_bounds(b, is_signed, is_32);
		x.min = max(x.min, y.min);
		x.max = min(x.max, y.max);
		set_bounds(a, is_signed, is_32, x);
		set_bounds(b, is_signed, is_32, x);
	}
}

/* A number that is not equal to another one, which is known, is not at that end. */
static void narrow_unequal(struct bpf_reg_state *reg, const struct bpf_reg_state *known,
			   bool is_32)
{
	struct bounds b, k;
	int is_signed;

	for (is_signed = 0; is_signed <= 1; is_signed++) {
		b = get_bounds(reg, is_signed, is_32);
		k = get_bounds(known, is_signed, is_32);
		if (k.min != k.max || b.min >= b.max)
			continue;
		if (b.min == k.min)
			b.min++;
		if (b.max == k.max)
			b.max--;
		set_bounds(reg, is_signed, is_32, b);
	}
}

/**
 * scalar_cmp_narrow() - learn from which way a jump goes
 * @dst: a number
 * @src: what it is compared with
 * @opcode: the operation, as in "if (dst opcode src) goto"
 * @is_jmp32: compare the lower halves
 * @taken: it jumps
 */
void scalar_cmp_narrow(struct bpf_reg_state *dst, struct bpf_reg_state *src, u8 opcode,
		       bool is_jmp32, bool taken)
{
	struct bpf_reg_state *lo, *hi;
	struct cmp_order o;

	if (opcode == BPF_JEQ || opcode == BPF_JNE) {
		if ((opcode == BPF_JEQ) == taken) {
			narrow_equal(dst, src, is_jmp32);
		} else {
			narrow_unequal(dst, src, is_jmp32);
			narrow_unequal(src, dst, is_jmp32);
		}
		return;
	}
	if (!get_cmp_order(opcode, &o))
		return;

	lo = o.dst_is_hi ? src : dst;
	hi = o.dst_is_hi ? dst : src;
	if (taken)
		narrow_ordered(lo, hi, o.is_signed, o.is_strict, is_jmp32);
	else
		narrow_ordered(hi, lo, o.is_signed, !o.is_strict, is_jmp32);
}

/* A number of which nothing but unsigned bounds is known */
static void set_unsigned(struct bpf_reg_state *reg, bool is_32, struct bounds b)
{
	reg->var_off = tnum_unknown;
	reg->umin_value = 0;
	reg->umax_value = U64_MAX;
	reg->smin_value = S64_MIN;
	reg->smax_value = S64_MAX;
	reg->u32_min_value = 0;
	reg->u32_max_value = U32_MAX;
	reg->s32_min_value = S32_MIN;
	reg->s32_max_value = S32_MAX;
	set_bounds(reg, false, is_32, b);
}

/**
 * scalar_div() - bound an unsigned quotient
 * @dst: what is divided, and the quotient
 * @src: what it is divided by; the quotient by 0 is 0
 * @alu32: divide the lower halves; the caller clears the upper one
 */
void scalar_div(struct bpf_reg_state *dst, const struct bpf_reg_state *src, bool alu32)
{
	struct bounds by = get_bounds(src, false, alu32);
	struct bounds b = get_bounds(dst, false, alu32);

	b.min = by.min ? div64_u64(b.min, by.max) : 0;
	b.max = by.max ? div64_u64(b.max, max(by.min, 1ULL)) : 0;
	set_unsigned(dst, alu32, b);
}

/**
 * scalar_mod() - bound an unsigned remainder
 * @dst: what is divided, and the remainder
 * @src: what it is divided by; the remainder by 0 is @dst
 * @alu32: divide the lower halves; the caller clears the upper one
 */
void scalar_mod(struct bpf_reg_state *dst, const struct bpf_reg_state *src, bool alu32)
{
	struct bounds by = get_bounds(src, false, alu32);
	struct bounds b = get_bounds(dst, false, alu32);

	if (b.max < by.min)
		return;
	b.min = 0;
	if (by.min)
		b.max = min(b.max, by.max - 1);
	set_unsigned(dst, alu32, b);
}

/**
 * scalar_swap_bytes() - what is known of a number of which the bytes are swapped
 * @num: what is known of the number
 * @bytes: how many of the lower bytes are swapped: 2, 4 or 8; the others are cleared
 */
struct tnum scalar_swap_bytes(struct tnum num, u32 bytes)
{
	struct tnum swapped = {};
	u32 i;

	for (i = 0; i < bytes; i++) {
		swapped.value = swapped.value << 8 | (num.value >> (i * 8) & 0xff);
		swapped.mask = swapped.mask << 8 | (num.mask >> (i * 8) & 0xff);
	}
	return swapped;
}
