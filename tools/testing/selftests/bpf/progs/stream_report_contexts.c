// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A fault, and a dump that was asked for, in every kind of context. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_jit.h"
#include "contexts.h"
#include "stream_report.h"

char _license[] SEC("license") = "GPL";

const volatile __u64 absent;

__u64 runs[NR_LEVELS];
__u64 failed[NR_LEVELS];
__u64 found;

static __noinline int visit(void)
{
	int err;

	HERE(AT_ACCESS); found |= *(volatile __u64 __arena *)absent;
	HERE(AT_SUB); err = bpf_stream_print_stack(BPF_STDOUT);
	return err;
}

static __always_inline void run_in_context(void *ctx)
{
	__u32 level = context_level() & (NR_LEVELS - 1);

	USE_ARENA();
	if (runs[level] >= MAX_CONTEXT_RUNS)
		return;
	__sync_fetch_and_add(&runs[level], 1);
	if (visit())
		__sync_fetch_and_add(&failed[level], 1);
}
