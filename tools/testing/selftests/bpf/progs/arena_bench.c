// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_test.h"

char _license[] SEC("license") = "GPL";

#define BPF_F_MMAPABLE (1U << 10)
#define MAX_PAGES (1 << 20)
#define HELD 64

DEFINE_ARENA();

struct bench_run {
	__u32 count;
	__u32 failed;
	__u64 ns;
};

__u64 word;		/* what is loaded through a map value */
__u64 first;		/* address of the first page */
__u64 held[HELD];	/* pages of random_pages() */
__u32 percent;		/* so full fill_pages() makes the arena */
__u32 filled;		/* pages it has reserved */

/* A program that times count turns of a loop. */
#define DEFINE_BENCH(name, before, turn)				\
SEC("syscall")								\
int name(struct bench_run *ctx)						\
{									\
	__u32 i, count = ctx->count, failed = 0;			\
	__u64 start;							\
									\
	before;								\
	start = bpf_ktime_get_ns();					\
	for (i = 0; i < 1000 && i < count; i++) {			\
		turn;							\
	}								\
	ctx->ns = bpf_ktime_get_ns() - start;				\
	ctx->failed = failed;						\
	return 0;							\
}

#define alloc(cnt) ((__u64)bpf_arena_alloc_pages(&arena, NULL, cnt, -1, 0))

DEFINE_BENCH(empty_loop, , barrier_var(i))

/* Alike but for the kind of pointer. */
DEFINE_BENCH(load_map, , barrier_var(i); *(volatile __u64 *)&word)
DEFINE_BENCH(load_arena,
	     /* a program has the arena that it names */
	     volatile __u64 __arena *p = arena_ptr(first); asm volatile("" : : "r"(&arena)),
	     barrier_var(i); *p)

DEFINE_BENCH(alloc_page, , if (!alloc(1)) failed++)
DEFINE_BENCH(alloc_and_free,
	     __u64 page,
	     page = alloc(1);
	     if (!page)
		     failed++;
	     bpf_arena_free_pages(&arena, arena_ptr(page), 1))
DEFINE_BENCH(alloc_1000, , if (!alloc(1000)) failed++)

/* The same where a program must not sleep. */
static long alloc_in_callback(__u32 i, void *ctx)
{
	if (!alloc(1))
		*(__u32 *)ctx += 1;
	return 0;
}

SEC("syscall")
int alloc_page_nosleep(struct bench_run *ctx)
{
	__u32 count = ctx->count, failed = 0;
	__u64 start = bpf_ktime_get_ns();

	bpf_loop(count, alloc_in_callback, &failed, 0);
	ctx->ns = bpf_ktime_get_ns() - start;
	ctx->failed = failed;
	return 0;
}

SEC("syscall")
int free_all(struct bench_run *ctx)
{
	bpf_arena_free_pages(&arena, arena_ptr(first), MAX_PAGES);
	return 0;
}

/* Reservations fill an arena as pages do. */
static long fill_page(__u32 i, void *ctx)
{
	if (bpf_get_prandom_u32() % 100 < percent &&
	    !bpf_arena_reserve_pages(&arena, arena_ptr(first + i * ARENA_PAGE), 1))
		filled++;
	return 0;
}

SEC("syscall")
int fill_pages(struct bench_run *ctx)
{
	bpf_loop(ctx->count, fill_page, NULL, 0);
	return 0;
}

/* Free one of the pages that are held, or take one. */
static __always_inline int random_page(void)
{
	__u64 *page = &held[bpf_get_prandom_u32() % HELD];

	if (*page) {
		bpf_arena_free_pages(&arena, arena_ptr(*page), 1);
		*page = 0;
		return 0;
	}
	*page = alloc(1);
	return *page ? 0 : 1;
}

DEFINE_BENCH(random_pages, , failed += random_page())
