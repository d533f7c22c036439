// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Stores of zeroes to an arena, written as anybody would */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_common.h>
#include "arena_zero.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 100); /* pages */
} arena SEC(".maps");

struct zero_node __arena nodes[ZERO_NODES];
__u32 count = ZERO_NODES;
const volatile __u32 clang = __clang_major__;

static __arena_stores void clear(struct zero_node __arena *n)
{
	n->next = NULL;
	n->value = 0;
	n->low = 0;
	n->high = 0;
}

SEC("syscall")
int clear_by_function(void *ctx)
{
	clear(&nodes[1]);
	return 0;
}

SEC("syscall") __arena_stores
int clear_by_loop(void *ctx)
{
	__u32 i;

	for (i = 2; i < ZERO_NODES && i < count; i++) {
		nodes[i].next = NULL;
		nodes[i].value = 0;
		nodes[i].low = nodes[i].high = 0;
	}
	return 0;
}

SEC("?syscall")
int clear_uncured(void *ctx)
{
	nodes[0].next = NULL;
	nodes[0].value = 0;
	return 0;
}
