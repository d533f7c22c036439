/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __RES_LOCK_H
#define __RES_LOCK_H

#ifdef __bpf__
#include "effects.h"
#include "bpf_kfuncs.h"
#endif

#define NR_LOCKS 48
#define TURNS 1000 /* of a benchmark */

/* What a task asks for, see res_lock_circle.c and res_lock_stress.c */
struct locker {
	__u32 mine;
	__u32 next;
	__u32 members;	/* of the circle */
	__u32 others;	/* to ask first */
	int err;
};

/* How often a lock was asked for in a context, and what came of it */
struct counts {
	__u64 asked;
	__u64 taken;
	__u64 deadlocks;
	__u64 timeouts;
	__u64 strange;
};

#ifdef __bpf__
struct guarded {
	struct bpf_res_spin_lock lock;
	int count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_LOCKS);
	__type(key, __u32);
	__type(value, struct guarded);
} guarded SEC(".maps");

static __always_inline struct guarded *lookup(__u32 key)
{
	return bpf_map_lookup_elem(&guarded, &key);
}

/* Of the only value of a map each */
#define GLOBAL_LOCK(name) struct bpf_res_spin_lock name __hidden SEC(".data." #name)
#endif

#endif
