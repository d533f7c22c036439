// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What replaces a function of a program, or the program */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

SEC("freplace")
int any(void)
{
	return 17;
}

SEC("freplace")
int denies(void)
{
	return -1;
}
