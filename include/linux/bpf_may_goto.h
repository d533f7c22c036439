/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _LINUX_BPF_MAY_GOTO_H
#define _LINUX_BPF_MAY_GOTO_H

#include <linux/linkage.h>
#include <linux/types.h>

/* How often a timed may_goto goes on until the clock is looked at again */
#define BPF_MAX_TIMED_LOOPS	0xffff

/**
 * struct bpf_timed_may_goto - what limits the loops of a stack frame by time
 * @count: how often they may still go on before bpf_check_timed_may_goto()
 * @timestamp: when their time began, 0: not yet
 *
 * Two slots at the end of the frame. A program fills them when it enters the frame
 * and counts down itself.
 */
struct bpf_timed_may_goto {
	u64 count;
	u64 timestamp;
};

bool bpf_jit_supports_timed_may_goto(void);
u64 arch_bpf_timed_may_goto(void);
asmlinkage u64 bpf_check_timed_may_goto(struct bpf_timed_may_goto *limit);

#endif /* _LINUX_BPF_MAY_GOTO_H */
