// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

SEC("freplace/replaceable")
int freplace(struct __sk_buff *skb)
{
	bpf_stream_printk(BPF_STDOUT, "freplace on stdout\n");
	bpf_stream_printk(BPF_STDERR, "freplace on stderr\n");
	return 1;
}
