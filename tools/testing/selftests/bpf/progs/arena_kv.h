/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_KV_H
#define __ARENA_KV_H

#include <bpf/bpf_arena_malloc.h>

#define KV_BUCKETS	256
#define KV_CHAIN	16	/* elements of a bucket, at most */
#define KV_MAGIC	0x564b	/* the Ethernet type "KV" */

struct kv_elem {
	struct kv_elem __arena *next;
	__u64 key;
	__u64 value;
};

struct kv_store {
	struct kv_elem __arena *buckets[KV_BUCKETS];
	__u64 hits;
	__u64 misses;
};

/* What follows the Ethernet header of a question, and of its answer */
struct kv_packet {
	__u64 key;
	__u64 value;
};

static inline __u32 kv_hash(__u64 key)
{
	return key * 0x9e3779b97f4a7c15ULL >> 56;
}

#endif
