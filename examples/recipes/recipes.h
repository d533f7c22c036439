/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __RECIPES_H
#define __RECIPES_H

#include <bpf/bpf_arena_common.h>

#define SLOTS	64	/* a power of 2 */

/*
 * In round n of the ring, a slot is free while its turn is 2 * n, and has a value while it
 * is 2 * n + 1. So all may begin as zeroes.
 */
struct slot {
	__u64 turn;
	__u64 value;
};

struct ring {
	__u64 head;	/* where programs put the next value */
	__u64 lost;	/* values for which there was no room */
	struct slot slots[SLOTS];
};

struct sum {
	__u32 lock;
	__u32 skipped;	/* those who did not get the lock */
	__u64 count;
	__u64 total;
};

#define NR_VALUES	5000

struct sample {
	__u32 len;	/* of the text, of which TEXT_MAX bytes are looked at */
	char text[];
};

#define TEXT_MAX	256

#endif
