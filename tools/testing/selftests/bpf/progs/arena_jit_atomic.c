// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Several CPUs and user space work on the same words of an arena. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_jit.h"

char _license[] SEC("license") = "GPL";

/* Where the words are, as user space has the address */
__u64 words_addr;

struct words {
	__u64 add, fetch_add, xchg, cmpxchg, bits;
	__u32 add32, fetch_add32, xchg32, cmpxchg32, bits32;
};

struct run {
	__u32 bit;		/* which is only ours */
	__u32 rounds;
	__u64 fetched;		/* sum of what fetch_add found */
	__u64 fetched32;
	__u64 given, taken;	/* sums of what xchg put there and found */
	__u64 given32, taken32;
	__u64 swapped, swapped32;	/* cmpxchg that were ours */
	__u64 errors;
};

static __always_inline struct words __arena *words(void)
{
	USE_ARENA();
	return (struct words __arena *)words_addr;
}

static long count(__u32 i, struct run *run)
{
	struct words __arena *w = words();

	__sync_fetch_and_add(&w->add, 3);
	__sync_fetch_and_add(&w->add32, 3);
	run->fetched += __sync_fetch_and_add(&w->fetch_add, 1);
	run->fetched32 += __sync_fetch_and_add(&w->fetch_add32, 1);

	run->given += i + run->bit;
	run->taken += __sync_lock_test_and_set(&w->xchg, i + run->bit);
	run->given32 += i + run->bit;
	run->taken32 += __sync_lock_test_and_set(&w->xchg32, i + run->bit);
	return 0;
}

static long swap(__u32 i, struct run *run)
{
	struct words __arena *w = words();
	__u64 old = w->cmpxchg;
	__u32 old32 = w->cmpxchg32;

	run->swapped += __sync_val_compare_and_swap(&w->cmpxchg, old, old + 1) == old;
	run->swapped32 += __sync_val_compare_and_swap(&w->cmpxchg32, old32, old32 + 1) == old32;
	return 0;
}

/* Nobody else changes our bit, whatever they do to theirs. */
static long bits(__u32 i, struct run *run)
{
	struct words __arena *w = words();
	__u64 bit = 1ULL << 63 >> run->bit;
	__u32 bit32 = 1U << 31 >> run->bit;

	run->errors += !!(__sync_fetch_and_or(&w->bits, bit) & bit);
	run->errors += !(__sync_fetch_and_xor(&w->bits, bit) & bit);
	run->errors += !!(__sync_fetch_and_xor(&w->bits, bit) & bit);
	run->errors += !(__sync_fetch_and_and(&w->bits, ~bit) & bit);
	run->errors += !!(w->bits & bit);

	run->errors += !!(__sync_fetch_and_or(&w->bits32, bit32) & bit32);
	run->errors += !(__sync_fetch_and_xor(&w->bits32, bit32) & bit32);
	run->errors += !!(__sync_fetch_and_xor(&w->bits32, bit32) & bit32);
	run->errors += !(__sync_fetch_and_and(&w->bits32, ~bit32) & bit32);
	run->errors += !!(w->bits32 & bit32);

	/* the forms without a result */
	__sync_fetch_and_or(&w->bits, bit);
	__sync_fetch_and_or(&w->bits32, bit32);
	run->errors += !(w->bits & bit) + !(w->bits32 & bit32);
	__sync_fetch_and_xor(&w->bits, bit);
	__sync_fetch_and_xor(&w->bits32, bit32);
	run->errors += !!(w->bits & bit) + !!(w->bits32 & bit32);
	__sync_fetch_and_or(&w->bits, bit);
	__sync_fetch_and_or(&w->bits32, bit32);
	__sync_fetch_and_and(&w->bits, ~bit);
	__sync_fetch_and_and(&w->bits32, ~bit32);
	run->errors += !!(w->bits & bit) + !!(w->bits32 & bit32);
	return 0;
}

SEC("syscall")
int work(struct run *ctx)
{
	struct run run = { .bit = ctx->bit };

	USE_ARENA();
	bpf_loop(ctx->rounds, count, &run, 0);
	bpf_loop(ctx->rounds, swap, &run, 0);
	bpf_loop(ctx->rounds, bits, &run, 0);
	ctx->fetched = run.fetched;
	ctx->fetched32 = run.fetched32;
	ctx->given = run.given;
	ctx->taken = run.taken;
	ctx->given32 = run.given32;
	ctx->taken32 = run.taken32;
	ctx->swapped = run.swapped;
	ctx->swapped32 = run.swapped32;
	ctx->errors = run.errors;
	return 0;
}
