// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A program with functions that sections_ext.c has replacements for */
#include "sections.h"

char _license[] SEC("license") = "GPL";

volatile int number = 1;

GLOBAL int in_section(struct __sk_buff *skb)
{
	return number;
}

SEC("tc")
int target(struct __sk_buff *skb)
{
	unsigned long flags;
	int ret;

	bpf_preempt_disable();
	bpf_local_irq_save(&flags);
	ret = in_section(skb);
	bpf_local_irq_restore(&flags);
	bpf_preempt_enable();
	return ret;
}
