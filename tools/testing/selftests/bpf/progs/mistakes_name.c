// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Prints a name, for a loader that has no CAP_PERFMON. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

char name[16] = "name";

SEC("syscall")
int print_name(void *ctx)
{
	return bpf_stream_printk(BPF_STDOUT, "name %s\n", name);
}
