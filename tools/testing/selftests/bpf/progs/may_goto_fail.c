// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* may_goto loops that must be refused, each with its message. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "bpf_may_goto.h"
#include "locks.h"

char _license[] SEC("license") = "GPL";

#define STATIC static __attribute__((noinline))

unsigned int n;
char buf[64];

/* The index is checked in the first iteration only. */
SEC("syscall")
__failure __msg("unbounded memory access")
int checked_once(void *ctx)
{
	unsigned int i = n;
	bool first = true;

	while (can_loop) {
		if (first && i >= sizeof(buf))
			break;
		buf[i] = 0;
		i += bpf_get_prandom_u32();
		first = false;
	}
	return 0;
}

/* Each iteration goes one further, and the kernel does not end it in time. */
SEC("syscall")
__failure __msg("access to map value")
int never_checked(void *ctx)
{
	unsigned int i;

	for (i = 0; can_loop; i++)
		buf[i] = 0;
	return 0;
}

/* The index was in range until the loop ended. */
SEC("syscall")
__failure __msg("access to map value")
int after_loop(void *ctx)
{
	unsigned int i;

	for (i = 0; i < n && can_loop; i++) {
		if (i >= sizeof(buf))
			break;
		buf[i] = 0;
	}
	barrier_var(i);
	buf[i] = 1;
	return 0;
}

STATIC void move_on(unsigned int *i)
{
	while (can_loop)
		++*i;
}

SEC("syscall")
__failure __msg("unbounded memory access")
int moved_by_function(void *ctx)
{
	unsigned int i = 0;

	move_on(&i);
	buf[i] = 0;
	return 0;
}

/* The loop need not have been entered. */
SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int pointer_from_loop(void *ctx)
{
	char *p = NULL;
	unsigned int i;

	for (i = 0; i < n && can_loop; i++)
		p = buf;
	barrier_var(p);
	*p = 1;
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ringbuf SEC(".maps");

/* A reservation in each iteration, and one is submitted */
SEC("syscall")
__failure __msg("Unreleased reference")
int reserves_in_loop(void *ctx)
{
	void *sample = NULL;

	while (can_loop) {
		sample = bpf_ringbuf_reserve(&ringbuf, 8, 0);
		if (!sample)
			return 0;
	}
	if (sample)
		bpf_ringbuf_submit(sample, 0);
	return 0;
}

/* Submitted again in the next iteration */
SEC("syscall")
__failure __msg("type=scalar expected=")
int submits_in_loop(void *ctx)
{
	void *sample = bpf_ringbuf_reserve(&ringbuf, 8, 0);

	if (!sample)
		return 0;
	while (can_loop)
		bpf_ringbuf_submit(sample, 0);
	bpf_ringbuf_submit(sample, 0);
	return 0;
}

SEC("tc")
__failure __msg("bpf_spin_unlock is missing")
int locks_in_loop(struct __sk_buff *ctx)
{
	struct locked *l = lookup_locked();

	if (!l)
		return 0;
	bpf_spin_lock(&l->lock);
	while (can_loop) {
		l->count++;
		if (l->count > 5)
			break;
		bpf_spin_unlock(&l->lock);
	}
	return 0;
}
