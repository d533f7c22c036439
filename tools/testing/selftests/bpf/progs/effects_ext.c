// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Replacements of functions of effects_target.c */
#include "effects.h"

char _license[] SEC("license") = "GPL";

SEC("freplace")
int nothing(struct __sk_buff *skb)
{
	return 100;
}

SEC("freplace")
int nothing_two(struct __sk_buff *skb, int value)
{
	return 100 + value;
}

STATIC int pull(struct __sk_buff *skb)
{
	return bpf_skb_pull_data(skb, 0);
}

SEC("freplace")
int move(struct __sk_buff *skb)
{
	return pull(skb);
}

GLOBAL int pull_global(struct __sk_buff *skb)
{
	return pull(skb);
}

SEC("freplace")
int move_in_global(struct __sk_buff *skb)
{
	return pull_global(skb);
}

STATIC int pull_in_callback(__u32 n, struct __sk_buff **skb)
{
	return pull(*skb) & 1;
}

SEC("freplace")
int move_in_callback(struct __sk_buff *skb)
{
	bpf_loop(SOME(), pull_in_callback, &skb, 0);
	return 0;
}

SEC("freplace")
int tail_call(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &progs, 0);
	return 0;
}

SEC("freplace")
int write(struct __sk_buff *skb)
{
	char *data = PACKET(skb->data);

	if (data + 8 > PACKET(skb->data_end))
		return 0;
	data[7] = 2;
	return 2;
}

SEC("freplace")
int write_two(struct __sk_buff *skb, int value)
{
	char *data = PACKET(skb->data);

	if (data + 8 > PACKET(skb->data_end))
		return 0;
	data[7] = 3;
	return value + 100;
}

SEC("freplace")
int xdp_nothing(struct xdp_md *xdp)
{
	return 100;
}

SEC("freplace")
int xdp_move(struct xdp_md *xdp)
{
	return bpf_xdp_adjust_tail(xdp, -4);
}

/* Nobody shares the packet of an XDP program. */
SEC("freplace")
int xdp_write(struct xdp_md *xdp)
{
	char *data = PACKET(xdp->data);

	if (data + 1 > PACKET(xdp->data_end))
		return 0;
	*data = 1;
	return 1;
}

struct arg {
	__u64 word;
};

SEC("freplace")
int sleep(struct arg *arg)
{
	char c;

	return bpf_copy_from_user(&c, 1, NULL);
}

SEC("freplace")
int sleep_sys_bpf(struct arg *arg)
{
	union bpf_attr attr = {};

	return bpf_sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

SEC("freplace")
int awake(struct arg *arg)
{
	return 100;
}
