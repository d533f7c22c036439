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

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1000);
	__type(key, __u32);
	__type(value, __u64);
} turns SEC(".maps");

/* The same where a program must not sleep. */
static long alloc_in_callback(struct bpf_map *map, __u32 *i, __u64 *value, void *ctx)
{
	if (!alloc(1))
		*(__u32 *)ctx += 1;
	return 0;
}

SEC("syscall")
int alloc_page_nosleep(struct bench_run *ctx)
{
	__u32 failed = 0;
	__u64 start = bpf_ktime_get_ns();

	bpf_for_each_map_elem(&turns, alloc_in_callback, &failed, 0);
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

/* Every second page is taken. */
static long reserve_second(__u32 i, void *ctx)
{
	return bpf_arena_reserve_pages(&arena, arena_ptr(first + 2 * i * ARENA_PAGE), 1) < 0;
}

SEC("syscall")
int fragment(struct bench_run *ctx)
{
	ctx->failed = bpf_loop(ctx->count / 2, reserve_second, NULL, 0) < ctx->count / 2;
	return 0;
}

/* The last ones, too: there are no two left in a row. */
SEC("syscall")
int fragment_rest(struct bench_run *ctx)
{
	__u64 page = first + (MAX_PAGES - ctx->count) * ARENA_PAGE;

	ctx->failed = bpf_arena_reserve_pages(&arena, arena_ptr(page), ctx->count) < 0;
	return 0;
}

DEFINE_BENCH(search, , if (alloc(2)) failed++)
DEFINE_BENCH(two_pages,
	     __u64 page,
	     page = alloc(2);
	     if (!page)
		     failed++;
	     bpf_arena_free_pages(&arena, arena_ptr(page), 2))

/* A range that is neither of whole blocks of the index nor of whole tables */
DEFINE_BENCH(reserve_most, ,
	     if (bpf_arena_reserve_pages(&arena, arena_ptr(first + 77 * ARENA_PAGE),
					 MAX_PAGES - 177))
		     failed++)

/* When an event came that a timer makes */
#define MAX_TICKS (1 << 16)

__u64 ticks[MAX_TICKS];
volatile __u32 nr_ticks;

SEC("perf_event")
int on_tick(void *ctx)
{
	__u32 i = nr_ticks;

	if (i < MAX_TICKS) {
		ticks[i] = bpf_ktime_get_ns();
		nr_ticks = i + 1;
	}
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
