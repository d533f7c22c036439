// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A few locks, asked for in any order by tasks and by what interrupts them. */
#include <asm-generic/errno.h>
#include "res_lock.h"
#include "contexts.h"

char _license[] SEC("license") = "GPL";

#define NR_STRESSED 3

struct counts counts[NR_LEVELS];

/* How often each was taken, counted with no lock */
__u64 taken[NR_STRESSED];

static __always_inline int count(struct counts *c, __u32 i, int err)
{
	__sync_fetch_and_add(&c->asked, 1);
	if (!err) {
		__sync_fetch_and_add(&c->taken, 1);
		if (i < NR_STRESSED)
			__sync_fetch_and_add(&taken[i], 1);
	} else if (err == -EDEADLK) {
		__sync_fetch_and_add(&c->deadlocks, 1);
	} else if (err == -ETIMEDOUT) {
		__sync_fetch_and_add(&c->timeouts, 1);
	} else {
		__sync_fetch_and_add(&c->strange, 1);
	}
	return err;
}

/* Not atomic, and slow */
static __always_inline void change(struct guarded *v)
{
	int i, old = *(volatile int *)&v->count;

	bpf_for(i, 0, 20)
		asm volatile("" : "+r"(old));
	v->count = old + 1;
}

static __always_inline void take_both(struct counts *c, __u32 i, __u32 j)
{
	struct guarded *v = lookup(i), *w = lookup(j);

	if (!v || !w || count(c, i, bpf_res_spin_lock(&v->lock)))
		return;
	change(v);
	if (!count(c, j, bpf_res_spin_lock(&w->lock))) {
		change(w);
		bpf_res_spin_unlock(&w->lock);
	}
	bpf_res_spin_unlock(&v->lock);
}

static __always_inline void take_both_irqsave(struct counts *c, __u32 i, __u32 j)
{
	struct guarded *v = lookup(i), *w = lookup(j);
	unsigned long flags, more;

	if (!v || !w || count(c, i, bpf_res_spin_lock_irqsave(&v->lock, &flags)))
		return;
	change(v);
	if (!count(c, j, bpf_res_spin_lock_irqsave(&w->lock, &more))) {
		change(w);
		bpf_res_spin_unlock_irqrestore(&w->lock, &more);
	}
	bpf_res_spin_unlock_irqrestore(&v->lock, &flags);
}

SEC("syscall")
int take(struct locker *locker)
{
	__u32 mine = locker->mine, next = locker->next;

	if (bpf_get_prandom_u32() % 4)
		take_both(&counts[TASK], mine, next);
	else
		take_both_irqsave(&counts[TASK], mine, next);
	return 0;
}

static __always_inline void run_in_context(void *ctx)
{
	__u32 i = bpf_get_prandom_u32() % NR_STRESSED, j = bpf_get_prandom_u32() % NR_STRESSED;
	__u32 level = context_level();

	if (level < NR_LEVELS)
		take_both(&counts[level], i, j);
}
