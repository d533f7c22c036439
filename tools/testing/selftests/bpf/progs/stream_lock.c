// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

/* In a section of its own: what is in one with a lock cannot be mapped. */
static struct bpf_spin_lock lock SEC(".data.lock");

/* A lock that is a variable, in a program that may sleep. */
SEC("syscall")
int spin_lock_global(void *ctx)
{
	bpf_spin_lock(&lock);
	bpf_stream_printk(BPF_STDOUT, "spin_lock_global on stdout\n");
	bpf_stream_printk(BPF_STDERR, "spin_lock_global on stderr\n");
	bpf_spin_unlock(&lock);
	return 0;
}
