// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Replacements of a function that is called in a section: each is verified by itself. */
#include "sections.h"

char _license[] SEC("license") = "GPL";

SEC("freplace")
int balanced(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_preempt_disable();
	bpf_preempt_enable();
	bpf_local_irq_restore(&flags);
	return 100;
}

SEC("freplace")
int opens(struct __sk_buff *skb)
{
	bpf_preempt_disable();
	return 100;
}

SEC("freplace")
int closes(struct __sk_buff *skb)
{
	bpf_preempt_enable();
	return 100;
}
