// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * The arena as a heap of the program alone: 4 GiB of addresses, of which it uses
 * the pages that it needs. Its pointers are of no use to user space.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_malloc.h>

char _license[] SEC("license") = "GPL";

#define NR_PAGES (1U << 20)
#define NR_PTRS 64

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_NO_USER_CONV);
	__uint(max_entries, NR_PAGES);
	__ulong(map_extra, 1ULL << 44);
} arena SEC(".maps");

static struct arena_pool __arena *heap;
__u64 failed_at;
static __u64 seed = 1;
__u64 allocated;

struct slot {
	__u64 __arena *mem;
	__u32 words;
	__u32 tag;
};

static struct slot slots[NR_PTRS];

static __u64 __arena *page(__u32 nr)
{
	return (__u64 __arena *)((1ULL << 44) + ((__u64)nr << 12));
}

static bool use_page(__u32 nr)
{
	__u64 __arena *p = bpf_arena_alloc_pages(&arena, page(nr), 1, NUMA_NO_NODE, 0);

	if (!p)
		return false;
	p[0] = nr;
	p[511] = ~nr;
	return p[0] == nr && p[511] == (__u64)~nr && !p[1];
}

/* Pages at both ends of the arena, and in the middle. */
SEC("syscall")
int use_ends(void *ctx)
{
	static const __u32 pages[] = {
		0, 1, NR_PAGES / 2 - 1, NR_PAGES / 2, NR_PAGES - 2, NR_PAGES - 1,
	};
	int i;

	for (i = 0; i < 6; i++)
		if (!use_page(pages[i]))
			return 1 + i;
	/* taken */
	if (bpf_arena_alloc_pages(&arena, page(NR_PAGES - 1), 1, NUMA_NO_NODE, 0))
		return 10;
	/* beyond the end */
	if (bpf_arena_alloc_pages(&arena, page(NR_PAGES - 1), 2, NUMA_NO_NODE, 0))
		return 11;
	for (i = 0; i < 6; i++) {
		bpf_arena_free_pages(&arena, page(pages[i]), 1);
		if (*page(pages[i]))
			return 20 + i;
	}
	return 0;
}

static __u32 random(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return seed >> 33;
}

static __u32 random_size(void)
{
	__u32 words = 1 + random() % 64;

	if (random() % 16 == 0)
		words *= random() % 100 + 1;
	return words;
}

static bool slot_holds(struct slot *s)
{
	return s->mem[0] == s->tag && s->mem[s->words - 1] == s->tag;
}

static long step(__u32 i, void *ctx)
{
	struct slot *s = &slots[random() % NR_PTRS];

	if (s->mem) {
		if (!slot_holds(s)) {
			failed_at = i;
			return 1;
		}
		arena_free(heap, s->mem);
		s->mem = NULL;
		return 0;
	}
	s->words = random_size();
	s->tag = i;
	s->mem = arena_malloc(heap, s->words * 8);
	if (s->mem) {
		s->mem[0] = i;
		s->mem[s->words - 1] = i;
		allocated++;
	}
	return 0;
}

static long block_is_taken(__u32 i, void *ctx)
{
	return heap->blocks[i].used || heap->blocks[i].last;
}

SEC("syscall")
int use_heap(void *ctx)
{
	int i;

	/* of 512 pages, so that now and then it is full */
	if (!heap)
		heap = arena_pool_create(&arena, 512);
	if (!heap)
		return 1;
	if (bpf_loop(10000, step, NULL, 0) != 10000)
		return 2;
	for (i = 0; i < NR_PTRS; i++) {
		arena_free(heap, slots[i].mem);
		slots[i].mem = NULL;
	}
	if (heap->bad_frees)
		return 3;
	return bpf_loop(heap->nr_blocks, block_is_taken, NULL, 0) == heap->nr_blocks ? 0 : 4;
}
