/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __MAY_GOTO_HELPERS_H
#define __MAY_GOTO_HELPERS_H

#include <stdbool.h>
#include <stdio.h>

/* How often the loops of a call go round without a clock, */
#define MAX_LOOPS 8388608
/* and with one until it is looked at, which begins their time, and from then on again. */
#define MAX_TIMED_LOOPS 0xffff

struct sysctl {
	char path[64];
	int old;
};

static inline int sysctl_write(const char *path, int value)
{
	FILE *f = fopen(path, "w");
	int err;

	if (!f)
		return -1;
	err = fprintf(f, "%d\n", value) < 0;
	return fclose(f) || err ? -1 : 0;
}

static inline int sysctl_read(const char *path)
{
	FILE *f = fopen(path, "r");
	int value = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%d", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

static inline int sysctl_set(struct sysctl *s, const char *name, int value)
{
	snprintf(s->path, sizeof(s->path), "/proc/sys/%s", name);
	s->old = sysctl_read(s->path);
	return s->old < 0 ? -1 : sysctl_write(s->path, value);
}

static inline void sysctl_restore(const struct sysctl *s)
{
	sysctl_write(s->path, s->old);
}

/* Do programs get longer, because their constants are hidden? */
static inline bool may_goto_hardened(void)
{
	return sysctl_read("/proc/sys/net/core/bpf_jit_harden") == 2;
}

/* Does the kernel end loops by time? */
static inline bool may_goto_is_timed(void)
{
#ifdef __x86_64__
	return sysctl_read("/proc/sys/net/core/bpf_jit_enable") != 0;
#else
	return false;
#endif
}

/* Can calls that loop until they are ended have gone round that often, together? */
static inline bool may_goto_ended(long count, int calls)
{
	if (!may_goto_is_timed())
		return count == (long)calls * MAX_LOOPS;
	return count % MAX_TIMED_LOOPS == 0 && count >= 2L * calls * MAX_TIMED_LOOPS;
}

#endif
