/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __CONTEXTS_H
#define __CONTEXTS_H

enum context_level { TASK, SOFTIRQ, HARDIRQ, NMI, NR_LEVELS };

#ifdef __bpf__
/*
 * Programs on raw tracepoints of every kind of context. Who includes this says what
 * they do, in run_in_context(). In tasks it is up to the test to make calls.
 */
#define SOFTIRQ_BIT	0x00000100	/* a softirq runs, beyond being disabled */
#define HARDIRQ_MASK	0x000f0000
#define NMI_MASK	0x00f00000

extern const int __preempt_count __ksym;

const volatile int target_tgid;
const volatile long target_syscall;

static __always_inline __u32 context_level(void)
{
	int count = *(int *)bpf_this_cpu_ptr(&__preempt_count);

	if (count & NMI_MASK)
		return NMI;
	if (count & HARDIRQ_MASK)
		return HARDIRQ;
	return count & SOFTIRQ_BIT ? SOFTIRQ : TASK;
}

static __always_inline void run_in_context(void *ctx);

SEC("raw_tp/sys_enter")
int in_task(struct bpf_raw_tracepoint_args *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 == target_tgid && ctx->args[1] == target_syscall)
		run_in_context(ctx);
	return 0;
}

SEC("raw_tp/softirq_entry")
int in_softirq(void *ctx)
{
	run_in_context(ctx);
	return 0;
}

SEC("raw_tp/local_timer_entry")
int in_hardirq(void *ctx)
{
	run_in_context(ctx);
	return 0;
}

SEC("raw_tp/nmi_handler")
int in_nmi(void *ctx)
{
	run_in_context(ctx);
	return 0;
}
#endif

#endif
