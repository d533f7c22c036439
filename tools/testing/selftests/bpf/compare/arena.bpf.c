// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Data structures in an arena. */
#include "compare.h"
#include "bpf_arena_common.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1000);	/* pages */
} arena SEC(".maps");

struct elem {
	struct elem __arena *next;
	__u64 key, value;
};

struct tree {
	struct tree __arena *child[2];
	__u64 key, count;
};

struct graph_node {
	__u32 degree, seen;
	__u32 edge[8];
};

#define BUCKETS	1024
#define NODES	512

struct elem __arena * __arena buckets[BUCKETS];
struct elem __arena * __arena list;
struct tree __arena * __arena root;
struct graph_node __arena nodes[NODES];
__u32 __arena queue[NODES];
__u64 __arena bits[256];
__u64 key, found;
__u32 nr;

/* The sum of a list that user space has built */
SEC("syscall")
int list_sum(void *ctx)
{
	struct elem __arena *e;
	__u64 sum = 0;

	for (e = list; e && can_loop; e = e->next)
		sum += e->value;
	found = sum;
	return 0;
}

/* Turn the list round. */
SEC("syscall")
int list_reverse(void *ctx)
{
	struct elem __arena *e = list, *next, *prev = NULL;

	while (e && can_loop) {
		next = e->next;
		e->next = prev;
		prev = e;
		e = next;
	}
	list = prev;
	return 0;
}

/* Insert where the order says, in a list that is sorted. */
SEC("syscall")
int list_insert_sorted(void *ctx)
{
	struct elem __arena *new = bpf_arena_alloc_pages(&arena, NULL, 1, NUMA_NO_NODE, 0);
	struct elem __arena * __arena *link = &list;

	if (!new)
		return 1;
	new->key = key;
	while (*link && (*link)->key < key && can_loop)
		link = &(*link)->next;
	new->next = *link;
	*link = new;
	return 0;
}

/* Look a flow up in a hash table. */
SEC("tc")
int table_lookup(struct __sk_buff *skb)
{
	__u64 k = (__u64)skb->hash << 32 | skb->mark;
	struct elem __arena *e;

	for (e = buckets[k * 0x9e3779b97f4a7c15ULL >> 54]; e && can_loop; e = e->next)
		if (e->key == k) {
			e->value += skb->len;
			return TC_ACT_OK;
		}
	return TC_ACT_SHOT;
}

/* Count all elements of a hash table. */
SEC("syscall")
int table_count(void *ctx)
{
	struct elem __arena *e;
	__u32 i, n = 0;

	for (i = 0; i < BUCKETS && can_loop; i++)
		for (e = buckets[i]; e && can_loop; e = e->next)
			n++;
	return n;
}

/* Find or insert in a binary tree. */
SEC("syscall")
int tree_insert(void *ctx)
{
	struct tree __arena *t, * __arena *slot = &root;

	while ((t = *slot) && can_loop) {
		if (t->key == key) {
			t->count++;
			return 0;
		}
		slot = &t->child[key > t->key];
	}
	t = bpf_arena_alloc_pages(&arena, NULL, 1, NUMA_NO_NODE, 0);
	if (!t)
		return 1;
	t->key = key;
	t->count = 1;
	*slot = t;
	return 0;
}

/* Walk the tree in order, with a stack of one's own. */
SEC("syscall")
int tree_walk(void *ctx)
{
	struct tree __arena *stack[32], *t = root;
	__u32 depth = 0;
	__u64 sum = 0;

	while (can_loop) {
		if (t) {
			if (depth >= 32)
				break;
			stack[depth++] = t;
			t = t->child[0];
			continue;
		}
		if (!depth)
			break;
		t = stack[--depth & 31];
		sum += t->count;
		t = t->child[1];
	}
	found = sum;
	return 0;
}

/* What can be reached from a node? A queue in the arena */
SEC("syscall")
int graph_reach(void *ctx)
{
	__u32 head = 0, tail = 0, i, n;

	queue[tail++] = 0;
	nodes[0].seen = 1;
	while (head < tail && can_loop) {
		struct graph_node __arena *g = &nodes[queue[head++ % NODES] % NODES];

		for (i = 0; i < g->degree && i < 8 && can_loop; i++) {
			n = g->edge[i] % NODES;
			if (nodes[n].seen)
				continue;
			nodes[n].seen = 1;
			queue[tail++ % NODES] = n;
		}
	}
	return tail;
}

/* The first bit that is not set, of 16384: an allocator of ids */
SEC("syscall")
int bitmap_alloc(void *ctx)
{
	__u32 i, bit;

	for (i = 0; i < 256 && can_loop; i++) {
		__u64 word = bits[i];

		if (!~word)
			continue;
		for (bit = 0; bit < 64 && word >> bit & 1 && can_loop; bit++)
			;
		bits[i] = word | 1ULL << bit;
		return i * 64 + bit;
	}
	return -1;
}

static long insert_one(__u32 i, void __arena **pages)
{
	struct elem __arena *e = *pages + i * sizeof(*e);

	e->key = i;
	e->next = list;
	list = e;
	return 0;
}

/* Fill a list from a callback; what it gets is a pointer to a pointer. */
SEC("syscall")
int list_fill(void *ctx)
{
	void __arena *pages = bpf_arena_alloc_pages(&arena, NULL, 8, NUMA_NO_NODE, 0);

	if (pages)
		bpf_loop(1000, insert_one, &pages, 0);
	return 0;
}
