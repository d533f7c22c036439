/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __MAY_GOTO_ARENA_H
#define __MAY_GOTO_ARENA_H

#include <bpf/bpf_arena_common.h>

#define MAX_NODES 2000

struct node {
	struct node __arena *left, *right;
	long value;
};

#endif
