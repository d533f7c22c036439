// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What a program that is loaded without CAP_PERFMON may print, and what not. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

int numbers = 1, string, kernel_string, address, plain_address, symbol, ip;

SEC("syscall")
int print(void *ctx)
{
	numbers = bpf_stream_printk(BPF_STDOUT, "%d %lx %llu %c 100%%\n", 1, 2, 3, '4');
	string = bpf_stream_printk(BPF_STDOUT, "%s", 8);
	kernel_string = bpf_stream_printk(BPF_STDOUT, "%d %pks", 1, 8);
	address = bpf_stream_printk(BPF_STDOUT, "%p", 8);
	plain_address = bpf_stream_printk(BPF_STDOUT, "%px", 8);
	symbol = bpf_stream_printk(BPF_STDOUT, "%pS", 8);
	ip = bpf_stream_printk(BPF_STDOUT, "%pI4", 8);
	return 0;
}
