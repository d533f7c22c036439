// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What must not be concluded about numbers that are computed from unknown ones, or compared
 * with them: programs one step away from those of scalar_bounds.c. All must be refused.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "scalar_bounds.h"

char _license[] SEC("license") = "GPL";

#define PROG(name, message, code)					\
	SEC("tc") __failure __msg(message) __naked int name(void) { CHECKED(code); }
#define BEYOND "invalid access to map value, value_size=64 off=64 size=1"
#define UNBOUNDED "R6 unbounded memory access"
#define UNKNOWN "math between map_value pointer and register with unbounded min value"
#define NEGATIVE "R6 min value is negative"

/* One end wraps around, the other one does not. */
PROG(add32_one_wraps, UNBOUNDED,
	"if w7 < 53 goto 9f; if w7 > 100 goto 9f; w7 += -54; if w7 s> 63 goto 9f; r7 = r7;")
PROG(add64_one_wraps, NEGATIVE,
	"if r7 < 53 goto 9f; if r7 > 100 goto 9f; r1 = -54; r7 += r1;")
PROG(add32_wraps_too_far, BEYOND,
	"if w7 < 60 goto 9f; if w7 > 118 goto 9f; w7 += -54;")
PROG(add32_signed_one_wraps, UNBOUNDED,
	"w1 = 0x7ffffff8; w8 &= 15; w1 += w8; w1 -= 0x7fffffff; if w1 s> 63 goto 9f; w7 = w1;")
PROG(sub64_one_wraps, NEGATIVE, "r7 &= 63; r7 -= 32;")

PROG(negated_below_0, NEGATIVE, "r7 &= 63; r7 = -r7; r7 += 62;")
PROG(negated32, UNBOUNDED, "w7 &= 63; w7 = -w7;")

PROG(or_too_much, "value_size=64 off=79 size=1", "r7 &= 64; r8 &= 15; r7 |= r8;")
PROG(xor_too_much, "value_size=64 off=127 size=1", "r7 &= 63; r8 &= 64; r7 ^= r8;")
PROG(xor_signed, UNKNOWN, "r7 s>>= 63; r8 &= 15; r7 ^= r8;")
PROG(mul_too_much, BEYOND, "r7 &= 8; r8 &= 8; r7 *= r8;")
PROG(shift_unknown, UNKNOWN, "r7 &= 1; r8 &= 7; r7 <<= r8;")

PROG(div_too_little, BEYOND, "r7 &= 0x1ff; if r8 < 4 goto 9f; if r7 > 256 goto 9f; r7 /= r8;")
PROG(div_by_unknown, "value_size=64 off=255 size=1", "r7 &= 0xff; r7 /= r8;")
PROG(mod_by_65, BEYOND, "r7 %%= 65;")
/* By 0, that is what was divided */
PROG(mod_by_0, "value_size=64 off=255 size=1", "r7 &= 0xff; r8 &= 63; r7 %%= r8;")
PROG(mod32_by_0, UNBOUNDED, "w8 &= 63; w7 %%= w8;")

PROG(not_less, BEYOND, "if r8 > 64 goto 9f; if r7 > r8 goto 9f;")
PROG(not_less_taken, UNKNOWN, "r8 &= 63; if r7 >= r8 goto 1f; goto 9f; 1:")
PROG(not_less32, UNKNOWN, "r7 <<= 8; w8 &= 63; if w7 > w8 goto 9f;")
PROG(not_less_signed, UNKNOWN, "r8 &= 63; if r7 s> r8 goto 9f;")
PROG(not_equal, UNKNOWN, "r8 &= 63; if r7 == r8 goto 9f;")

PROG(not_middle, BEYOND, "if r7 > 64 goto 9f; if r7 == 63 goto 9f;")
PROG(not_unknown, BEYOND, "if r7 > 64 goto 9f; if r8 < 63 goto 9f; if r8 > 64 goto 9f;"
	"if r8 == r7 goto 9f;")
PROG(may_be_equal, "value_size=64 off=1000 size=1", "r7 &= 63; if r7 != 63 goto 1f; r7 = 1000; 1:")
PROG(may_be_less, "value_size=64 off=1000 size=1",
	"r7 &= 32; r8 |= 32; r8 &= 63; if r7 < r8 goto 1f; r7 = 1000; 1:")

/* The bound of one number is that of another one: whatever loads by it depends on both. */
SEC("tc") __failure __msg("value_size=64 off=200 size=1")
__naked int depends_on_other(void)
{
	CHECKED("if r8 > 100 goto 1f; r8 = 63; goto 2f; 1: r8 = 200; 2:"
		"r1 = 0; if r7 > r8 goto 9f;");
}

/* The copy of a number that was cut off is another one. */
PROG(spilled_cut, UNKNOWN,
	"r7 <<= 8; *(u32 *)(r10 - 8) = r7; w1 = *(u32 *)(r10 - 8); if r1 > 63 goto 9f;")
PROG(spilled_changed, "value_size=64 off=255 size=1",
	"r7 &= 0xff; *(u64 *)(r10 - 8) = r7; r7 += 1; if r7 > 63 goto 1f; 1:"
	"r7 = *(u64 *)(r10 - 8);")

/* Swapped, but not what was bounded, or not all of it */
PROG(swapped_more, "value_size=64 off=127 size=1", "r7 &= 0x7f00; r7 = be16 r7;")
PROG(swapped_low, "value_size=64 off=16191 size=1", "r7 &= 0x3f3f; r7 = be16 r7;")
PROG(swapped_wide, "value_size=64 off=16128 size=1", "r7 &= 0x3f0000; r7 = be32 r7;")
PROG(not_cut, "value_size=64 off=65599 size=1", "r7 &= 0x1003f; r7 = le32 r7;")
PROG(swapped_link, UNKNOWN, "r1 = r7; r7 = be16 r7; if r7 > 63 goto 9f; r7 = r1;")

/* The number of a CPU is not negative, but it is one. */
PROG(cpu_shifted, "invalid access to map value", "call %[cpu]; r7 = r0; r7 += 64;")
