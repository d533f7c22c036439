// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Maps for the programs that prog_tests/sleep_fact.c puts together */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "timers.h"

char _license[] SEC("license") = "GPL";

/* Set behind each call */
__u64 reached;

struct locked {
	struct bpf_spin_lock lock;
	__u64 words[8];
};

#define MAP(name, map_type, entries, key_type, value_type)	\
struct {							\
	__uint(type, BPF_MAP_TYPE_##map_type);			\
	__uint(max_entries, entries);				\
	__type(key, key_type);					\
	__type(value, value_type);				\
} name SEC(".maps")

#define STORAGE(name, map_type)					\
struct {							\
	__uint(type, BPF_MAP_TYPE_##map_type);			\
	__uint(map_flags, BPF_F_NO_PREALLOC);			\
	__type(key, int);					\
	__type(value, __u64);					\
} name SEC(".maps")

MAP(hash, HASH, 4, __u32, __u64[8]);
MAP(array, ARRAY, 4, __u32, __u64[8]);
MAP(locks, ARRAY, 1, __u32, struct locked);
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, __u64);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 4);
	__type(value, __u64);
} bloom SEC(".maps");

MAP(stacks, STACK_TRACE, 4, __u32, __u64[16]);
MAP(events, PERF_EVENT_ARRAY, 8, __u32, __u32);
MAP(cgroups, CGROUP_ARRAY, 1, __u32, __u32);
MAP(progs, PROG_ARRAY, 1, __u32, __u32);
MAP(devices, DEVMAP, 1, __u32, __u32);
MAP(sockets, SOCKHASH, 1, __u64, __u64);
STORAGE(task_storage, TASK_STORAGE);
STORAGE(sk_storage, SK_STORAGE);
STORAGE(inode_storage, INODE_STORAGE);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
} arena SEC(".maps");

SEC("syscall")
int touch(void *ctx)
{
	reached = 1;
	return 0;
}
