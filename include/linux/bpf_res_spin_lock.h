/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _LINUX_BPF_RES_SPIN_LOCK_H
#define _LINUX_BPF_RES_SPIN_LOCK_H

#include <linux/types.h>

/**
 * struct bpf_res_spin_lock - a spin lock that gives up instead of waiting for ever
 * @val: the owner and the queue, see kernel/bpf/res_spin_lock.c; 0 if it is free
 *
 * The name by which programs take it from vmlinux.h.
 */
struct bpf_res_spin_lock {
	u32 val;
};

#endif /* _LINUX_BPF_RES_SPIN_LOCK_H */
