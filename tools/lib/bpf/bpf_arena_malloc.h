/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __BPF_ARENA_MALLOC_H__
#define __BPF_ARENA_MALLOC_H__

/*
 * malloc() and free() inside an arena, for BPF programs and user space alike, and
 * for both at the same time:
 *
 *	struct arena_pool __arena *heap;
 *
 *	heap = arena_pool_create(&arena, 256);		in a program, or
 *	heap = arena_pool_init(memory, size);		on either side
 *	p = arena_malloc(heap, sizeof(*p));
 *	arena_free(heap, p);
 *
 * A heap is one range of memory: a header, an array of two words per block, and
 * blocks of 64 granules of 32 bytes each.
 *
 *	used  ..111111111111..	granules that are taken
 *	last  ..1.....1....1..	those of them at the end of an allocation
 *	         \   / \  / |
 *	           3 allocations
 *
 * An allocation of up to a block is a run of granules in one block, taken by a
 * compare-and-exchange of its word "used". A larger one is a run of whole blocks,
 * with a single bit in the "last" of its last block.
 *
 * There is no lock. Nothing waits for another CPU or for user space, so a program
 * may call these functions in any context, NMI included, a process may be killed
 * in any of them, and neither makes the other one hang. A free always succeeds.
 *
 * Limits: an allocation is at most ARENA_MALLOC_MAX bytes. Memory is not cleared,
 * and aligned to 32 bytes. Allocations are rounded up to 32 bytes, above 2 KiB to
 * 2 KiB. A heap does not grow. While others allocate, it may appear full a little
 * before it is. Nothing protects it from a program or a process that writes where
 * it should not; such a one can spoil the heap but, like everything in an arena,
 * not the kernel. A second free of the same memory is seen only as long as that is
 * not taken again.
 */
#include <bpf/bpf_arena_common.h>

#define ARENA_GRANULE		32
#define ARENA_BLOCK		(64 * ARENA_GRANULE)
#define ARENA_MAX_SPAN		64	/* blocks */
#define ARENA_MALLOC_MAX	(ARENA_MAX_SPAN * ARENA_BLOCK)
#define ARENA_POOL_HINTS	16
#define ARENA_TRIES		4

struct arena_block {
	__u64 used;
	__u64 last;
};

struct arena_pool {
	char __arena *data;	/* the first block */
	__u32 nr_blocks;
	__u32 bad_frees;	/* of what was not allocated here */
	__u32 zero;	/* always; no verifier knows */
	__u32 hints[ARENA_POOL_HINTS];	/* where to look first; any value will do */
	struct arena_block blocks[];
};

/* A search for room, on the stack of who calls arena_malloc() */
struct arena_search {
	struct arena_pool __arena *heap;
	__u32 start;	/* block */
	__u32 count;	/* granules, or blocks of a span */
	__u32 first;	/* block of the span that is being taken */
	__u32 run;	/* blocks that it has, at first pool->zero: see below */
	char __arena *found;
};

#ifdef __bpf__
#define __arena_loop(nr, func, ctx) bpf_loop(nr, func, ctx, 0)

static inline __u32 __arena_pool_hint(void)
{
	return bpf_get_smp_processor_id() % ARENA_POOL_HINTS;
}
#else
static inline void __arena_loop(__u32 nr, long (*func)(__u32, void *), void *ctx)
{
	__u32 i;

	for (i = 0; i < nr && !func(i, ctx); i++)
		;
}

/* Threads differ in their stacks. */
static inline __u32 __arena_pool_hint(void)
{
	return (unsigned long)__builtin_frame_address(0) / (1 << 20) % ARENA_POOL_HINTS;
}
#endif

/* count bits from bit first on */
static inline __u64 __arena_mask(__u32 first, __u32 count)
{
	return (~0ULL >> (64 - count)) << first;
}

/* The bits of a word at which count zeroes in a row begin. */
static inline __u64 __arena_runs(__u64 used, __u32 count)
{
	__u32 i, step, have = 1;
	__u64 runs = ~used;

	for (i = 0; i < 6; i++) {
		step = count - have < have ? count - have : have;
		runs &= runs >> step;
		have += step;
	}
	return runs;
}

static long __arena_take_run(__u32 i, void *ctx)
{
	struct arena_search *s = ctx;
	struct arena_pool __arena *heap = s->heap;
	struct arena_block __arena *block;
	__u64 used, runs;
	__u32 b, bit, try;

	b = s->start + i;
	if (b >= heap->nr_blocks)
		b -= heap->nr_blocks;
	block = &heap->blocks[b];

	for (try = 0; try < ARENA_TRIES; try++) {
		used = READ_ONCE(block->used);
		runs = __arena_runs(used, s->count);
		if (!runs)
			return 0;
		bit = __builtin_ctzll(runs);
		if (__sync_val_compare_and_swap(&block->used, used,
						used | __arena_mask(bit, s->count)) != used)
			continue;
		__sync_fetch_and_or(&block->last, 1ULL << (bit + s->count - 1));
		WRITE_ONCE(heap->hints[__arena_pool_hint()], b);
		s->found = heap->data + (__u64)b * ARENA_BLOCK + bit * ARENA_GRANULE;
		return 1;
	}
	return 0;
}

