// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A loop that only the kernel ends, in every kind of context. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_may_goto.h"
#include "contexts.h"

char _license[] SEC("license") = "GPL";

int armed[NR_LEVELS];	/* the next run there loops, and clears it */
long count[NR_LEVELS];

static __always_inline void run_in_context(void *ctx)
{
	__u32 level = context_level() & (NR_LEVELS - 1);
	long i;

	if (!__sync_lock_test_and_set(&armed[level], 0))
		return;
	for (i = 0; can_loop; i++)
		;
	__sync_fetch_and_add(&count[level], i);
}
