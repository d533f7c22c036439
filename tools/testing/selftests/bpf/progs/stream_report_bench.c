// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_jit.h"
#include "stream_report.h"

char _license[] SEC("license") = "GPL";

struct bench_run {
	__u32 count;
	__u64 ns;
};

const volatile __u64 absent;

/* A program that times count turns of a loop, in its callback. */
#define DEFINE_BENCH(name, turn)					\
static long name##_once(__u32 i, void *ctx)				\
{									\
	turn;								\
	return 0;							\
}									\
									\
SEC("syscall")								\
int name(struct bench_run *ctx)						\
{									\
	__u32 count = ctx->count;					\
	__u64 start = bpf_ktime_get_ns();				\
									\
	USE_ARENA();							\
	bpf_loop(count, name##_once, NULL, 0);				\
	ctx->ns = bpf_ktime_get_ns() - start;				\
	return 0;							\
}

DEFINE_BENCH(empty_loop, barrier_var(i))
DEFINE_BENCH(print_stack, bpf_stream_print_stack(BPF_STDOUT))
DEFINE_BENCH(fault, *(volatile __u64 __arena *)absent)
