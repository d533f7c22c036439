// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_malloc.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1000); /* pages */
} arena SEC(".maps");

struct arena_pool __arena * __arena pool;
__u32 allocated;
__u32 damaged;

SEC("syscall")
int create_pool(void *ctx)
{
	pool = arena_pool_create(&arena, 64);
	return !pool;
}

SEC("syscall")
int hammer(void *ctx)
{
	struct hammer __arena *h = hammer_start(pool, bpf_get_prandom_u32());

	if (!h)
		return 1;
	bpf_loop(HAMMER_STEPS, hammer_step, &h, 0);
	hammer_finish(h);
	__sync_fetch_and_add(&allocated, h->allocated);
	__sync_fetch_and_add(&damaged, h->damaged);
	arena_free(pool, h);
	return 0;
}
