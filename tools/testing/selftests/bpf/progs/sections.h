/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __SECTIONS_H
#define __SECTIONS_H

#include "effects.h"
#include "bpf_kfuncs.h"

/* The three kinds of sections, for macros that make a program of each. All have flags, which
 * only one needs.
 */
#define FLAGS unsigned long flags __attribute__((unused))

#define OPEN_rcu(flags) bpf_rcu_read_lock()
#define CLOSE_rcu(flags) bpf_rcu_read_unlock()
#define KFUNC_rcu "bpf_rcu_read_lock"
#define NAME_rcu "rcu_read_lock region"
#define UNMATCHED_rcu "unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)"
#define OUTER_rcu UNMATCHED_rcu

#define OPEN_preempt(flags) bpf_preempt_disable()
#define CLOSE_preempt(flags) bpf_preempt_enable()
#define KFUNC_preempt "bpf_preempt_disable"
#define NAME_preempt "non-preemptible region"
#define UNMATCHED_preempt "unmatched attempt to enable preemption (kernel function bpf_preempt_enable)"
#define OUTER_preempt UNMATCHED_preempt

#define OPEN_irq(flags) bpf_local_irq_save(flags)
#define CLOSE_irq(flags) bpf_local_irq_restore(flags)
#define KFUNC_irq "bpf_local_irq_save"
#define NAME_irq "IRQ-disabled region"
#define UNMATCHED_irq "expected an initialized irq flag as R1"
#define OUTER_irq "cannot restore irq state in a callback that was saved outside"

/* What the verifier has seen so far is kept here, for the other ways that lead here. */
#define STATE() asm volatile( \
	"r2 = 0; r3 = 0; r4 = 0; r5 = 0;" \
	"r2 = 0; r3 = 0; r4 = 0; r5 = 0;" \
	"goto +0; goto +0;" : : : "r2", "r3", "r4", "r5", "memory")

#endif
