// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Global variables in an arena, of each kind that libbpf has to deal with. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_libbpf.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 100); /* pages */
} arena SEC(".maps");

int __arena seven = 7;
__u64 __arena zero;
struct pair __arena first = { NULL, 1 };
static struct pair __arena hidden = { &first, 2 };
struct pair __arena * __arena ptr = &hidden;
struct pair __arena * __arena array[3] = { &first, NULL, &hidden };
/* more than a page of variables */
char __arena text[5000] = "text";

__u64 sum;
__u64 allocated;

SEC("syscall")
int read_vars(void *ctx)
{
	sum = seven + 10 * ptr->value + 100 * ptr->other->value + 1000 * array[2]->value;
	return text[0] != 't' || text[4999];
}

SEC("syscall")
int write_vars(void *ctx)
{
	zero = 0xdeadbeef;
	hidden.value = 22;
	text[4999] = 'x';
	ptr = &first;
	return 0;
}

SEC("syscall")
int alloc_page(void *ctx)
{
	allocated = (__u64)bpf_arena_alloc_pages(&arena, NULL, 1, NUMA_NO_NODE, 0);
	return !allocated;
}

SEC("syscall")
int no_arena(void *ctx)
{
	return 0;
}
