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
 * An index tells which blocks have no run of 1, 2, 4, to 64 free granules: for each of
 * these classes a bit for each block, a bit for each word of them that is full of ones,
 * and so on, up to a single word. A search goes down from there, in the class that has
 * room for sure. The index is a hint: who frees clears bits, who finds no room where one
 * is clear sets it. So what a search has to set, a free or an allocation has paid for.
 * Only if there is no such block, and the size is no power of two, all are looked at.
 * Runs of whole blocks are looked for from the first block on.
 *
 * There is no lock. Nothing waits for another CPU or for user space, so a program
 * may call these functions in any context, NMI included, a process may be killed
 * in any of them, and neither makes the other one hang. A free always succeeds. What a
 * process was about to get or to give back when it was killed may be lost.
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
#define ARENA_TRIES		64	/* besides three for each block */
#define ARENA_CLASSES		7	/* runs of 1, 2, 4, to 64 granules */
#define ARENA_LEVELS		4	/* of 64 to the power of 1, 2, 3, 4 blocks for each word */
#define ARENA_NO_BLOCK		0xffffffffU
#define ARENA_LOOK_AGAIN	0xfffffffeU

struct arena_block {
	__u64 used;
	__u64 last;
};

struct arena_pool {
	char __arena *data;	/* the first block */
	__u32 nr_blocks;
	__u32 bad_frees;	/* of what was not allocated here */
	__u32 class_words;	/* of the index */
	__u32 levels[ARENA_LEVELS];	/* where they begin, in the words of a class */
	__u32 hints[ARENA_POOL_HINTS];	/* where to look first; any value will do */
	struct arena_block blocks[];
};

