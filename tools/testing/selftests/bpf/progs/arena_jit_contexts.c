// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Access absent and present pages in every kind of context. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_jit.h"
#include "contexts.h"

char _license[] SEC("license") = "GPL";

#define PAGE 4096

const volatile __u64 arena_addr;	/* page 0 is there, the others are not */
const volatile __u64 word;		/* what it has first */

__u64 runs[NR_LEVELS];
__u64 errors[NR_LEVELS];

static __always_inline void run_in_context(void *ctx)
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
