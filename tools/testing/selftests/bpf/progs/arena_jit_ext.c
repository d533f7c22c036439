// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What is attached to the functions of arena_jit_regs.c, with another arena. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "arena_jit.h"

char _license[] SEC("license") = "GPL";

const volatile __u64 word_addr;
const volatile __u64 word;

__u64 checks, errors;
__u64 entries, exits;

static __always_inline void check(void)
{
	USE_ARENA();
	errors += *(volatile __u64 __arena *)word_addr != word;
	checks++;
}

static long on_iteration(__u32 i, void *ctx)
{
	check();
	return 0;
}

SEC("?freplace/global_replaced")
int with_arena(int n)
{
	check();
	bpf_loop(10, on_iteration, NULL, 0);
	check();
	return n + 1;
}

SEC("?freplace/global_replaced")
int without_arena(int n)
{
	checks++;
	return n + 1;
}

SEC("?fentry/functions")
int BPF_PROG(on_entry)
{
	check();
	entries++;
	bpf_loop(10, on_iteration, NULL, 0);
	check();
	return 0;
}

SEC("?fexit/functions")
int BPF_PROG(on_exit)
{
	check();
	exits++;
	bpf_loop(10, on_iteration, NULL, 0);
	check();
	return 0;
}
