// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What is known of numbers that are computed from unknown ones, compared with unknown ones,
 * stored and loaded again. All of these must load; scalar_bounds_fail.c has their twins.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "scalar_bounds.h"

char _license[] SEC("license") = "GPL";

#define PROG(name, code)						\
	SEC("tc") __success __naked int name(void) { CHECKED(code); }

/* Sums and differences that all wrap around */
PROG(add32_wraps, "if w7 < 60 goto 9f; if w7 > 100 goto 9f; w7 += -54;")
PROG(add64_wraps, "if r7 < 60 goto 9f; if r7 > 100 goto 9f; r1 = -54; r7 += r1;")
PROG(add32_signed_wraps, "w1 = 0x7fffffff; w8 &= 15; w1 += w8; w1 -= 0x7fffffff; w7 = w1;")
PROG(sub32_wraps, "w7 &= 15; w1 = w7; w1 -= 32; w7 = 0; w7 -= w1;")
PROG(sub64_wraps, "r7 &= 15; r1 = r7; r1 -= 32; r7 = 0; r7 -= r1;")

PROG(negated, "r7 &= 63; r7 = -r7; r7 += 63;")
PROG(negated_twice, "w7 &= 63; w7 = -w7; w7 = -w7;")

/* Numbers of which the bytes are swapped, or cut off */
PROG(swapped16, "r7 &= 0x3f00; r7 = be16 r7;")
PROG(swapped32, "r7 <<= 24; r7 &= 0x3f000000; r7 = be32 r7;")
PROG(swapped64, "r7 <<= 56; r8 = 0x3f; r8 <<= 56; r7 &= r8; r7 = be64 r7;")
PROG(swapped_twice, "r7 &= 63; r7 = be64 r7; r7 = be64 r7;")
PROG(swapped_cut, "r7 &= 0x13f00; r7 = be16 r7;")
PROG(cut16, "r7 &= 0x1003f; r7 = le16 r7;")
PROG(cut32, "r7 &= 63; r7 = le32 r7;")
PROG(cut64, "r7 &= 63; r7 = le64 r7;")

/* Of two unknown numbers */
PROG(or_unknown, "r7 &= 48; r8 &= 15; r7 |= r8;")
PROG(or32_unknown, "w7 &= 48; w8 &= 15; w7 |= w8;")
PROG(or_shifted, "r7 &= 3; r7 <<= 4; r8 &= 15; r7 |= r8;")
PROG(xor_unknown, "r7 &= 63; r8 &= 15; r7 ^= r8;")
PROG(xor32_unknown, "w7 &= 63; w8 &= 15; w7 ^= w8;")
PROG(mul_unknown, "r7 &= 7; r8 &= 7; r7 *= r8;")
PROG(mul32_unknown, "w7 &= 7; w8 &= 7; w7 *= w8;")
PROG(shift32_clears, "w8 &= 31; w7 <<= w8; r7 >>= 32;")

/* There are no 64 CPUs. */
PROG(cpu, "call %[cpu]; r7 = r0;")

/* Quotients and remainders, by numbers that may be 0 as well */
PROG(div_known, "r7 &= 0xff; r7 /= 4;")
PROG(div32_known, "w7 &= 0xff; w7 /= 4;")
PROG(div_unknown, "r7 &= 63; r7 /= r8;")
PROG(div_at_least, "r7 &= 0xff; if r8 < 4 goto 9f; r7 /= r8;")
PROG(mod_known, "r7 %%= 64;")
PROG(mod32_known, "w7 %%= 64;")
PROG(mod_unknown, "r7 &= 63; r7 %%= r8;")
PROG(mod32_unknown, "w7 &= 63; w7 %%= w8;")
PROG(mod_at_most, "if r8 < 1 goto 9f; if r8 > 64 goto 9f; r7 %%= r8;")
PROG(mod_of_less, "r7 &= 63; if r8 < 64 goto 9f; r7 %%= r8;")

/* Comparisons of two unknown numbers, each way round */
PROG(is_less, "r8 &= 63; if r7 > r8 goto 9f;")
PROG(less_or_64, "if r8 > 64 goto 9f; if r7 >= r8 goto 9f;")
PROG(less32, "w8 &= 63; if w7 > w8 goto 9f; w7 = w7;")
PROG(less_taken, "r8 &= 63; if r7 <= r8 goto 1f; goto 9f; 1:")
PROG(less_reversed, "r8 &= 63; if r8 < r7 goto 9f;")
PROG(less_signed, "if r7 s< 0 goto 9f; r8 &= 63; if r7 s> r8 goto 9f;")
PROG(less32_signed, "if w7 s< 0 goto 9f; w8 &= 63; if w7 s> w8 goto 9f; w7 = w7;")
PROG(at_least, "r8 &= 63; if r8 < r7 goto 9f; r7 = r8;")
PROG(more_than_least, "if r8 < 100 goto 9f; if r7 < r8 goto 9f; if r7 < 100 goto 1f; r7 = 0; 1:")
PROG(are_equal, "r8 &= 63; if r7 != r8 goto 9f;")
PROG(never_below, "r7 &= 63; r8 = r7; w8 += 1; if w8 <= w7 goto 9f;")
PROG(are_equal32, "w8 &= 63; if w7 != w8 goto 9f; w7 = w7;")

/* A value at the edge of the bounds, out of them, and with a bit that is known otherwise */
PROG(not_last, "if r7 > 64 goto 9f; if r7 == 64 goto 9f;")
PROG(not_last32, "if w7 > 64 goto 9f; if w7 == 64 goto 9f; w7 = w7;")
PROG(not_first, "if r7 > 64 goto 9f; if r7 != 0 goto 1f; goto 9f; 1: r7 -= 1;")
PROG(not_last_unknown, "if r7 > 64 goto 9f; r8 = 64; if r8 != r7 goto 1f; goto 9f; 1:")
PROG(not_first_signed, "if r7 s< -1 goto 9f; if r7 s> 63 goto 9f; if r7 == -1 goto 9f;")
PROG(never_equal, "r7 &= 63; if r7 != 64 goto 1f; r7 = 1000; 1:")
PROG(never_equal32, "w7 &= 63; if w7 != 64 goto 1f; w7 = 1000; 1:")
PROG(never_that_bit, "r7 &= 62; if r7 != 1 goto 1f; r7 = 1000; 1:")
PROG(never_less, "r7 &= 31; r8 |= 32; if r7 <= r8 goto 1f; r7 = 1000; 1:")

/* What a comparison of the other width tells nothing about stays known. */
PROG(jmp32_keeps_64, "if r7 s< 0 goto 9f; if r7 s> 63 goto 9f; if w8 == w7 goto 9f;")
PROG(jmp64_keeps_32, "w1 = w7; if w7 > 63 goto 9f; r8 <<= 32; if r7 == r8 goto 9f; w7 = w7;")
PROG(jmp64_tells_32, "if r7 > 63 goto 9f; w7 = w7;")

/* Checked in the register, and loaded from where it was stored; and the other way round */
PROG(spilled, "r7 &= 0xff; *(u64 *)(r10 - 8) = r7; if r7 > 63 goto 9f; r7 = *(u64 *)(r10 - 8);")
PROG(spilled32, "w7 &= 0xff; *(u32 *)(r10 - 8) = r7; if w7 > 63 goto 9f; w7 = *(u32 *)(r10 - 8);")
PROG(filled, "r7 &= 0xff; *(u64 *)(r10 - 8) = r7; r1 = *(u64 *)(r10 - 8); if r1 > 63 goto 9f;")
