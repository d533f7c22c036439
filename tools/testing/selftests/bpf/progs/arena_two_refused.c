// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Two arenas in one object. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

struct arena_def {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* page */
};

struct arena_def arena1 SEC(".maps");
struct arena_def arena2 SEC(".maps");

SEC("syscall")
int no_arena(void *ctx)
{
	return 0;
}
