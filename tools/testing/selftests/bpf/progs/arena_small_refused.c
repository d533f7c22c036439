// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* More variables than there is room in the arena. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_common.h>

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* page */
} arena SEC(".maps");

char __arena variable[PAGE_SIZE + 1];

SEC("syscall")
int read_variable(void *ctx)
{
	return variable[PAGE_SIZE];
}
