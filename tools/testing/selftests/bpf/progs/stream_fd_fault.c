// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Page faults of one task that take until the test says so. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

__u32 stall_tid;
int stalled;
int go_on;

static long wait_for_user(__u32 i, void *ctx)
{
	return *(volatile int *)&go_on != 0;
}

SEC("fentry/handle_mm_fault")
int stall(void *ctx)
{
	if (!stall_tid || (__u32)bpf_get_current_pid_tgid() != stall_tid)
		return 0;
	stall_tid = 0;
	stalled = 1;
	bpf_loop(1 << 23, wait_for_user, NULL, 0);
	stalled = 2;
	return 0;
}