/* A search for room, on the stack of who looks for it */
struct arena_search {
	struct arena_pool __arena *heap;
	__u32 block;	/* where to look next */
	__u32 count;	/* granules, or blocks of a span */
	__u32 run;	/* blocks before that one which are taken for the span */
	__u32 class;	/* in whose index to look; ARENA_CLASSES: in none, at all blocks */
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

/*
 * The bits of a word at which count zeroes in a row begin. Where there are branches the
 * verifier follows both ways, each time: so there are none.
 */
static inline __u64 __arena_runs(__u64 used, __u32 count)
{
	__u64 runs = ~used;
	__s64 have = 1, step, less;
	int i;

	for (i = 0; i < 6; i++) {
		/* count - have, but not more than have */
		step = count - 2 * have;
		less = step >> 63;
		asm volatile("" : "+r"(less));	/* or Clang finds the minimum in it */
		step = have + (step & less);
		runs &= runs >> step;
		have += step;
	}
	return runs;
}

/* The bit of block b in a level of the index of a class, and the word that has it */
static inline __u64 __arena_index_bit(__u32 b, __u32 level)
{
	return 1ULL << (b >> 6 * level & 63);
}

static inline __u64 __arena *__arena_index_word(struct arena_pool __arena *heap, __u32 class,
						__u32 level, __u32 b)
{
	__u64 __arena *index = (__u64 __arena *)&heap->blocks[heap->nr_blocks];

	return index + class * heap->class_words + heap->levels[level] + (b >> 6 * (level + 1));
}

/*
 * There is room for a run of the class in block b, or, at a level above 0, in what its
 * bit there stands for.
 */
__arena_func int __arena_set_room(struct arena_pool __arena *heap __arg_arena, __u32 class,
				  __u32 b, __u32 level)
{
	__u64 __arena *word;
	__u64 bit;

	for (; level < ARENA_LEVELS; level++) {
		word = __arena_index_word(heap, class, level, b);
		bit = __arena_index_bit(b, level);
		if (!(READ_ONCE(*word) & bit))
			break;
		__sync_fetch_and_and(word, ~bit);
	}
	return 0;
}

/* Is there, after all, room in what this bit of the index stands for? */
static inline int __arena_has_room(struct arena_pool __arena *heap, __u32 class, __u32 b,
				   __u32 level)
{
	if (level)
		return READ_ONCE(*__arena_index_word(heap, class, level - 1, b)) != ~0ULL;
	return !!__arena_runs(READ_ONCE(heap->blocks[b].used), 1U << class);
}

/*
 * There is none. Who makes room does so first and looks at the bit then; this sets the
 * bit first and looks for room then. So one of them sees the other.
 */
__arena_func int __arena_set_full(struct arena_pool __arena *heap __arg_arena, __u32 class,
				  __u32 b, __u32 level)
{
	__u64 __arena *word;

	for (; level < ARENA_LEVELS; level++) {
		word = __arena_index_word(heap, class, level, b);
		__sync_fetch_and_or(word, __arena_index_bit(b, level));
		if (__arena_has_room(heap, class, b, level))
			return __arena_set_room(heap, class, b, level);
		if (READ_ONCE(*word) != ~0ULL)
			break;
	}
	return 0;
}

/* A block that has room for a run of the class, as far as the index knows. */
__arena_func __u32 __arena_find_block(struct arena_pool __arena *heap __arg_arena, __u32 class)
{
	__u32 level, b = 0;
	__u64 full;

	for (level = ARENA_LEVELS; level--;) {
		full = READ_ONCE(*__arena_index_word(heap, class, level, b));
		if (full == ~0ULL) {
			if (level == ARENA_LEVELS - 1)
				return ARENA_NO_BLOCK;
			__arena_set_full(heap, class, b, level + 1);
			return ARENA_LOOK_AGAIN;
		}
		b += (__u32)__builtin_ctzll(~full) << 6 * level;
	}
	return b;
}

/*
 * Tell the index what room block b has, if it does not know: if the bit of a class is set
 * of which there is a run. Again this is without branches.
 */
__arena_func int __arena_tell_room(struct arena_pool __arena *heap __arg_arena, __u32 b)
{
	__u64 __arena *word = __arena_index_word(heap, 0, 0, b);
	__u64 runs = ~READ_ONCE(heap->blocks[b].used), some = runs, any, news = 0;
	__u32 class;

	for (class = 0; class < ARENA_CLASSES; class++) {
		any = some | -some;
		asm volatile("" : "+r"(any));	/* its sign is that there are some */
		news |= READ_ONCE(*word) & ((any >> 63) << (b & 63));
		some &= some >> (1U << class) % 64;
		word += heap->class_words;
	}
	if (!news)
		return 0;
	for (class = 0; class < ARENA_CLASSES && runs; class++) {
		__arena_set_room(heap, class, b, 0);
		runs &= runs >> (1U << class) % 64;
	}
	return 0;
}

/* Where to look next; returns 1 if there is nothing left. */
static inline long __arena_next_block(struct arena_search *s)
{
	if (s->class >= ARENA_CLASSES)
		return 1;
	s->block = __arena_find_block(s->heap, s->class);
	if (s->block != ARENA_NO_BLOCK)
		return 0;
	/* a class is for a power of two; there may be room for less */
	s->class = ARENA_CLASSES;
	s->block = 0;
	return !(s->count & (s->count - 1));
}

/* Take a run of granules in a block. If someone else is faster, try once more. */
static long __arena_take_run(__u32 i, void *ctx)
{
	struct arena_search *s = ctx;
	struct arena_pool __arena *heap = s->heap;
	struct arena_block __arena *block = &heap->blocks[s->block];
	__u64 used, runs;
	__u32 bit;

	if (s->block >= heap->nr_blocks)
		return __arena_next_block(s);
	used = READ_ONCE(block->used);
	runs = __arena_runs(used, s->count);
	if (!runs) {
		if (s->class >= ARENA_CLASSES) {
			s->block++;
		} else {
			__arena_set_full(heap, s->class, s->block, 0);
			s->block = ARENA_LOOK_AGAIN;
		}
		return 0;
	}
	bit = __builtin_ctzll(runs);
	if (__sync_val_compare_and_swap(&block->used, used,
					used | __arena_mask(bit, s->count)) != used)
		return 0;
	__sync_fetch_and_or(&block->last, 1ULL << (bit + s->count - 1));
	WRITE_ONCE(heap->hints[__arena_pool_hint()], s->block);
	s->found = heap->data + (__u64)s->block * ARENA_BLOCK + bit * ARENA_GRANULE;
	return 1;
}

static long __arena_drop_block(__u32 i, void *ctx)
{
	struct arena_search *s = ctx;
	__u32 b = s->block - s->run + i;

	__sync_fetch_and_and(&s->heap->blocks[b].used, 0);
	__arena_tell_room(s->heap, b);
	return 0;
}

/* Give back the blocks of a span that did not become long enough. */
static inline void __arena_drop_span(struct arena_search *s)
{
	__arena_loop(s->run, __arena_drop_block, s);
	s->run = 0;
}

static long __arena_take_block(__u32 i, void *ctx)
{
	struct arena_search *s = ctx;
	struct arena_pool __arena *heap = s->heap;
	struct arena_block __arena *block = &heap->blocks[i];

	if (__sync_val_compare_and_swap(&block->used, 0, ~0ULL)) {
		__arena_drop_span(s);
		s->block = i + 1;
		return 0;
	}
	s->block = i + 1;
	if (++s->run < s->count)
		return 0;
	__sync_fetch_and_or(&block->last, 1ULL << 63);
	s->found = heap->data + (__u64)(i + 1 - s->count) * ARENA_BLOCK;
	return 1;
}

static inline void __arena *__arena_malloc_span(struct arena_search *s, __u32 nr)
{
	__arena_loop(nr, __arena_take_block, s);
	if (!s->found)
		__arena_drop_span(s);
	return s->found;
}

/* What arena_malloc() returns, as a number: no kernel refuses that of a global function. */
__arena_func __u64 __arena_malloc(struct arena_pool __arena *heap __arg_arena, __u64 size)
{
	struct arena_search s = { .heap = heap };
	__u32 nr;

	if (!heap || !size || size > ARENA_MALLOC_MAX)
		return 0;

	nr = heap->nr_blocks;
	if (size > ARENA_BLOCK) {
		s.count = (size + ARENA_BLOCK - 1) / ARENA_BLOCK;
		return (__u64)__arena_malloc_span(&s, nr);
	}
	s.count = (size + ARENA_GRANULE - 1) / ARENA_GRANULE;
	s.class = 63 - __builtin_clzll(2 * s.count - 1);
	s.block = READ_ONCE(heap->hints[__arena_pool_hint()]);
	__arena_loop(3 * nr + ARENA_TRIES, __arena_take_run, &s);
	return (__u64)s.found;
}

/* size bytes of the heap, or NULL */
static inline void __arena *arena_malloc(struct arena_pool __arena *heap, __u64 size)
{
	return (void __arena *)__arena_malloc(heap, size);
}

static long __arena_free_block(__u32 i, void *ctx)
{
	struct arena_search *s = ctx;
	struct arena_block __arena *block = &s->heap->blocks[s->block + i];
	__u64 last = READ_ONCE(block->last);

	if (last)
		__sync_fetch_and_and(&block->last, 0);
	/* from here on someone else may have it */
	__sync_fetch_and_and(&block->used, 0);
	__arena_tell_room(s->heap, s->block + i);
	return last || i + 1 >= ARENA_MAX_SPAN;
}

/* The end of the allocation is not in its first block: free to where it is. */
static inline void __arena_free_span(struct arena_pool __arena *heap, __u32 b)
{
	struct arena_search s = { .heap = heap, .block = b };

	__arena_loop(heap->nr_blocks - b, __arena_free_block, &s);
}

/* The number of bad frees: one, or none */
__arena_func int __arena_free(struct arena_pool __arena *heap __arg_arena,
			      void __arena *ptr __arg_arena)
{
	struct arena_block __arena *block;
	__u64 off, last, used;
	__u32 bit, count;

	if (!heap || !ptr)
		return 0;

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
		return 0;
	}
	count = __builtin_ctzll(last) + 1;
	__sync_fetch_and_and(&block->last, ~(1ULL << (bit + count - 1)));
	/* from here on someone else may have it */
	__sync_fetch_and_and(&block->used, ~__arena_mask(bit, count));
	__arena_tell_room(heap, off / ARENA_BLOCK);
	WRITE_ONCE(heap->hints[__arena_pool_hint()], off / ARENA_BLOCK);
	return 0;
bad:
	__sync_fetch_and_add(&heap->bad_frees, 1);
	return 1;
}

