// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Times the allocator in an arena, in heaps that have much room, and little. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_malloc.h>

char _license[] SEC("license") = "GPL";

#define HEAP_PAGES 8192

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, HEAP_PAGES + 8);
} arena SEC(".maps");

struct arena_pool __arena * __arena heap;
__u32 turns = 1000;
__u32 forget;		/* where there was room last */
__u64 ns;

SEC("syscall")
int make_heap(void *ctx)
{
	heap = arena_pool_create(&arena, HEAP_PAGES);
	return !heap;
}

static long take_block(__u32 i, void *ctx)
{
	return !arena_malloc(heap, ARENA_BLOCK);
}

/* Take all blocks, but for one that is given back. */
SEC("syscall")
int fill_heap(void *ctx)
{
	if (bpf_loop(heap->nr_blocks, take_block, NULL, 0) < heap->nr_blocks)
		return 1;
	arena_free(heap, heap->data + heap->nr_blocks / 2 * ARENA_BLOCK);
	return 0;
}

static long malloc_and_free(__u32 i, void *ctx)
{
	void __arena *p;
	int hint;

	for (hint = 0; forget && hint < ARENA_POOL_HINTS; hint++)
		WRITE_ONCE(heap->hints[hint], 0);
	p = arena_malloc(heap, ARENA_GRANULE);
	arena_free(heap, p);
	return !p;
}

SEC("syscall")
int run(void *ctx)
{
	__u64 start = bpf_ktime_get_ns();
	__u32 n = bpf_loop(turns, malloc_and_free, NULL, 0);

	ns = bpf_ktime_get_ns() - start;
	return n < turns;
}
