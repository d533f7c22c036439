// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * One program, print_context(), runs in every kind of context: the programs
 * below sit on raw tracepoints of a task, softirq, hardirq and NMI and call it
 * as their tail. Each of them keeps itself from being run again on the same
 * CPU, but print_context() has no such guard, so an interrupt may find it in
 * the middle of a message.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

#define MAX_CPUS 64
#define SOFTIRQ_BIT	0x00000100	/* a softirq runs, beyond being disabled */
#define HARDIRQ_MASK	0x000f0000
#define NMI_MASK	0x00f00000

extern const int __preempt_count __ksym;

enum { TASK, SOFTIRQ, HARDIRQ, NMI, NR_LEVELS };

const volatile int target_tgid;
const volatile long target_syscall;

__u64 tried[NR_LEVELS];
__u64 lost[NR_LEVELS];
int last_err[NR_LEVELS];
__u32 numbers[MAX_CPUS][NR_LEVELS];

__u64 perf_tried;
__u64 perf_lost;
__u32 perf_numbers[MAX_CPUS];

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} printer SEC(".maps");

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

SEC("raw_tp")
int print_context(void *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id() & (MAX_CPUS - 1);
	__u32 level = context_level() & (NR_LEVELS - 1);
	int err;

	__sync_fetch_and_add(&tried[level], 1);
	err = bpf_stream_printk(BPF_STDOUT, "level %u cpu %u number %u\n", level, cpu,
				numbers[cpu][level]);
	if (err) {
		__sync_fetch_and_add(&lost[level], 1);
		last_err[level] = err;
		return 0;
	}
	numbers[cpu][level]++;
	return 0;
}

SEC("raw_tp/sys_enter")
int in_task(struct bpf_raw_tracepoint_args *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 == target_tgid && ctx->args[1] == target_syscall)
		bpf_tail_call(ctx, &printer, 0);
	return 0;
}

SEC("raw_tp/softirq_entry")
int in_softirq(void *ctx)
{
	bpf_tail_call(ctx, &printer, 0);
	return 0;
}

SEC("raw_tp/local_timer_entry")
int in_hardirq(void *ctx)
{
	bpf_tail_call(ctx, &printer, 0);
	return 0;
}

SEC("raw_tp/nmi_handler")
int in_nmi(void *ctx)
{
	bpf_tail_call(ctx, &printer, 0);
	return 0;
}

/* The clock of perf: in hardirq context too, on streams of its own. */
SEC("perf_event")
int cpu_clock(void *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id() & (MAX_CPUS - 1);

	__sync_fetch_and_add(&perf_tried, 1);
	if (bpf_stream_printk(BPF_STDOUT, "level %u cpu %u number %u\n", context_level(), cpu,
			      perf_numbers[cpu])) {
		__sync_fetch_and_add(&perf_lost, 1);
		return 0;
	}
	perf_numbers[cpu]++;
	return 0;
}
