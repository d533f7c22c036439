// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Ways from a program with an arena into other code and back. The arenas of two
 * instances of this object differ in one word, which is at the same place.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_jit.h"

char _license[] SEC("license") = "GPL";

#define CLOCK_MONOTONIC 1

const volatile __u64 word_addr;
const volatile __u64 word;	/* what the own arena has there */

__u64 checks, errors;
__u64 timers;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} elems SEC(".maps");

struct timer_elem {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timer_elem);
} timer_map SEC(".maps");

#define STATIC static __attribute__((noinline))
#define GLOBAL __attribute__((noinline))

static __always_inline void check(void)
{
	USE_ARENA();
	errors += *(volatile __u64 __arena *)word_addr != word;
	__sync_fetch_and_add(&checks, 1);
}

STATIC int static_with_access(int n)
{
	check();
	return n + 1;
}

STATIC int static_without_access(int n)
{
	return n * bpf_get_prandom_u32();
}

STATIC int static_nested(int n)
{
	n += static_without_access(n);
	check();
	n += static_with_access(n);
	check();
	return n;
}

GLOBAL int global_with_access(int n)
{
	check();
	n += static_nested(n);
	check();
	return n;
}

/* This one gets replaced. */
GLOBAL int global_replaced(int n)
{
	volatile int ret = n;

	check();
	return ret;
}

SEC("tc")
int functions(struct __sk_buff *skb)
{
	int n = skb->len;

	check();
	n += static_without_access(n);
	check();
	n += static_with_access(n);
	check();
	n += static_nested(n);
	check();
	n += global_with_access(n);
	check();
	return n ? 0 : 1;
}

SEC("tc")
int replaced(struct __sk_buff *skb)
{
	int n;

	check();
	n = global_replaced(skb->len);
	check();
	n += static_nested(n);
	check();
	return n ? 0 : 1;
}

/* Program 0 of the array knows its target when it is compiled, 1 does not. */
SEC("tc")
int tail_direct(struct __sk_buff *skb)
{
	check();
	bpf_tail_call_static(skb, &next, 0);
	check();
	return 0;
}

SEC("tc")
int tail_indirect(struct __sk_buff *skb)
{
	check();
	bpf_tail_call(skb, &next, skb->mark);
	check();
	return 0;
}

/* It has no arena. */
SEC("tc")
int tail_without_arena(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&checks, 1);
	bpf_tail_call(skb, &next, skb->mark);
	return 0;
}

STATIC int static_tail_direct(struct __sk_buff *skb)
{
	check();
	bpf_tail_call_static(skb, &next, 0);
	check();
	return 0;
}

STATIC int static_tail_indirect(struct __sk_buff *skb)
{
	check();
	bpf_tail_call(skb, &next, skb->mark);
	check();
	return 0;
}

/* The last of a chain of tail calls returns to here. */
SEC("tc")
int tail_from_function(struct __sk_buff *skb)
{
	int n = skb->len;

	check();
	n += static_tail_direct(skb);
	check();
	n += static_tail_indirect(skb);
	check();
	return n ? 0 : 1;
}

static long on_iteration(__u32 i, void *ctx)
{
	check();
	static_nested(i);
	check();
	return 0;
}

static long on_elem(struct bpf_map *map, __u32 *key, __u64 *value, void *ctx)
{
	check();
	(*value)++;
	static_with_access(*key);
	check();
	return 0;
}

SEC("tc")
int callbacks(struct __sk_buff *skb)
{
	check();
	bpf_loop(10, on_iteration, NULL, 0);
	check();
	bpf_for_each_map_elem(&elems, on_elem, NULL, 0);
	check();
	return 0;
}

static int on_timer(void *map, __u32 *key, struct timer_elem *elem)
{
	check();
	static_nested(*key);
	bpf_loop(10, on_iteration, NULL, 0);
	check();
	__sync_fetch_and_add(&timers, 1);
	return 0;
}

SEC("tc")
int timer(struct __sk_buff *skb)
{
	struct timer_elem *elem;
	__u32 key = 0;

	elem = bpf_map_lookup_elem(&timer_map, &key);
	if (!elem)
		return 1;
	check();
	bpf_timer_init(&elem->timer, &timer_map, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&elem->timer, on_timer);
	bpf_timer_start(&elem->timer, 0, 0);
	check();
	return 0;
}
