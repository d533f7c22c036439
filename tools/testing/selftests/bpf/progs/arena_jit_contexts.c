// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Access absent and present pages in every kind of context. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_jit.h"

char _license[] SEC("license") = "GPL";

#define SOFTIRQ_BIT	0x00000100	/* a softirq runs, beyond being disabled */
#define HARDIRQ_MASK	0x000f0000
#define NMI_MASK	0x00f00000
#define PAGE		4096

extern const int __preempt_count __ksym;

enum { TASK, SOFTIRQ, HARDIRQ, NMI, NR_LEVELS };

const volatile int target_tgid;
const volatile long target_syscall;
const volatile __u64 arena_addr;	/* page 0 is there, the others are not */
const volatile __u64 word;		/* what it has first */

__u64 runs[NR_LEVELS];
__u64 errors[NR_LEVELS];

static __u32 context_level(void)
{
	int count = *(int *)bpf_this_cpu_ptr(&__preempt_count);

	if (count & NMI_MASK)
		return NMI;
	if (count & HARDIRQ_MASK)
		return HARDIRQ;
	if (count & SOFTIRQ_BIT)
		return SOFTIRQ;
	return TASK;
}

static __always_inline void access(void)
{
	__u64 __arena *present = (__u64 __arena *)arena_addr;
	__u64 __arena *absent = (__u64 __arena *)(arena_addr + PAGE);
	__u32 level = context_level() & (NR_LEVELS - 1);
	__u64 bad = 0;

	USE_ARENA();
	bad += *(volatile __u64 __arena *)present != word;
	bad += *(volatile __u64 __arena *)absent != 0;
	*(volatile __u64 __arena *)absent = 1;
	bad += *(volatile __u64 __arena *)absent != 0;
	bad += __sync_fetch_and_add(absent, 1) != 0;
	bad += __sync_fetch_and_or(absent, 1) != 0;
	bad += __sync_val_compare_and_swap(absent, 0, 1) != 0;
	bad += *(volatile __u64 __arena *)absent != 0;
	__sync_fetch_and_add(present + 1 + level, 1);
	__sync_fetch_and_add(&runs[level], 1);
	__sync_fetch_and_add(&errors[level], bad);
}

SEC("raw_tp/sys_enter")
int in_task(struct bpf_raw_tracepoint_args *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 == target_tgid && ctx->args[1] == target_syscall)
		access();
	return 0;
}

SEC("raw_tp/softirq_entry")
int in_softirq(void *ctx)
{
	access();
	return 0;
}

SEC("raw_tp/local_timer_entry")
int in_hardirq(void *ctx)
{
	access();
	return 0;
}

SEC("raw_tp/nmi_handler")
int in_nmi(void *ctx)
{
	access();
	return 0;
}
