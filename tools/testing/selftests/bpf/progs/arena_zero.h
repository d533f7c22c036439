/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_ZERO_H
#define __ARENA_ZERO_H

#include <bpf/bpf_arena_common.h>

#define ZERO_NODES 10

struct zero_node {
	struct zero_node __arena *next;
	__u64 value;
	__u32 low;
	__u32 high;
};

#endif
