// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Scalars that differ by a constant: what must not be concluded from it. All must be
 * refused, each with its message. The programs of may_goto_links.c are their safe twins.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "bpf_may_goto.h"

char _license[] SEC("license") = "GPL";

#define STATIC static __attribute__((noinline))
#define __naked __attribute__((naked))

#define SIZE 64

/* Nothing lies behind them in their map. */
char bytes[SIZE] SEC(".data.bytes");
unsigned int zero, n;

/* The last iteration reads one too far. */
SEC("syscall")
__failure __msg("invalid access to map value")
int move_up_one_more(void *ctx)
{
	unsigned int i;

	for (i = zero; i < SIZE && can_loop; i++)
		bytes[i] = bytes[i + 1];
	return 0;
}

SEC("syscall")
__failure __msg("access to map value")
int fill_one_more(void *ctx)
{
	unsigned int i;

	for (i = zero; i <= SIZE && can_loop; i++)
		bytes[i] = i;
	return 0;
}

#define ARGS : : [bytes] "i"(&bytes), [random] "i"(bpf_get_prandom_u32)	\
	     : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "memory"
#define START "r6 = %[bytes] ll; call %[random]; r7 = r0;"
#define READ "r6 += r7; r0 = *(u8 *)(r6 + 0); 9: r0 = 0; exit;"

SEC("tc")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
__naked int off_by_one(void)
{
	asm volatile(START "r1 = r7; r1 += 1; if r1 < 1 goto 9f; if r1 > 65 goto 9f;" READ ARGS);
}

/* r1 is 0 if r7 is the largest number. */
SEC("tc")
__failure __msg("R6 min value is negative")
__naked int wraps(void)
{
	asm volatile(START "r1 = r7; r1 += 1; if r1 > 64 goto 9f;" READ ARGS);
}

SEC("tc")
__failure __msg("access to map value")
__naked int wraps_down(void)
{
	asm volatile(START "r1 = r7; r1 -= 1; if r1 > 63 goto 9f;" READ ARGS);
}

/* w1 is 0 if w7 is the largest number of 32 bits. */
SEC("tc")
__failure __msg("R6 unbounded memory access")
__naked int sum32_wraps(void)
{
	asm volatile(START "w7 = w7; w1 = w7; w1 += 1; if w1 > 64 goto 9f;" READ ARGS);
}

/* The upper half of r7 is unknown. */
SEC("tc")
__failure __msg("math between map_value pointer and register with unbounded min value")
__naked int lower_half(void)
{
	asm volatile(START "r0 += r7; r7 = r0; w1 = w7; if w1 > 63 goto 9f;" READ ARGS);
}

SEC("tc")
__failure __msg("math between map_value pointer and register with unbounded min value")
__naked int lower_half_of_sum(void)
{
	asm volatile(START "r0 += r7; r7 = r0; r2 = r7; w1 = w7; w1 += 1; if w1 < 1 goto 9f;"
		     "if w1 > 64 goto 9f;" READ ARGS);
}

SEC("tc")
__failure __msg("R6 unbounded memory access")
__naked int lower_half_spilled(void)
{
	asm volatile(START "r1 = r7; r2 = 0x1ffffffff ll; if r1 > r2 goto 9f;"
		     "*(u32 *)(r10 - 8) = r7;"
		     "w1 = *(u32 *)(r10 - 8); if r1 > 63 goto 9f;" READ ARGS);
}

/* They were linked before one of them became something else. */
SEC("tc")
__failure __msg("math between map_value pointer and register with unbounded min value")
__naked int overwritten(void)
{
	asm volatile(START "r1 = r7; r1 += 1; call %[random]; r1 = r7; r1 += 1; r7 = r0;"
		     "if r1 > 64 goto 9f;" READ ARGS);
}

SEC("tc")
__failure __msg("invalid access to map value")
__naked int multiplied(void)
{
	asm volatile(START "if r7 > 0xffff goto 9f; r1 = r7; r1 += 1; r7 <<= 12;"
		     "if r1 > 16 goto 9f;" READ ARGS);
}

/* More than can be kept. */
SEC("tc")
__failure __msg("math between map_value pointer and register with unbounded min value")
__naked int far_apart(void)
{
	asm volatile(START "r1 = r7; r1 += 0x7fffffff; r1 += 0x7fffffff; r1 += 2;"
		     "if r1 > 63 goto 9f;" READ ARGS);
}

/* The path that is explored first has another distance, by which it is safe. */
SEC("tc")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
__naked int another_distance(void)
{
	asm volatile(START "r8 = r0; if r7 > 0xffff goto 9f; call %[random]; r1 = r7;"
		     "if r0 == 0 goto 1f; r1 += 2; goto 2f; 1: r1 += 1;"
		     "2: r2 = r1; r3 = 0; if r2 > 65 goto 9f;" READ ARGS);
}

/* And on this one they are not linked at all, but have the same bounds. */
SEC("tc")
__failure __msg("invalid access to map value")
__naked int not_linked(void)
{
	asm volatile(START "r8 = r0; call %[random]; w9 = w0; w7 = w7; if w7 > 0xffff goto 9f;"
		     "if w9 > 0xffff goto 9f; call %[random]; r1 = r9; if r0 != 0 goto 1f;"
		     "r1 = r7; 1: r1 += 1; r2 = r1; r3 = 0; if r2 > 64 goto 9f;" READ ARGS);
}

/* The sum did not wrap around on the path that was explored first. */
SEC("tc")
__failure __msg("R6 unbounded memory access")
__naked int wraps_on_another_path(void)
{
	asm volatile(START "w7 = w7; call %[random]; if r0 == 0 goto 1f; if w7 > 0xffff goto 9f;"
		     "1: r2 = 0; r3 = 0; w1 = w7; w1 += 1; if w1 > 64 goto 9f;" READ ARGS);
}

/* What a link was found out through is precise, be it on the stack. */
SEC("tc")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
__naked int spilled_another_distance(void)
{
	asm volatile(START "if r7 > 0xffff goto 9f; r1 = r7; r1 += 1; *(u64 *)(r10 - 8) = r1;"
		     "call %[random]; if r0 == 0 goto 1f; r1 = r7; r1 += 2;"
		     "*(u64 *)(r10 - 8) = r1; 1: r2 = 0; r1 = *(u64 *)(r10 - 8);"
		     "if r1 > 65 goto 9f;" READ ARGS);
}
