/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_MALLOC_H
#define __ARENA_MALLOC_H

#include <bpf/bpf_arena_malloc.h>

#define HAMMER_SLOTS 8
#define HAMMER_STEPS 20000

/* One of those who allocate and free at the same time, in the arena itself */
struct hammer {
	struct arena_pool __arena *pool;
	__u64 seed;
	__u32 allocated;
	__u32 full;	/* allocations that failed */
	__u32 damaged;	/* what someone else has written to */
	struct hammer_slot {
		__u64 __arena *mem;
		__u64 stamp;
		__u32 words;
	} slots[HAMMER_SLOTS];
};

static inline __u32 hammer_random(struct hammer __arena *h)
{
	h->seed = h->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return h->seed >> 33;
}

static inline void hammer_free(struct hammer __arena *h, struct hammer_slot __arena *s)
{
	if (s->mem[0] != s->stamp || s->mem[s->words - 1] != s->stamp)
		h->damaged++;
	arena_free(h->pool, s->mem);
	s->mem = NULL;
}

static long hammer_step(__u32 i, void *ctx)
{
	struct hammer __arena *h = *(struct hammer __arena **)ctx;
	struct hammer_slot __arena *s = &h->slots[hammer_random(h) % HAMMER_SLOTS];

	if (s->mem) {
		hammer_free(h, s);
		return 0;
	}
	s->words = 1 + hammer_random(h) % (hammer_random(h) % 8 ? 32 : 2000);
	s->stamp = h->seed;
	s->mem = arena_malloc(h->pool, s->words * 8);
	if (!s->mem) {
		h->full++;
		return 0;
	}
	h->allocated++;
	s->mem[0] = s->stamp;
	s->mem[s->words - 1] = s->stamp;
	return 0;
}

static inline __arena_stores
struct hammer __arena *hammer_start(struct arena_pool __arena *pool, __u64 seed)
{
	struct hammer __arena *h = arena_malloc(pool, sizeof(*h));
	int i;

	if (!h)
		return NULL;
	h->pool = pool;
	h->seed = seed;
	h->allocated = 0;
	h->full = 0;
	h->damaged = 0;
	for (i = 0; i < HAMMER_SLOTS; i++)
		h->slots[i].mem = NULL;
	return h;
}

/* Leave nothing behind but h itself. */
static inline void hammer_finish(struct hammer __arena *h)
{
	int i;

	for (i = 0; i < HAMMER_SLOTS; i++)
		if (h->slots[i].mem)
			hammer_free(h, &h->slots[i]);
}

#endif
