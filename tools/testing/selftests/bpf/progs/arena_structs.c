// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * The program builds a list, a hash table and a tree in the arena. User space
 * follows the very same pointers.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_common.h>

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1000); /* pages */
} arena SEC(".maps");

#include "arena_structs.h"

struct structs __arena structs;
__u32 count;

static long add_to_list(__u32 i, void *ctx)
{
	struct list_elem __arena *e = bpf_alloc(sizeof(*e));

	if (!e)
		return 1;
	e->value = i;
	list_add_head(&e->node, &structs.list);
	return 0;
}

static long add_to_htab(__u32 i, void *ctx)
{
	return htab_update_elem(&structs.htab, i, 2 * i) != 0;
}

/* Where in the tree the element with this key is or should be, NULL if too deep. */
static struct tree_elem __arena * __arena *tree_slot(__u64 key)
{
	struct tree_elem __arena * __arena *slot = &structs.root;
	struct tree_elem __arena *e;
	int i;

	for (i = 0; i < TREE_DEPTH; i++) {
		e = *slot;
		if (!e || e->key == key)
			return slot;
		slot = &e->child[key > e->key];
	}
	return NULL;
}

static __arena_stores long add_to_tree(__u32 i, void *ctx)
{
	struct tree_elem __arena * __arena *slot = tree_slot(tree_key(i));
	struct tree_elem __arena *e;

	if (!slot || *slot)
		return 1;
	e = bpf_alloc(sizeof(*e));
	if (!e)
		return 1;
	e->key = tree_key(i);
	e->child[0] = NULL;
	e->child[1] = NULL;
	*slot = e;
	return 0;
}

SEC("syscall")
int build(void *ctx)
{
	if (bpf_alloc_init())
		return 1;
	/* a loop that ends early has called one more than it should */
	structs.errors += bpf_loop(count, add_to_list, NULL, 0) != count;
	structs.errors += bpf_loop(count, add_to_htab, NULL, 0) != count;
	structs.errors += bpf_loop(count, add_to_tree, NULL, 0) != count;
	return 0;
}

/* Take every element out of the list again. */
static long drop_from_list(__u32 i, void *ctx)
{
	struct arena_list_node __arena *node = structs.list.first;

	if (!node)
		return 1;
	list_del(node);
	bpf_free(arena_container_of(node, struct list_elem __arena, node));
	return 0;
}

SEC("syscall")
int drop_list(void *ctx)
{
	return bpf_loop(count, drop_from_list, NULL, 0) != count || structs.list.first;
}
