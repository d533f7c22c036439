// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Iterators over maps whose values have what may not just be written to. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

struct timed {
	long before;
	struct bpf_timer timer;
	long behind;
};

struct locked {
	struct bpf_spin_lock lock;
	int count;
};

#define MAP(name, map_type, entries, flags, value_type)	\
struct {						\
	__uint(type, map_type);				\
	__uint(max_entries, entries);			\
	__uint(map_flags, flags);			\
	__type(key, __u32);				\
	__type(value, value_type);			\
} name SEC(".maps")

MAP(timed_hash, BPF_MAP_TYPE_HASH, 4, 0, struct timed);
MAP(timed_lru, BPF_MAP_TYPE_LRU_HASH, 4, 0, struct timed);
MAP(timed_array, BPF_MAP_TYPE_ARRAY, 4, 0, struct timed);
MAP(locked_array, BPF_MAP_TYPE_ARRAY, 4, 0, struct locked);
MAP(locked_storage, BPF_MAP_TYPE_SK_STORAGE, 0, BPF_F_NO_PREALLOC, struct locked);
MAP(plain_array, BPF_MAP_TYPE_ARRAY, 4, 0, struct { char bytes[32]; });

MAP(rdonly_array, BPF_MAP_TYPE_ARRAY, 4, BPF_F_RDONLY_PROG, struct { char bytes[32]; });

long read;

__weak __attribute__((noinline)) int fill(long *p)
{
	if (p)
		*p = 1;
	return 0;
}

#define ITER(section, name, context, body)	\
SEC("iter" section)				\
int name(struct context *ctx)			\
{						\
	char *v = ctx->value;			\
						\
	if (v) {				\
		body;				\
	}					\
	return 0;				\
}

#define STORE(off) *(volatile int *)(v + (off)) = 1

#define ELEM(name, body) ITER("/bpf_map_elem", name, bpf_iter__bpf_map_elem, body)
#define SK(name, body) ITER("/bpf_sk_storage_map", name, bpf_iter__bpf_sk_storage_map, body)

ELEM(reads, read = *(volatile long *)v + *(volatile int *)(v + 24))
ELEM(writes_first, STORE(0))
ELEM(writes_before, STORE(4))
ELEM(writes_timer, STORE(8))
ELEM(writes_timer_end, STORE(20))
ELEM(writes_behind, STORE(24))
ELEM(writes_both_sides, STORE(0); STORE(24))
ELEM(writes_by_helper, bpf_probe_read_kernel(v + 4, 8, ctx))
ELEM(writes_by_global, fill((long *)(v + 8)))
ELEM(writes_far, STORE(1 << 20))
ITER(".s/bpf_map_elem", sleeps, bpf_iter__bpf_map_elem, STORE(0))
SK(sk_reads, read = *(volatile int *)v)
SK(sk_writes_lock, STORE(0))
SK(sk_writes_count, STORE(4))
SK(sk_writes_far, STORE(1 << 20))
