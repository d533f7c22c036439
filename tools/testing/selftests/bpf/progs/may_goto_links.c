// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Scalars that differ by a constant share what is found out about either of them. All of
 * these must load. Loops keep an index and its successor in two registers; the rest does
 * the same without a loop.
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
int numbers[5000];
unsigned int zero, n;
long total;

SEC("syscall")
__success
int fill_bytes(void *ctx)
{
	unsigned int i;

	for (i = zero; i < SIZE && can_loop; i++)
		bytes[i] = i;
	return 0;
}

SEC("syscall")
__success
int move_up(void *ctx)
{
	unsigned int i;

	for (i = zero; i < SIZE - 1 && can_loop; i++)
		bytes[i] = bytes[i + 1];
	return 0;
}

SEC("syscall")
__success
int move_down(void *ctx)
{
	int i;

	for (i = SIZE - 1 - (zero & 31); i > 0 && can_loop; i--)
		bytes[i] = bytes[i - 1];
	return 0;
}

/* The compiler turns the index into a pointer, which has to be followed to the end. */
SEC("syscall")
__success
int known_end(void *ctx)
{
	int sum = 0, i;

	for (i = 0; i < 5000 && can_loop; i++)
		sum += numbers[i];
	return sum;
}

SEC("syscall")
__success
int known_break(void *ctx)
{
	unsigned int i;
	int sum = 0;

	for (i = 0; i < n && can_loop; i++) {
		if (i >= 5000)
			break;
		sum += numbers[i];
	}
	return sum;
}

#define ARGS : : [bytes] "i"(&bytes), [random] "i"(bpf_get_prandom_u32)	\
	     : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "memory"
/* r6 points to bytes, r0 is any number, and so is r7 */
#define START "r6 = %[bytes] ll; call %[random]; r7 = r0;"
/* read what is r7 bytes behind r6, and end */
#define READ "r6 += r7; r0 = *(u8 *)(r6 + 0); 9: r0 = 0; exit;"

/* r7 is at most one less than what is compared. */
SEC("tc")
__success
__naked int successor(void)
{
	asm volatile(START "r1 = r7; r1 += 1; if r1 < 1 goto 9f; if r1 > 64 goto 9f;" READ ARGS);
}

SEC("tc")
__success
__naked int predecessor(void)
{
	asm volatile(START "if r7 > 0xffff goto 9f; r1 = r7; r1 += -1; if r1 > 62 goto 9f;"
		     READ ARGS);
}

SEC("tc")
__success
__naked int subtracted(void)
{
	asm volatile(START "if r7 > 0xffff goto 9f; r1 = r7; r1 -= 2; if r1 > 61 goto 9f;"
		     READ ARGS);
}

SEC("tc")
__success
__naked int known_register(void)
{
	asm volatile(START "r2 = 2; r1 = r7; r1 += r2; if r1 < 2 goto 9f;"
		     "if r1 > 65 goto 9f;" READ ARGS);
}

/* A sum of 32 bits that does not wrap around, and one that may */
SEC("tc")
__success
__naked int sum32(void)
{
	asm volatile(START "w7 = w7; if w7 > 0xffff goto 9f; w1 = w7; w1 += 1;"
		     "if w1 > 64 goto 9f;" READ ARGS);
}

SEC("tc")
__success
__naked int sum32_wraps(void)
{
	asm volatile(START "w7 = w7; w1 = w7; w1 += 1; if w1 < 1 goto 9f;"
		     "if w1 > 64 goto 9f;" READ ARGS);
}

/* Both are known of each other: a number is compared that differs from the copy of it. */
SEC("tc")
__success
__naked int two_steps(void)
{
	asm volatile(START "if r7 > 0xffff goto 9f; r1 = r7; r1 += 3; r2 = r1; r2 += -1;"
		     "r3 = r2; r3 += -2; if r2 > 65 goto 9f; r7 = r3;" READ ARGS);
}

SEC("tc")
__success
__naked int spilled(void)
{
	asm volatile(START "if r7 > 0xffff goto 9f; r1 = r7; r1 += 1; *(u64 *)(r10 - 8) = r7;"
		     "if r1 > 64 goto 9f; r7 = *(u64 *)(r10 - 8);" READ ARGS);
}

STATIC __naked int is_large(void)
{
	asm volatile("r0 = 0; if r1 < 65 goto 1f; r0 = 1; 1: exit;" ARGS);
}

SEC("tc")
__success
__naked int across_frames(void)
{
	asm volatile(START "if r7 > 0xffff goto 9f; r1 = r7; r1 += 1; call is_large;"
		     "if r0 != 0 goto 9f;" READ ARGS);
}

STATIC __attribute__((used)) int use_is_large(void)
{
	return is_large();
}
