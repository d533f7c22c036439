// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Data structures in an arena, walked to their end, wherever that is. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_malloc.h>
#include "bpf_may_goto.h"
#include "may_goto_arena.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 100); /* pages */
} arena SEC(".maps");

struct node __arena nodes[MAX_NODES];
struct node __arena *root;
unsigned int n;
long sum;

/* nodes[0] to nodes[n - 1] as a list; the last leads to the first if it is a circle. */
static void make_list(bool circle)
{
	unsigned int i;

	for (i = 0; i < n && can_loop; i++) {
		nodes[i].value = i;
		nodes[i].right = i + 1 < n ? &nodes[i + 1] : circle ? &nodes[0] : NULL;
	}
}

SEC("syscall")
int walk_list(void *ctx)
{
	struct node __arena *e;

	make_list(false);
	sum = 0;
	for (e = &nodes[0]; e && can_loop; e = e->right)
		sum += e->value;
	return 0;
}

SEC("syscall")
int walk_circle(void *ctx)
{
	struct node __arena *e;

	make_list(true);
	sum = 0;
	for (e = &nodes[0]; e && can_loop; e = e->right)
		sum++;
	return 0;
}

static void tree_insert(struct node __arena *new)
{
	struct node __arena *e = root;

	if (!e) {
		root = new;
		return;
	}
	while (can_loop) {
		if (new->value < e->value) {
			if (!e->left) {
				e->left = new;
				return;
			}
			e = e->left;
		} else {
			if (!e->right) {
				e->right = new;
				return;
			}
			e = e->right;
		}
	}
}

#define DEPTH 40

/* Values in any order, then a walk through the tree that finds them in order */
SEC("syscall") __arena_stores
int walk_tree(void *ctx)
{
	struct node __arena *stack[DEPTH], *e, *new;
	long last = -1, seed = 1;
	unsigned int i, depth = 0;

	root = NULL;
	for (i = 0; i < n && can_loop; i++) {
		seed = (seed * 1103515245 + 12345) & 0x7fffffff;
		new = &nodes[i];
		new->left = NULL;
		new->right = NULL;
		new->value = seed;
		tree_insert(new);
	}
	sum = 0;
	e = root;
	while (can_loop) {
		if (e) {
			if (depth >= DEPTH)
				return 1;
			stack[depth++] = e;
			e = e->left;
			continue;
		}
		if (!depth || depth > DEPTH)
			break;
		e = stack[--depth];
		if (e->value < last)
			return 2;
		last = e->value;
		sum++;
		e = e->right;
	}
	return 0;
}

static struct node __arena *push(struct arena_pool __arena *heap, struct node __arena *list,
				 long value)
{
	struct node __arena *new = arena_malloc(heap, sizeof(*new));

	if (!new)
		return list;
	new->value = value;
	new->right = list;
	return new;
}

/* Allocate n nodes, and 100 more; walk them; free them. */
SEC("syscall")
int malloc_list(void *ctx)
{
	struct node __arena *list = NULL, *e;
	struct arena_pool __arena *heap;
	unsigned int i;

	heap = arena_pool_create(&arena, 50);
	if (!heap)
		return 1;
	for (i = 0; i < n && can_loop; i++)
		list = push(heap, list, 1);
	for (i = 0; i < 100 && can_loop; i++)
		list = push(heap, list, 1000);
	sum = 0;
	for (e = list; e && can_loop; e = e->right)
		sum += e->value;
	while (list && can_loop) {
		e = list;
		list = e->right;
		arena_free(heap, e);
	}
	for (i = 0; i < heap->nr_blocks && can_loop; i++)
		if (heap->blocks[i].used || heap->blocks[i].last)
			return 2;
	return heap->bad_frees ? 3 : 0;
}
