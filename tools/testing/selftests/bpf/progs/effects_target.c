// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs with functions that effects_ext.c has replacements for */
#include "effects.h"

char _license[] SEC("license") = "GPL";

volatile int number = 1;

GLOBAL int keeps(struct __sk_buff *skb)
{
	return number;
}

GLOBAL int moves(struct __sk_buff *skb)
{
	return bpf_skb_pull_data(skb, 0);
}

GLOBAL int keeps_two(struct __sk_buff *skb, int value)
{
	return value + number;
}

GLOBAL int moves_two(struct __sk_buff *skb, int value)
{
	return bpf_skb_pull_data(skb, 0) + value;
}

GLOBAL int calls_mover(struct __sk_buff *skb)
{
	return moves(skb);
}

/* Nobody has a pointer into the packet yet. */
GLOBAL int keeps_early(struct __sk_buff *skb)
{
	return number;
}

GLOBAL int keeps_two_early(struct __sk_buff *skb, int value)
{
	return value + number;
}

/* The caller has none, but its caller has. */
GLOBAL int keeps_inside(struct __sk_buff *skb)
{
	return number;
}

STATIC int calls_inside(struct __sk_buff *skb)
{
	return keeps_inside(skb);
}

GLOBAL int keeps_outside(struct __sk_buff *skb)
{
	return calls_inside(skb);
}

/* The caller relies on what it returns. */
STATIC int at_most_seven(struct __sk_buff *skb)
{
	return skb->mark & 7;
}

static int call_keeps(__u32 n, struct __sk_buff **skb)
{
	return keeps(*skb) & 1;
}

SEC("tc")
int reader(struct __sk_buff *skb)
{
	char *data, *bytes = value_bytes();
	int ret;

	ret = keeps_early(skb) + keeps_two_early(skb, 1);
	ret += moves(skb) + moves_two(skb, 1) + calls_mover(skb);
	data = PACKET(skb->data);
	if (!bytes || data + 8 > PACKET(skb->data_end))
		return 0;
	ret += keeps(skb) + keeps_two(skb, 1) + keeps_outside(skb) + bytes[at_most_seven(skb)];
	bpf_loop(SOME(), call_keeps, &skb, 0);
	return ret + data[7];
}

GLOBAL int writes(struct __sk_buff *skb)
{
	char *data = PACKET(skb->data);

	if (data + 8 > PACKET(skb->data_end))
		return 0;
	data[7] = 1;
	return 1;
}

GLOBAL int keeps_for_writer(struct __sk_buff *skb)
{
	return number;
}

GLOBAL int keeps_two_for_writer(struct __sk_buff *skb, int value)
{
	return value + number;
}

SEC("tc")
int writer(struct __sk_buff *skb)
{
	return writes(skb) + keeps_for_writer(skb) + keeps_two_for_writer(skb, 41);
}

SEC("tc")
int main_keeps(struct __sk_buff *skb)
{
	return number;
}

SEC("tc")
int main_moves(struct __sk_buff *skb)
{
	return bpf_skb_pull_data(skb, 0);
}

GLOBAL int xdp_keeps(struct xdp_md *xdp)
{
	return number;
}

GLOBAL int xdp_moves(struct xdp_md *xdp)
{
	return bpf_xdp_adjust_head(xdp, 4);
}

SEC("xdp")
int xdp_reader(struct xdp_md *xdp)
{
	char *data;
	int ret = xdp_moves(xdp);

	data = PACKET(xdp->data);
	if (data + 1 > PACKET(xdp->data_end))
		return 0;
	return ret + xdp_keeps(xdp) + *data;
}

/* As a dispatcher calls programs */
GLOBAL int xdp_stub(struct xdp_md *xdp)
{
	return number;
}

SEC("xdp")
int xdp_dispatcher(struct xdp_md *xdp)
{
	return xdp_stub(xdp);
}

struct arg {
	__u64 word;
};

GLOBAL int does_not_sleep(struct arg *arg)
{
	return number;
}

GLOBAL int may_sleep(struct arg *arg)
{
	char c;

	return bpf_copy_from_user(&c, 1, NULL) + number;
}

static int call_does_not_sleep(void *map, __u32 *key, void *value, void *unused)
{
	struct arg arg = {};

	return does_not_sleep(&arg) & 1;
}

SEC("syscall")
int sleeper(void *ctx)
{
	struct arg arg = {};

	bpf_for_each_map_elem(&hash, call_does_not_sleep, NULL, 0);
	return may_sleep(&arg);
}
