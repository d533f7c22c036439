// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A replacement for a function, with a loop of its own. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/* as a compiler that does not know the insn */
#undef __BPF_FEATURE_MAY_GOTO
#include "bpf_may_goto.h"

char _license[] SEC("license") = "GPL";

SEC("freplace/replaced")
int replacement(struct __sk_buff *ctx)
{
	int i;

	for (i = 0; can_loop; i++)
		;
	return i;
}
