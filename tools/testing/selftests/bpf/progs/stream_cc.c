// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A TCP congestion control that prints when a connection starts and ends. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

SEC("struct_ops/cc_init")
void BPF_PROG(cc_init, struct sock *sk)
{
	bpf_stream_printk(BPF_STDOUT, "cc_init on stdout\n");
	bpf_stream_printk(BPF_STDERR, "cc_init on stderr\n");
}

SEC("struct_ops/cc_release")
void BPF_PROG(cc_release, struct sock *sk)
{
	bpf_stream_printk(BPF_STDOUT, "cc_release on stdout\n");
	bpf_stream_printk(BPF_STDERR, "cc_release on stderr\n");
}

SEC("struct_ops/cc_ssthresh")
__u32 BPF_PROG(cc_ssthresh, struct sock *sk)
{
	return 2;
}

SEC("struct_ops/cc_cong_avoid")
void BPF_PROG(cc_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops/cc_undo_cwnd")
__u32 BPF_PROG(cc_undo_cwnd, struct sock *sk)
{
	return 10;
}

SEC(".struct_ops")
struct tcp_congestion_ops stream_cc = {
	.init		= (void *)cc_init,
	.release	= (void *)cc_release,
	.ssthresh	= (void *)cc_ssthresh,
	.cong_avoid	= (void *)cc_cong_avoid,
	.undo_cwnd	= (void *)cc_undo_cwnd,
	.name		= "bpf_stream_cc",
};
