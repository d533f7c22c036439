// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "res_lock.h"
#include "locks.h"

char _license[] SEC("license") = "GPL";

/* Set by a run */
__u64 ns;

/* A program that times turns of a loop. */
#define DEFINE_BENCH(name, value, find, turn)	\
SEC("tc")					\
int name(struct __sk_buff *skb)			\
{						\
	unsigned long flags __attribute__((unused)); \
	value *v = find;			\
	__u32 i;				\
	__u64 start;				\
						\
	if (!v)					\
		return 1;			\
	start = bpf_ktime_get_ns();		\
	for (i = 0; i < TURNS; i++) {		\
		barrier_var(i);			\
		turn;				\
	}					\
	ns = bpf_ktime_get_ns() - start;	\
	return 0;				\
}

DEFINE_BENCH(bare, struct locked, lookup_locked(), )
DEFINE_BENCH(spin, struct locked, lookup_locked(),
	     bpf_spin_lock(&v->lock); bpf_spin_unlock(&v->lock))
DEFINE_BENCH(res, struct guarded, lookup(0),
	     if (bpf_res_spin_lock(&v->lock)) return 1; bpf_res_spin_unlock(&v->lock))
DEFINE_BENCH(res_irqsave, struct guarded, lookup(0),
	     if (bpf_res_spin_lock_irqsave(&v->lock, &flags)) return 1;
	     bpf_res_spin_unlock_irqrestore(&v->lock, &flags))
