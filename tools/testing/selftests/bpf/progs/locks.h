/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __LOCKS_H
#define __LOCKS_H

/* A value with a lock, for programs that hold one. */

struct locked {
	struct bpf_spin_lock lock;
	int count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct locked);
} locks SEC(".maps");

static __always_inline struct locked *lookup_locked(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&locks, &key);
}

#endif
