// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs of many types, all of which may have sections. */
#include "sections.h"

char _license[] SEC("license") = "GPL";

#define PROGRAM(section, name)						\
SEC(section)								\
int name(void *ctx)							\
{									\
	unsigned long flags;						\
									\
	bpf_rcu_read_lock();						\
	bpf_preempt_disable();						\
	bpf_local_irq_save(&flags);					\
	bpf_local_irq_restore(&flags);					\
	bpf_preempt_enable();						\
	bpf_rcu_read_unlock();						\
	return 0;							\
}

#include "program_types.h"
PROGRAM("lsm.s/bpf", in_lsm_sleepable)
