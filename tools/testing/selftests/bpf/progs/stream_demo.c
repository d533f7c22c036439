// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * One program on four kernel functions: in a task, a softirq, a hardirq and an
 * NMI. It tells its stdout of the first calls in each context, and its stderr
 * when it stops doing so.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

#define MAX_LINES 3

enum { TASK, SOFTIRQ, HARDIRQ, NMI, NR_CONTEXTS };

const char names[NR_CONTEXTS][8] = { "task", "softirq", "hardirq", "NMI" };
__u32 calls[NR_CONTEXTS];

extern const int __preempt_count __ksym;

static __u32 this_context(void)
{
	int count = *(int *)bpf_this_cpu_ptr(&__preempt_count);

	if (count & 0xf00000)
		return NMI;
	if (count & 0xf0000)
		return HARDIRQ;
	if (count & 0x100)
		return SOFTIRQ;
	return TASK;
}

SEC("kprobe.multi")
int stream_demo(struct pt_regs *ctx)
{
	__u32 context = this_context();
	__u32 call = __sync_fetch_and_add(&calls[context], 1);

	if (call < MAX_LINES)
		bpf_stream_printk(BPF_STDOUT, "%s: %ps() on CPU %u\n", names[context],
				  bpf_get_func_ip(ctx), bpf_get_smp_processor_id());
	else if (call == MAX_LINES)
		bpf_stream_printk(BPF_STDERR, "%s: no more than %u calls are shown\n",
				  names[context], MAX_LINES);
	return 0;
}
