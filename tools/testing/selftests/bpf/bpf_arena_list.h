/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#pragma once
#include <bpf/bpf_arena_common.h>

/*
 * A doubly linked list like the kernel's hlist, in an arena. There is no lock: who
 * changes it has to be alone. One may walk it while an element is added.
 */
struct arena_list_node {
	struct arena_list_node __arena *next;
	struct arena_list_node __arena * __arena *pprev;
};

struct arena_list_head {
	struct arena_list_node __arena *first;
};

/*
 * A program has to come to an end, even if what it walks is a circle: by the limit that
 * may_goto loops have, or after ARENA_LIST_MAX elements, each of which the verifier follows.
 */
#ifndef __bpf__
#define __list_may_go_on(n) 1
#elif __has_include("bpf_may_goto.h")
#include "bpf_may_goto.h"
#define __list_may_go_on(n) ((void)(n), can_loop)
#else
#ifndef ARENA_LIST_MAX
#define ARENA_LIST_MAX 1000
#endif
#define __list_may_go_on(n) ((n) < ARENA_LIST_MAX)
#endif

#define __list_entry(node, type, member)					\
	((node) ? arena_container_of(node, type, member) : NULL)

/* pos is a pointer to an element that has the member; it may not be freed here. */
#define list_for_each_entry(pos, head, member)					\
	for (__u32 ___n = (pos = __list_entry((head)->first, typeof(*pos), member), 0);\
	     __list_may_go_on(___n) && pos;					\
	     ___n++, pos = __list_entry(pos->member.next, typeof(*pos), member))

static inline void list_add_head(struct arena_list_node __arena *n,
				 struct arena_list_head __arena *h)
{
	struct arena_list_node __arena *first = h->first;

	n->next = first;
	n->pprev = &h->first;
	if (first)
		first->pprev = &n->next;
	/* the node is complete before it can be found */
	__sync_lock_test_and_set((__u64 __arena *)&h->first, (__u64)n);
}

static inline void list_del(struct arena_list_node __arena *n)
{
	struct arena_list_node __arena *next = n->next;
	struct arena_list_node __arena * __arena *pprev = n->pprev;

	WRITE_ONCE(*pprev, next);
	if (next)
		next->pprev = pprev;
	WRITE_ONCE(n->next, NULL);
	WRITE_ONCE(n->pprev, NULL);
}
