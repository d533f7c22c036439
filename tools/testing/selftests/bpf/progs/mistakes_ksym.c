// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Calls a kfunc that this kernel has not. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

extern __u32 bpf_dynptr_size(const struct bpf_dynptr *ptr) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} user_ringbuf SEC(".maps");

static long take(struct bpf_dynptr *sample, void *ctx)
{
	return bpf_dynptr_size(sample) & 1;
}

SEC("syscall")
int sample_size(void *ctx)
{
	return bpf_user_ringbuf_drain(&user_ringbuf, take, NULL, 0);
}
