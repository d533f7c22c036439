// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A program that prints while it holds a lock, and others on what prints. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

struct value {
	struct bpf_spin_lock lock;
	int locked;	/* times that the nested programs had it */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct value);
} values SEC(".maps");

int observed;
int err;
int pages;	/* that the printer got under the lock */
bool printing;	/* with the lock held, on this CPU: */
__u32 cpu;

static __always_inline void lock_once(int print)
{
	struct value *value;
	__u32 key = 0;

	value = bpf_map_lookup_elem(&values, &key);
	if (!value)
		return;
	bpf_spin_lock(&value->lock);
	if (print) {
		printing = true;
		err = bpf_stream_printk(BPF_STDOUT, "locked\n");
		printing = false;
	} else {
		value->locked++;
	}
	bpf_spin_unlock(&value->lock);
}

SEC("syscall")
int print_locked(void *ctx)
{
	cpu = bpf_get_smp_processor_id();
	lock_once(1);
	return 0;
}

SEC("syscall")
int print_unlocked(void *ctx)
{
	err = bpf_stream_printk(BPF_STDOUT, "not locked\n");
	return 0;
}

/* It would wait for the lock that its own CPU has. */
SEC("fentry/bpf_try_get_buffers")
int lock_in_printer(void *ctx)
{
	lock_once(0);
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} tails SEC(".maps");

/* So would this one. */
SEC("fexit/bpf_try_get_buffers")
int tail_in_printer(void *ctx)
{
	bpf_tail_call(ctx, &tails, 0);
	return 0;
}

SEC("fexit/bpf_try_get_buffers")
int lock_tail(void *ctx)
{
	lock_once(0);
	return 0;
}

/* One that takes no lock sees it all. */
SEC("fentry/bpf_try_get_buffers")
int observe_printer(void *ctx)
{
	observed++;
	return 0;
}

/* What an extension replaces */
__noinline int count_page(int nr)
{
	pages += nr;
	return nr;
}

/* The first message of a program needs a page. */
SEC("tp_btf/mm_page_alloc")
int page_in_printer(void *ctx)
{
	if (printing && bpf_get_smp_processor_id() == cpu)
		count_page(1);
	return 0;
}
