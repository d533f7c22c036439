// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 256 * 1024);
} ring SEC(".maps");

struct bench_run {
	__s64 samples;
	__u64 ns;
};

/* A program that times one drain. */
#define DEFINE_BENCH(name, before)						\
static long name##_take(struct bpf_dynptr *sample, void *ctx)			\
{										\
	before;									\
	return 0;								\
}										\
										\
SEC("syscall")									\
int name(struct bench_run *run)							\
{										\
	__u64 start = bpf_ktime_get_ns();					\
										\
	run->samples = bpf_user_ringbuf_drain(&ring, name##_take, NULL,		\
					      BPF_RB_NO_WAKEUP);		\
	run->ns = bpf_ktime_get_ns() - start;					\
	return 0;								\
}

DEFINE_BENCH(drain,)
DEFINE_BENCH(drain_read, __u64 value; bpf_dynptr_read(&value, sizeof(value), sample, 0, 0))

/* Not every kernel that is measured has it. */
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u64 offset, void *buffer,
			      __u64 buffer__szk) __ksym __weak;

static __u64 read_slice(struct bpf_dynptr *sample)
{
	const volatile __u64 *value = bpf_dynptr_slice(sample, 0, NULL, sizeof(*value));

	return value ? *value : 0;
}

DEFINE_BENCH(drain_slice, read_slice(sample))
