// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Mistakes that are found when the program runs: each call returns an error, or NULL. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_common.h>
#include "mistakes.h"

char _license[] SEC("license") = "GPL";

#ifndef BPF_F_MMAPABLE
#define BPF_F_MMAPABLE (1U << 10)
#endif

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
} arena SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} user_ringbuf SEC(".maps");

long returned[NR_MISTAKES];
int drained_in_callback;

static void print(void)
{
	returned[PRINT_STREAM_3] = bpf_stream_printk(3, "text\n");
	returned[PRINT_FLOAT] = bpf_stream_printk(BPF_STDOUT, "%f\n", 1);
	returned[PRINT_FEW_ARGS] = bpf_stream_printk(BPF_STDOUT, "%d of %d\n", 1);
	returned[PRINT_PRECISION] = bpf_stream_printk(BPF_STDOUT, "%.2d\n", 1);
	returned[PRINT_TOO_LONG] = bpf_stream_printk(BPF_STDERR, "%1024d", 1);
}

static void allocate(void)
{
	void __arena *page;

	returned[ALLOC_MORE_THAN_ALL] = !bpf_arena_alloc_pages(&arena, NULL, 17, NUMA_NO_NODE, 0);
	returned[ALLOC_NONE] = !bpf_arena_alloc_pages(&arena, NULL, 0, NUMA_NO_NODE, 0);
	returned[ALLOC_FLAG] = !bpf_arena_alloc_pages(&arena, NULL, 1, NUMA_NO_NODE, 1);
	page = bpf_arena_alloc_pages(&arena, NULL, 1, NUMA_NO_NODE, 0);
	returned[ALLOC_AGAIN] = !bpf_arena_alloc_pages(&arena, page, 1, NUMA_NO_NODE, 0);
	returned[RESERVE_IN_USE] = bpf_arena_reserve_pages(&arena, page, 1);
	returned[RESERVE_TOO_MANY] = bpf_arena_reserve_pages(&arena, page, 17);
	/* Nothing stops the program, but it has lost what it reads and writes. */
	bpf_arena_free_pages(&arena, page, 1);
	returned[USE_AFTER_FREE] = *(__u64 __arena *)page;
}

static long take_none(struct bpf_dynptr *sample, void *ctx)
{
	return 1;
}

static long take(struct bpf_dynptr *sample, void *ctx)
{
	__u64 big[2];

	drained_in_callback = bpf_user_ringbuf_drain(&user_ringbuf, take_none, NULL, 0);
	returned[READ_BEYOND_SAMPLE] = bpf_dynptr_read(big, sizeof(big), sample, 0, 0);
	returned[SLICE_BEYOND_SAMPLE] = !bpf_dynptr_data(sample, 0, sizeof(big));
	return 0;
}

static void drain(void)
{
	returned[DRAIN_FLAG] = bpf_user_ringbuf_drain(&user_ringbuf, take, NULL, 4);
	bpf_user_ringbuf_drain(&user_ringbuf, take, NULL, 0);
	returned[DRAIN_IN_CALLBACK] = drained_in_callback;
}

SEC("syscall")
int make_mistakes(void *ctx)
{
	print();
	allocate();
	drain();
	return 0;
}

SEC("syscall")
int drain_bad_sample(void *ctx)
{
	returned[DRAIN_BAD_SAMPLE] = bpf_user_ringbuf_drain(&user_ringbuf, take, NULL, 0);
	return 0;
}