/* Give back the blocks of a span that did not become long enough. */
static inline void __arena_drop_span(struct arena_search *s)
{
	struct arena_pool __arena *heap = s->heap;
	__u32 i;

	for (i = 0; i < ARENA_MAX_SPAN && i < s->run; i++)
		__sync_fetch_and_and(&heap->blocks[s->first + i].used, 0);
	s->run = 0;
}

/*
 * Linux 6.1 verifies a callback as if it was called once. If it knew that run is 0
 * in the first call, it would drop the code for the others.
 */
static long __arena_take_span(__u32 i, void *ctx)
{
	struct arena_search *s = ctx;
	struct arena_pool __arena *heap = s->heap;

	if (__sync_val_compare_and_swap(&heap->blocks[i].used, 0, ~0ULL)) {
		__arena_drop_span(s);
		return 0;
	}
	if (!s->run)
		s->first = i;
	s->run++;
	if (s->run < s->count)
		return 0;

	__sync_fetch_and_or(&heap->blocks[i].last, 1ULL << 63);
	s->found = heap->data + (__u64)s->first * ARENA_BLOCK;
	return 1;
}

/* size bytes of the heap, or NULL */
static inline void __arena *arena_malloc(struct arena_pool __arena *heap, __u64 size)
{
	struct arena_search s = { .heap = heap };
	__u32 nr;

	if (!heap || !size || size > ARENA_MALLOC_MAX)
		return NULL;

	nr = heap->nr_blocks;
	if (size <= ARENA_BLOCK) {
		s.count = (size + ARENA_GRANULE - 1) / ARENA_GRANULE;
		s.start = READ_ONCE(heap->hints[__arena_pool_hint()]);
		if (s.start >= nr)
			s.start = 0;
		__arena_loop(nr, __arena_take_run, &s);
	} else {
		s.count = (size + ARENA_BLOCK - 1) / ARENA_BLOCK;
		s.run = READ_ONCE(heap->zero);
		__arena_loop(nr, __arena_take_span, &s);
		if (!s.found)
			__arena_drop_span(&s);
	}
	return s.found;
}

/* The end of the allocation is not in its first block: free to where it is. */
static inline void __arena_free_span(struct arena_pool __arena *heap, __u32 b)
{
	struct arena_block __arena *block;
	__u64 last;
	__u32 i;

	for (i = 0; i < ARENA_MAX_SPAN && b + i < heap->nr_blocks; i++) {
		block = &heap->blocks[b + i];
		last = READ_ONCE(block->last);
		if (last)
			__sync_fetch_and_and(&block->last, 0);
		/* from here on someone else may have it */
		__sync_fetch_and_and(&block->used, 0);
		if (last)
			return;
	}
}

/* NULL is allowed. What is not an allocation of the heap is counted and left alone. */
static inline void arena_free(struct arena_pool __arena *heap, void __arena *ptr)
{
	struct arena_block __arena *block;
	__u64 off, last, used;
	__u32 bit, count;

	if (!heap || !ptr)
		return;

	/* a program may know the low 32 bits of a pointer only */
	off = (__u32)((__u64)ptr - (__u64)heap->data);
	if (off % ARENA_GRANULE || off / ARENA_BLOCK >= heap->nr_blocks)
		goto bad;
	bit = off % ARENA_BLOCK / ARENA_GRANULE;
	block = &heap->blocks[off / ARENA_BLOCK];
	used = READ_ONCE(block->used);
	if (!(used >> bit & 1))
		goto bad;

	last = READ_ONCE(block->last) >> bit;
	if (!last && bit)
		goto bad;
	if (!last) {
		__arena_free_span(heap, off / ARENA_BLOCK);
		return;
	}
	count = __builtin_ctzll(last) + 1;
	__sync_fetch_and_and(&block->last, ~(1ULL << (bit + count - 1)));
	/* from here on someone else may have it */
	__sync_fetch_and_and(&block->used, ~__arena_mask(bit, count));
	WRITE_ONCE(heap->hints[__arena_pool_hint()], off / ARENA_BLOCK);
	return;
bad:
	__sync_fetch_and_add(&heap->bad_frees, 1);
}

/*
 * Make a heap of size bytes of the arena, which are zero and page aligned. User
 * space need not have touched them, but a program cannot use pages that no one has
 * allocated. The memory of a heap can go as it came, after its last use.
 */
static inline struct arena_pool __arena *arena_pool_init(void __arena *memory, __u64 size)
{
	struct arena_pool __arena *heap = memory;
	__u64 head;
	__u32 nr;

	if (!memory || size > 1ULL << 32 || size < 4 * ARENA_BLOCK)
		return NULL;

	nr = (size - sizeof(*heap) - ARENA_BLOCK) / (ARENA_BLOCK + sizeof(struct arena_block));
	head = sizeof(*heap) + (__u64)nr * sizeof(struct arena_block);
	head = (head + ARENA_BLOCK - 1) / ARENA_BLOCK * ARENA_BLOCK;
	heap->data = (char __arena *)memory + head;
	heap->nr_blocks = nr;
	return heap;
}

#ifdef __bpf__
/* The same with pages of the arena of which map is the address. */
#define arena_pool_create(map, pages)						\
	arena_pool_init(bpf_arena_alloc_pages(map, NULL, pages, NUMA_NO_NODE, 0),	\
			(__u64)(pages) * PAGE_SIZE)
#endif

#endif /* __BPF_ARENA_MALLOC_H__ */
