/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#pragma once
#include "bpf_arena_alloc.h"
#include "bpf_arena_list.h"

/*
 * A hash table of numbers in an arena, with lists for buckets. A program updates it
 * and, as with the lists, has to be alone in that; both sides look things up.
 */
#define HTAB_BUCKETS 256

struct hashtab_elem {
	__u64 key;
	__u64 value;
	struct arena_list_node node;
};

struct htab {
	struct arena_list_head buckets[HTAB_BUCKETS];
	__u32 nr_elems;
};

static inline struct arena_list_head __arena *htab_bucket(struct htab __arena *htab, __u64 key)
{
	/* the fractional part of the golden ratio spreads keys in a row */
	return &htab->buckets[key * 0x9e3779b97f4a7c15ULL >> 56];
}

static inline struct hashtab_elem __arena *htab_find(struct htab __arena *htab, __u64 key)
{
	struct arena_list_head __arena *head = htab_bucket(htab, key);
	struct hashtab_elem __arena *e;

	list_for_each_entry(e, head, node)
		if (e->key == key)
			return e;
	return NULL;
}

/* The value of a key, 0 if there is none. */
__arena_func __u64 htab_lookup_elem(struct htab __arena *htab __arg_arena, __u64 key)
{
	struct hashtab_elem __arena *e = htab_find(htab, key);

	return e ? e->value : 0;
}

__arena_func int htab_update_elem(struct htab __arena *htab __arg_arena, __u64 key, __u64 value)
{
	struct hashtab_elem __arena *e = htab_find(htab, key);

	if (e) {
		WRITE_ONCE(e->value, value);
		return 0;
	}
	e = bpf_alloc(sizeof(*e));
	if (!e)
		return -12; /* ENOMEM */
	e->key = key;
	e->value = value;
	list_add_head(&e->node, htab_bucket(htab, key));
	htab->nr_elems++;
	return 0;
}