/* NULL is allowed. What is not an allocation of the heap is counted and left alone. */
static inline void arena_free(struct arena_pool __arena *heap, void __arena *ptr)
{
	__arena_free(heap, ptr);
}

/*
 * All there is has room, which is what 0 means. The bits behind the last block, and those
 * behind the last word of a level, have none. Returns the bytes of the index.
 */
__arena_func __u32 __arena_index_init(struct arena_pool __arena *heap __arg_arena)
{
	__u64 __arena *index = (__u64 __arena *)&heap->blocks[heap->nr_blocks];
	__u32 level, class, words = 0, bits = heap->nr_blocks;

	for (level = 0; level < ARENA_LEVELS; level++) {
		heap->levels[level] = words;
		words += bits / 64 + 1;
		bits = (bits + 63) / 64;
	}
	heap->class_words = words;
	for (class = 0; class < ARENA_CLASSES; class++) {
		bits = heap->nr_blocks;
		for (level = 0; level < ARENA_LEVELS; level++) {
			index[heap->levels[level] + bits / 64] = ~0ULL << bits % 64;
			bits = (bits + 63) / 64;
		}
		index += words;
	}
	return words * ARENA_CLASSES * sizeof(*index);
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

	/* for each block its words, and less than a byte in the index */
	nr = (size - 2 * ARENA_BLOCK) / (ARENA_BLOCK + sizeof(struct arena_block) + 1);
	heap->nr_blocks = nr;
	head = sizeof(*heap) + nr * sizeof(struct arena_block) + __arena_index_init(heap);
	head = (head + ARENA_BLOCK - 1) / ARENA_BLOCK * ARENA_BLOCK;
	heap->data = (char __arena *)memory + head;
	return heap;
}

#ifdef __bpf__
/* The same with pages of the arena of which map is the address. */
#define arena_pool_create(map, pages)						\
	arena_pool_init(bpf_arena_alloc_pages(map, NULL, pages, NUMA_NO_NODE, 0),	\
			(__u64)(pages) * PAGE_SIZE)
#endif

#endif /* __BPF_ARENA_MALLOC_H__ */
