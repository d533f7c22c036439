// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A program that faults in one place many times, and in many places once. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_jit.h"
#include "stream_report_limit.h"

char _license[] SEC("license") = "GPL";

const volatile __u64 absent;

static long fault_once(__u32 i, void *ctx)
{
	*(volatile __u64 __arena *)absent;
	return 0;
}

SEC("syscall")
int fault(struct report_limit_run *ctx)
{
	__u32 i;

	USE_ARENA();
	bpf_loop(ctx->times, fault_once, NULL, 0);
	if (!ctx->places)
		return 0;
#pragma clang loop unroll(full)
	for (i = 0; i < REPORT_LIMIT_PLACES; i++)
		*(volatile __u64 __arena *)(absent + 8 * i);
	return 0;
}
