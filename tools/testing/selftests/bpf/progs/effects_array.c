// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs of one type, of which only some may sleep */
#include "effects.h"

char _license[] SEC("license") = "GPL";

SEC("kprobe")
int caller(struct pt_regs *ctx)
{
	bpf_tail_call(ctx, &progs, 0);
	return 0;
}

SEC("kprobe")
int awake(struct pt_regs *ctx)
{
	return 0;
}

SEC("uprobe.s")
int sleeps(struct pt_regs *ctx)
{
	char c;

	return bpf_copy_from_user(&c, 1, NULL);
}
