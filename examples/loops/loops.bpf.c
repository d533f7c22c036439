// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The ways to write a loop. Documentation/bpf/loops.rst tells when to use which. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_may_goto.h>

char _license[] SEC("license") = "GPL";

#define MAX 4096		/* a power of 2 */

__u32 values[MAX];
__u32 nr_values;		/* user space sets these two */
__u64 start;
__u32 zero;			/* what the verifier does not know */

/*
 * can_loop, in the condition: the number of iterations is known at run time alone. A mask
 * keeps the index in bounds, whatever it is. If it began with a 0 that the verifier knows,
 * mainline's would follow each iteration, and give up.
 */
SEC("syscall")
int sum(void *ctx)
{
	__u32 i, total = 0;

	for (i = zero; i < nr_values && can_loop; i++)
		total += values[i & (MAX - 1)];
	return total;
}

/* cond_break, in the body: nobody knows how often this goes round before it has. */
SEC("syscall")
int collatz(void *ctx)
{
	__u64 n = start;
	__u32 steps = 0;

	while (n > 1) {
		n = n & 1 ? 3 * n + 1 : n / 2;
		steps++;
		cond_break;
	}
	return steps;
}

static long check_prime(__u32 i, void *ctx)
{
	__u32 *primes = ctx, n = i + 2, d;

	for (d = 2; d * d <= n && can_loop; d++)
		if (n % d == 0)
			return 0;
	(*primes)++;
	return 0;	/* 1 ends bpf_loop() */
}

/* bpf_loop(): the body is a function, which is verified for any number of calls. */
SEC("syscall")
int primes(void *ctx)
{
	__u32 primes = 0;

	bpf_loop(9999, check_prime, &primes, 0);
	return primes;
}

/* The kernel ends a loop that goes on for too long, and says so on stderr. */
SEC("syscall")
int endless(void *ctx)
{
	__u64 rounds = zero;

	while (can_loop)
		rounds++;
	return rounds > 0;
}
