/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_STRUCTS_H
#define __ARENA_STRUCTS_H

#include "bpf_arena_htab.h"

#define TREE_DEPTH 64

struct list_elem {
	__u64 value;
	struct arena_list_node node;
};

struct tree_elem {
	__u64 key;
	struct tree_elem __arena *child[2];
};

struct structs {
	struct arena_list_head list;
	struct htab htab;
	struct tree_elem __arena *root;
	__u64 errors;
};

/* Keys in no order that a tree would suffer from. */
static inline __u64 tree_key(__u32 i)
{
	return i * 0x9e3779b1U;
}

#endif
