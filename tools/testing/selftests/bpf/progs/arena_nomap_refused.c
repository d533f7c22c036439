// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A variable in an arena that does not exist. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_common.h>

char _license[] SEC("license") = "GPL";

int __arena variable = 1;

SEC("syscall")
int read_variable(void *ctx)
{
	return variable;
}
