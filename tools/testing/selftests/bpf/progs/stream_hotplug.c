// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Programs on what a CPU runs on its way down, after its last irq_work, and on its
 * way up, before it takes interrupts; and programs that print all the time.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "contexts.h"
#include "stream_hotplug.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} user_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

int action;
int level;	/* of the context in which it was done */
long err;

static long take(struct bpf_dynptr *sample, void *ctx)
{
	return 0;
}

static __always_inline void act(void)
{
	int todo = __sync_lock_test_and_set(&action, HOTPLUG_NOTHING);
	__u64 value = 1;

	if (todo == HOTPLUG_PRINT)
		err = bpf_stream_printk(BPF_STDOUT, "hotplug\n");
	else if (todo == HOTPLUG_DRAIN)
		err = bpf_user_ringbuf_drain(&user_ring, take, NULL, BPF_RB_FORCE_WAKEUP);
	else if (todo == HOTPLUG_OUTPUT)
		err = bpf_ringbuf_output(&ring, &value, sizeof(value), BPF_RB_FORCE_WAKEUP);
	if (todo)
		level = context_level();
}

SEC("fentry/rcutree_dying_cpu")
int down_fentry(void *ctx)
{
	act();
	return 0;
}

SEC("kprobe")
int down_kprobe(void *ctx)
{
	act();
	return 0;
}

SEC("fentry/setup_local_APIC")
int up_fentry(void *ctx)
{
	act();
	return 0;
}

/* The load. Each program has streams of its own. */
static __always_inline void run_in_context(void *ctx)
{
	bpf_stream_printk(BPF_STDOUT, "load %d\n", context_level());
}

SEC("perf_event")
int load_perf(void *ctx)
{
	run_in_context(ctx);
	return 0;
}

SEC("kprobe")
int load_kprobe(void *ctx)
{
	run_in_context(ctx);
	return 0;
}

SEC("kprobe")
int load_int3(void *ctx)
{
	run_in_context(ctx);
	return 0;
}

SEC("fentry/__x64_sys_getpgid")
int load_fentry(void *ctx)
{
	run_in_context(ctx);
	return 0;
}
