// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Calls a kfunc that this kernel has not. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

extern int bpf_dynptr_copy(struct bpf_dynptr *dst, __u64 dst_off, struct bpf_dynptr *src,
			   __u64 src_off, __u64 size) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} user_ringbuf SEC(".maps");

static long take(struct bpf_dynptr *sample, void *ctx)
{
	return bpf_dynptr_copy(sample, 0, sample, 8, 8) & 1;
}

SEC("syscall")
int copy_sample(void *ctx)
{
	return bpf_user_ringbuf_drain(&user_ringbuf, take, NULL, 0);
}
