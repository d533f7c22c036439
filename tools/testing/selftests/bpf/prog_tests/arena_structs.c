// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "test_progs.h"
#include "progs/arena_structs.h"
#include "arena_structs.skel.h"

#define COUNT 500

static int run(struct bpf_program *prog, const char *name)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), name) &&
	       ASSERT_EQ(opts.retval, 0, name);
}

static void check_list(struct structs *s)
{
	__u32 n = 0, wrong = 0;
	struct list_elem *e;

	list_for_each_entry(e, &s->list, node) {
		n++;
		wrong += e->value != COUNT - n;
	}
	ASSERT_EQ(n, COUNT, "elements of the list");
	ASSERT_EQ(wrong, 0, "wrong elements of the list");
}

static void check_htab(struct structs *s)
{
	__u32 i, wrong = 0;

	for (i = 0; i < COUNT; i++)
		wrong += htab_lookup_elem(&s->htab, i) != 2 * i;
	ASSERT_EQ(s->htab.nr_elems, COUNT, "elements of the hash table");
	ASSERT_EQ(wrong, 0, "wrong elements of the hash table");
	ASSERT_EQ(htab_lookup_elem(&s->htab, COUNT), 0, "key that never was");
}

/* The number of elements, which are in the order of their keys from left to right. */
static __u32 walk_tree(const struct tree_elem *e, __u64 *last, __u32 *wrong)
{
	__u32 n;

	if (!e)
		return 0;
	n = walk_tree(e->child[0], last, wrong);
	*wrong += e->key <= *last;
	*last = e->key;
	return n + 1 + walk_tree(e->child[1], last, wrong);
}

static void check_tree(struct structs *s)
{
	__u64 last = 0;
	__u32 wrong = 0;
	__u32 n;

	/* the first key is 0 and is not greater than that */
	n = walk_tree(s->root, &last, &wrong);
	ASSERT_EQ(n, COUNT, "elements of the tree");
	ASSERT_EQ(wrong, 1, "elements not above the one before");
}

void test_arena_structs(void)
{
	struct arena_structs *skel = arena_structs__open();
	struct structs *s;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	skel->bss->count = COUNT;
	if (!ASSERT_OK(arena_structs__load(skel), "load"))
		goto out;
	s = &skel->arena->structs;
	if (!run(skel->progs.build, "build") ||
	    !ASSERT_EQ(s->errors, 0, "errors of the program"))
		goto out;
	check_list(s);
	check_htab(s);
	check_tree(s);
	run(skel->progs.drop_list, "drop the list");
	ASSERT_NULL(s->list.first, "list when dropped");
	check_htab(s);
out:
	arena_structs__destroy(skel);
}
