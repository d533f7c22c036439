// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Types of programs and of maps that may not have a bpf_res_spin_lock. */
#include "res_lock.h"

char _license[] SEC("license") = "GPL";

SEC("socket")
__failure __msg("socket filter progs cannot use bpf_spin_lock yet")
int in_socket(void *ctx)
{
	return !lookup(0);
}
