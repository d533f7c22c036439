// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What clang makes insns of cpuv4 of, on values that the test chooses */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "bpf_arena_common.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
} arena SEC(".maps");

signed char in8;
short in16;
int in32, by32;
long in64, by64;

long sum8, sum16, sum32, div32, mod32, div64, mod64;
unsigned int swapped;

int __arena arena_int;
signed char __arena arena_char;
long arena_sum;

SEC("tc")
int compute(struct __sk_buff *skb)
{
	sum8 = in64 + in8;
	sum16 = in64 + in16;
	sum32 = in64 + in32;
	div32 = in32 / by32;
	mod32 = in32 % by32;
	div64 = in64 / by64;
	mod64 = in64 % by64;
	swapped = __builtin_bswap32(in32);
	return 0;
}

#define SIGNED_PART(type, ctx, field, off) ({						\
	long __part;									\
											\
	asm volatile("%0 = *(" #type " *)(%1 + %2)" : "=r"(__part) :			\
		     "r"(ctx), "i"(offsetof(struct __sk_buff, field) + (off)));		\
	__part; })

/* The sign of a part of a field of the context */
SEC("tc")
int context(struct __sk_buff *skb)
{
	sum8 = SIGNED_PART(s8, skb, mark, 1);
	sum16 = SIGNED_PART(s16, skb, mark, 2);
	sum32 = SIGNED_PART(s32, skb, mark, 0);
	return 0;
}

SEC("syscall")
int shared(void *ctx)
{
	arena_sum = (long)arena_int + arena_char;
	return 0;
}

long exit_signal = 5, absent = 5;
int tid;

/* A thread has an exit signal of -1. No task waits for it by a mutex that inherits priority,
 * and what is loaded through null is 0.
 */
SEC("fentry/bpf_fentry_test1")
int BPF_PROG(kernel, int a)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (task->pid != tid)
		return 0;
	exit_signal = task->exit_signal;
	absent = task->pi_top_task->exit_signal;
	return 0;
}
