// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Owners of pages that come and go, in every kind of context. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_test.h"
#include "contexts.h"

char _license[] SEC("license") = "GPL";

#define BPF_F_MMAPABLE (1U << 10)

/* What own_in_task() has. */
struct stress_owner {
	__u64 page;
	__u64 stamp;
};

DEFINE_ARENA();

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} owner SEC(".maps");

__u64 stamps;			/* so many owners there were */
__u64 tried[NR_LEVELS];
__u64 got[NR_LEVELS];
__u64 not_zero[NR_LEVELS];	/* a new page with the contents of an old one */
__u64 not_own[NR_LEVELS];	/* somebody else wrote to our page */
__u64 bad_address[NR_LEVELS];
__u64 first_page, nr_pages;	/* where allocations may be */

/* A new page, stamped at both ends, or 0. Nobody but owners writes what is not 0. */
static __always_inline __u64 own(__u32 level, __u64 *stamp)
{
	__u64 page;

	level &= NR_LEVELS - 1;
	__sync_fetch_and_add(&tried[level], 1);
	page = (__u64)bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
	if (!page)
		return 0;
	__sync_fetch_and_add(&got[level], 1);
	if (page & (ARENA_PAGE - 1) || page - first_page >= nr_pages * ARENA_PAGE)
		__sync_fetch_and_add(&bad_address[level], 1);
	if (arena_word(page))
		__sync_fetch_and_add(&not_zero[level], 1);
	*stamp = __sync_fetch_and_add(&stamps, 1) + 1;
	arena_word(page) = *stamp;
	arena_word(page + ARENA_PAGE - 8) = *stamp;
	return page;
}

static __always_inline void disown(__u32 level, __u64 page, __u64 stamp)
{
	level &= NR_LEVELS - 1;
	if (arena_word(page) != stamp || arena_word(page + ARENA_PAGE - 8) != stamp)
		__sync_fetch_and_add(&not_own[level], 1);
	bpf_arena_free_pages(&arena, arena_ptr(page), 1);
}

SEC("raw_tp")
int own_in_context(void *ctx)
{
	__u32 level = context_level();
	__u64 stamp, page = own(level, &stamp);

	if (page)
		disown(level, page, stamp);
	return 0;
}

/* Where it may sleep, and from one call to the next, so that user space sees it. */
SEC("syscall")
int own_in_task(struct stress_owner *ctx)
{
	__u64 page = ctx->page, stamp = ctx->stamp;

	if (page)
		disown(TASK, page, stamp);
	ctx->page = own(TASK, &stamp);
	ctx->stamp = stamp;
	return 0;
}

static __always_inline void run_in_context(void *ctx)
{
	bpf_tail_call(ctx, &owner, 0);
}
