/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __CONTEXT_HELPERS_H
#define __CONTEXT_HELPERS_H

/* For tests of programs that run in every kind of context, see progs/contexts.h. */

#include "modern_helpers.h"
#include "progs/contexts.h"

#define MIN_NMIS 20

static const char * const level_names[] = { "task", "softirq", "hardirq", "NMI" };

/* Backtraces of all CPUs are taken in NMI. */
static inline int request_nmis(void)
{
	return write_text("/proc/sysrq-trigger", "l");
}

/* Keep them off the console; old has room for 64 bytes, for console_restore(). */
static inline int console_silence(char *old)
{
	return read_text("/proc/sys/kernel/printk", old, 64) ?:
	       write_text("/proc/sys/kernel/printk", "1");
}

static inline int console_restore(const char *old)
{
	return write_text("/proc/sys/kernel/printk", old);
}

#endif
