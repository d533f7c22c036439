// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* One message, from the context that the test asks for. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "stream_contexts.h"

char _license[] SEC("license") = "GPL";

int armed = NR_LEVELS;	/* the level that is to print, once */
int err;

SEC("raw_tp")
int print_context(void *ctx)
{
	__u32 level = context_level();

	if (__sync_val_compare_and_swap(&armed, level, NR_LEVELS) == level)
		err = bpf_stream_printk(BPF_STDERR, "level %u\n", level);
	return 0;
}

int down_armed;

/* A CPU prints once, between its last irq_work and its end. */
SEC("fentry/rcutree_dying_cpu")
int cpu_down(void *ctx)
{
	if (__sync_val_compare_and_swap(&down_armed, 1, 0))
		err = bpf_stream_printk(BPF_STDOUT, "down\n");
	return 0;
}
