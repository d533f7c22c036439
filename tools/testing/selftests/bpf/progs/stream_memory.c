// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Messages of one byte to stdout, and between them long ones to stderr. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

int count;
int err;	/* the first one */
__u32 printed;	/* messages on stdout */

static long interleave(__u32 i, void *ctx)
{
	err = bpf_stream_printk(BPF_STDOUT, "x");
	if (err)
		return 1;
	printed++;
	err = bpf_stream_printk(BPF_STDERR, "%1000u", i);
	return err ? 1 : 0;
}

SEC("syscall")
int stream_interleave(void *ctx)
{
	bpf_loop(count, interleave, NULL, 0);
	return 0;
}

static long print_long(__u32 i, void *ctx)
{
	err = bpf_stream_printk(BPF_STDOUT, "%100u", i);
	printed += !err;
	return err ? 1 : 0;
}

SEC("syscall")
int stream_long(void *ctx)
{
	bpf_loop(count, print_long, NULL, 0);
	return 0;
}
