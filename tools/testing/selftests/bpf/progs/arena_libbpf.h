/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_LIBBPF_H
#define __ARENA_LIBBPF_H

#include <bpf/bpf_arena_common.h>

struct pair {
	struct pair __arena *other;
	__u64 value;
};

#endif
