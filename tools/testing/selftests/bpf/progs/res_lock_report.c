// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What stderr says of locks that were not got. */
#include "res_lock.h"

char _license[] SEC("license") = "GPL";

STATIC int take_again(struct guarded *v)
{
	return bpf_res_spin_lock(&v->lock);
}

SEC("syscall")
int deadlock(void *ctx)
{
	struct guarded *v = lookup(0), *same = lookup(0);

	if (!v || !same || bpf_res_spin_lock(&v->lock))
		return 1;
	if (!take_again(same))
		bpf_res_spin_unlock(&same->lock);
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("syscall")
int deadlock_irqsave(void *ctx)
{
	struct guarded *v = lookup(0), *same = lookup(0), *w = lookup(1);
	unsigned long flags, more, again;

	if (!v || !same || !w || bpf_res_spin_lock_irqsave(&w->lock, &flags))
		return 1;
	if (bpf_res_spin_lock_irqsave(&v->lock, &more)) {
		bpf_res_spin_unlock_irqrestore(&w->lock, &flags);
		return 2;
	}
	if (!bpf_res_spin_lock_irqsave(&same->lock, &again))
		bpf_res_spin_unlock_irqrestore(&same->lock, &again);
	bpf_res_spin_unlock_irqrestore(&v->lock, &more);
	bpf_res_spin_unlock_irqrestore(&w->lock, &flags);
	return 0;
}
