// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * One program, print_context(), runs in every kind of context: the programs of
 * contexts.h sit on raw tracepoints of a task, softirq, hardirq and NMI and call
 * it as their tail. Each of them keeps itself from being run again on the same
 * CPU, but print_context() has no such guard, so an interrupt may find it in
 * the middle of a message.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "stream_contexts.h"

char _license[] SEC("license") = "GPL";

#define MAX_CPUS 64

__u64 tried[NR_LEVELS];
__u64 lost[NR_LEVELS];
int last_err[NR_LEVELS];
__u32 numbers[MAX_CPUS][NR_LEVELS];

__u64 perf_tried;
__u64 perf_lost;
__u32 perf_numbers[MAX_CPUS];

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
