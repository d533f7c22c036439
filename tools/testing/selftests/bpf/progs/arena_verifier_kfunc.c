// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Arguments and results of arena kfuncs. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "arena_verifier.h"

char _license[] SEC("license") = "GPL";

SEC("socket")
__success
int result_is_address(void *ctx)
{
	struct item __arena *item = bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);

	if (item)
		item->value = 1;
	return item ? item->value : 0;
}

SEC("xdp")
__success
int any_ignored_argument(void *ctx)
{
	struct item *item = (struct item *)item_somewhere();
	long on_stack;

	barrier_var(item);
	item->value = 7;
	bpf_arena_free_pages(&arena, (void __arena *)(unsigned long)&on_stack, 1);
	bpf_arena_free_pages(&arena, (void __arena *)item, 1);
	bpf_arena_free_pages(&arena, (void __arena *)(unsigned long)ctx, 1);
	return bpf_arena_reserve_pages(&arena, NULL, 1) ? XDP_DROP : XDP_PASS;
}

SEC("socket")
__success
int uninitialised_argument(void *ctx)
{
	asm volatile("r1 = %[map] ll;"
		     "r3 = 1;"
		     "call %[free];"
		     : : [map]"i"(&arena), [free]"i"(bpf_arena_free_pages)
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");
	return 0;
}

SEC("socket")
__failure __msg("R0 invalid mem access 'scalar'")
int result_is_no_pointer(void *ctx)
{
	long *p = (void *)(unsigned long)bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);

	return *p;
}

SEC("socket")
__failure __msg("expected pointer to STRUCT bpf_map")
int stack_for_map(void *ctx)
{
	long map = 0;

	USE_ARENA();
	bpf_arena_free_pages(&map, NULL, 1);
	return 0;
}

SEC("socket")
__failure __msg("expected pointer to STRUCT bpf_map")
int null_for_map(void *ctx)
{
	bpf_arena_free_pages(NULL, NULL, 1);
	return 0;
}

SEC("socket")
__failure __msg("expected pointer to STRUCT bpf_map")
int address_for_map(void *ctx)
{
	USE_ARENA();
	bpf_arena_free_pages((void *)item_somewhere(), NULL, 1);
	return 0;
}

SEC("socket")
__failure __msg("R3 is not a scalar")
int pointer_for_count(void *ctx)
{
	bpf_arena_free_pages(&arena, NULL, (unsigned long)ctx);
	return 0;
}

SEC("iter/bpf_map")
__success
int iter_map(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;

	if (map)
		bpf_arena_alloc_pages(map, NULL, map->max_entries, 0, 0);
	return 0;
}

/* It may be NULL after the last map. */
SEC("iter/bpf_map")
__failure __msg("expected pointer to STRUCT bpf_map")
int iter_map_or_null(struct bpf_iter__bpf_map *ctx)
{
	bpf_arena_alloc_pages(ctx->map, NULL, 1, 0, 0);
	return 0;
}

SEC("iter/bpf_map")
__failure __msg("expected pointer to STRUCT bpf_map")
int iter_seq(struct bpf_iter__bpf_map *ctx)
{
	bpf_arena_alloc_pages(ctx->meta->seq, NULL, 1, 0, 0);
	return 0;
}

SEC("iter/bpf_map")
__failure __msg("untrusted_ptr_bpf_map")
int iter_inner_map(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;

	if (map)
		bpf_arena_alloc_pages(map->inner_map_meta, NULL, 1, 0, 0);
	return 0;
}

SEC("iter/bpf_map")
__failure __msg("dereference of modified ptr_ ptr R1 off=8 disallowed")
int iter_map_moved(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;

	if (map)
		bpf_arena_alloc_pages((void *)map + 8, NULL, 1, 0, 0);
	return 0;
}

/* The function that allocates a map knows it, but does not hold it for others. */
SEC("fentry/bpf_map_put")
__failure __msg("untrusted_ptr_bpf_map")
int traced_map(unsigned long long *ctx)
{
	bpf_arena_alloc_pages((void *)ctx[0], NULL, 1, 0, 0);
	return 0;
}
