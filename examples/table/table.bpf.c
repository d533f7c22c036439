// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Count system calls by their first argument, in a hash table in an arena. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_may_goto.h>
#include "table.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1000);	/* pages */
} arena SEC(".maps");

struct table __arena table;
const volatile int target;	/* the process whose calls are counted */

/* What is found between these two calls is not freed before the second one. */
static __u64 table_enter(void)
{
	__u64 phase = READ_ONCE(table.phase) & 1;

	__sync_fetch_and_add(&table.users[phase], 1);
	return phase;
}

static void table_leave(__u64 phase)
{
	__sync_fetch_and_add(&table.users[phase], -1);
}

static struct elem __arena *chain_find(struct elem __arena *e, __u64 key)
{
	for (; e && can_loop; e = e->next)
		if (e->key == key)
			return e;
	return NULL;
}

/* The element of the key, which may be a new one */
static struct elem __arena *table_get(__u64 key)
{
	struct elem __arena * __arena *bucket = &table.buckets[key % BUCKETS];
	struct elem __arena *first = READ_ONCE(*bucket), *e, *new;

	e = chain_find(first, key);
	if (e)
		return e;
	new = arena_malloc(table.heap, sizeof(*new));
	if (!new)
		return NULL;
	new->key = key;
	new->count = 0;
	while (can_loop) {
		new->next = first;
		if (__sync_bool_compare_and_swap((__u64 __arena *)bucket, (__u64)first,
						 (__u64)new))
			return new;
		/* another CPU has inserted an element: maybe this one */
		first = READ_ONCE(*bucket);
		e = chain_find(first, key);
		if (e)
			break;
	}
	arena_free(table.heap, new);
	return e;
}

static bool is_wanted(__u64 nr)
{
	struct call __arena *call;

	for (call = table.calls; call && can_loop; call = call->next)
		if (call->nr == nr)
			return true;
	return false;
}

SEC("raw_tp/sys_enter")
int BPF_PROG(count, struct pt_regs *regs, long nr)
{
	struct elem __arena *e;
	__u64 phase;

	if (bpf_get_current_pid_tgid() >> 32 != target || !is_wanted(nr))
		return 0;
	phase = table_enter();
	e = table_get(TABLE_KEY(nr, PT_REGS_PARM1_CORE_SYSCALL(regs)));
	if (e)
		__sync_fetch_and_add(&e->count, 1);
	else
		__sync_fetch_and_add(&table.full, 1);
	table_leave(phase);
	return 0;
}

SEC("syscall")
int setup(void *ctx)
{
	table.heap = arena_pool_create(&arena, 64);
	return !table.heap;
}
