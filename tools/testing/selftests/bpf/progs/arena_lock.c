// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What runs while the lock of an arena is held, and what wants it meanwhile. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_test.h"
#include "locks.h"

char _license[] SEC("license") = "GPL";

#define BPF_F_MMAPABLE (1U << 10)
#define PATIENCE 30000000000ULL		/* ns; the lock is waited for much shorter */

DEFINE_ARENA();

__u32 holder_tid;	/* the thread in whose section to do this, once */
__u64 first_free;	/* free so many pages from here, one by one */
__u32 nr_frees;
__u32 wait;		/* then wait for the waiter */

volatile __u32 holding, waiter_done, gave_up;
__u64 start;
__u64 nested_page, waiter_page;
int nested_err, waiter_err;
__u64 waiter_free;	/* what the waiter frees */

static long free_one(__u32 i, void *ctx)
{
	bpf_arena_free_pages(&arena, arena_ptr(first_free + i * ARENA_PAGE), 1);
	return 0;
}

static long look(__u32 i, void *ctx)
{
	return waiter_done & 1;
}

/* The clock may be a device that all CPUs share: read it now and then. */
static long look_often(__u32 i, void *ctx)
{
	bpf_loop(1 << 16, look, NULL, 0);
	if (bpf_ktime_get_ns() - start > PATIENCE)
		gave_up = 1;
	return (waiter_done | gave_up) & 1;
}

/* As a program in an NMI would be: on top of the owner. */
SEC("fentry/arena_index_take")
int in_section(void *ctx)
{
	if ((__u32)bpf_get_current_pid_tgid() != holder_tid)
		return 0;
	holder_tid = 0;
	nested_page = (__u64)bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
	nested_err = bpf_arena_reserve_pages(&arena, arena_ptr(first_free), 1);
	bpf_loop(nr_frees, free_one, NULL, 0);

	if (!wait)
		return 0;
	start = bpf_ktime_get_ns();
	holding = 1;
	bpf_loop(1 << 20, look_often, NULL, 0);
	holding = 0;
	return 0;
}

__u32 nr_pages;		/* of an arena every second page of which is reserved */
__u64 first_page;
volatile __u64 searches, found, reserved, refused;

static long reserve_second(__u32 i, void *ctx)
{
	return bpf_arena_reserve_pages(&arena, arena_ptr(first_page + 2 * i * ARENA_PAGE), 1) < 0;
}

SEC("syscall")
int fragment(void *ctx)
{
	return bpf_loop(nr_pages / 2, reserve_second, NULL, 0) < nr_pages / 2;
}

/* May sleep, and looks for two pages, which there are not */
SEC("syscall")
int search(void *ctx)
{
	int i;

	for (i = 0; i < 100; i++) {
		if (bpf_arena_alloc_pages(&arena, NULL, 2, -1, 0))
			__sync_fetch_and_add(&found, 1);
	}
	__sync_fetch_and_add(&searches, 100);
	return 0;
}

struct reserve_ctx {
	__u64 page;	/* that nobody else wants */
};

/* To reserve does not sleep, and there is no memory that could be missing. */
SEC("syscall")
int reserve(struct reserve_ctx *ctx)
{
	__u64 page = ctx->page;
	int i;

	for (i = 0; i < 100; i++) {
		if (bpf_arena_reserve_pages(&arena, arena_ptr(page), 1))
			__sync_fetch_and_add(&refused, 1);
		else
			bpf_arena_free_pages(&arena, arena_ptr(page), 1);
	}
	__sync_fetch_and_add(&reserved, 100);
	return 0;
}

SEC("syscall")
int hold(void *ctx)
{
	holder_tid = (__u32)bpf_get_current_pid_tgid();
	return !bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
}

/* With a lock, as what runs on top of the owner could want it. */
SEC("syscall")
int want_lock(void *ctx)
{
	struct locked *locked = lookup_locked();
	__u64 page;
	int err;

	if (!locked)
		return 1;
	bpf_spin_lock(&locked->lock);
	page = (__u64)bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
	err = bpf_arena_reserve_pages(&arena, arena_ptr(waiter_free), 1);
	bpf_arena_free_pages(&arena, arena_ptr(waiter_free), 1);
	waiter_done = 1;
	bpf_spin_unlock(&locked->lock);
	waiter_page = page;
	waiter_err = err;
	return 0;
}
