// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Global data, of which the test hides the types from libbpf. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

int counter = 1;
int nothing;
static volatile const int constant = 3;

SEC("socket")
int count(void *ctx)
{
	return ++counter + nothing + constant;
}
