/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ACCEL_H
#define __ACCEL_H

#include <bpf/bpf_arena_malloc.h>

#define PORT	7777	/* UDP */
#define BUCKETS	1024	/* a power of 2 */

enum { FROM_CLIENT, FROM_SERVER, FROM_DRIVER };

/* What is in a packet: a question, which its answer overwrites */
struct message {
	__u64 key;
	__u64 value;
	__u32 from;
	__u32 reserved;
};

struct elem {
	struct elem __arena *next;
	__u64 key;
	__u64 value;
};

struct store {
	struct elem __arena *buckets[BUCKETS];
	__u64 hits;
	__u64 misses;
};

#define BUCKET(store, key) (&(store)->buckets[(key) & (BUCKETS - 1)])

#endif
