// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What is on the stack of the kernel, compared with the MTU: not for who may not see it */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"

char _license[] SEC("license") = "GPL";

SEC("tc")
__failure __msg("invalid indirect read from stack R3 off -4+0 size 4")
int mtu_of_skb(struct __sk_buff *skb)
{
	__u32 len;

	return bpf_check_mtu(skb, 0, &len, 0, 0);
}

SEC("xdp")
__failure __msg("invalid indirect read from stack R3 off -4+0 size 4")
int mtu_of_xdp(struct xdp_md *xdp)
{
	__u32 len;

	return bpf_check_mtu(xdp, 0, &len, 0, 0);
}
