// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Pairs of programs that differ in one call of a helper: what does the verifier make of it? */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_common.h>

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1000); /* pages */
} arena SEC(".maps");

#include "bpf_arena_htab.h"

struct elem {
	struct arena_list_node node;
	__u64 value;
};

struct arena_list_head __arena list;
struct htab __arena htab;
struct arena_pool __arena * __arena heap;
void __arena * __arena mem;
__u64 key, size, result;

#define COST(name, call)							\
SEC("syscall") int name##_once(void *ctx) { call; return 0; }			\
SEC("syscall") int name##_twice(void *ctx) { call; call; return 0; }

/* The arena has to be named, and the list be there. */
SEC("syscall") int nothing(void *ctx) { list.first = NULL; return 0; }

static __always_inline void walk(void)
{
	struct elem __arena *e;

	list_for_each_entry(e, &list, node)
		result += e->value;
}

COST(create, heap = arena_pool_create(&arena, 64))
COST(malloc, mem = arena_malloc(heap, size))
COST(free, arena_free(heap, mem))
COST(alloc_init, result += bpf_alloc_init())
COST(alloc, mem = bpf_alloc(size))
COST(alloc_free, bpf_free(mem))
COST(list_add, list_add_head(mem, &list))
COST(list_del, list_del(mem))
COST(list_walk, walk())
COST(htab_update, result += htab_update_elem(&htab, key, size))
COST(htab_lookup, result += htab_lookup_elem(&htab, key))

/* All of it, in one program */
SEC("syscall")
int use_all(void *ctx)
{
	struct elem __arena *e;

	if (bpf_alloc_init())
		return 1;
	e = bpf_alloc(sizeof(*e));
	if (!e)
		return 2;
	e->value = 5;
	list_add_head(&e->node, &list);
	walk();
	list_del(&e->node);
	bpf_free(e);
	if (htab_update_elem(&htab, 1, result))
		return 3;
	return htab_lookup_elem(&htab, 1) == 5 ? 0 : 4;
}
