// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Runs the program of progs/arena_structs.c, which builds a list, a hash table and
 * a tree in an arena, and walks them by the pointers that the program has stored.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "progs/arena_structs.h"
#include "arena_structs.skel.h"

#define COUNT 10

static void show_list(const struct structs *s)
{
	struct list_elem *e;

	printf("list:");
	list_for_each_entry(e, &s->list, node)
		printf(" %p=%llu", (void *)e, e->value);
	printf("\n");
}

static void show_htab(struct structs *s)
{
	int i;

	printf("hash table:");
	for (i = 0; i < COUNT; i++)
		printf(" [%d]=%llu", i, htab_lookup_elem(&s->htab, i));
	printf("\n");
}

static void show_tree(const struct tree_elem *e)
{
	if (!e)
		return;
	show_tree(e->child[0]);
	printf(" %llu", e->key);
	show_tree(e->child[1]);
}

int main(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct arena_structs *skel = arena_structs__open();
	int err = -1;

	if (!skel)
		goto out;
	skel->bss->count = COUNT;
	err = arena_structs__load(skel);
	if (err)
		goto out;
	err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.build), &opts);
	if (err || opts.retval)
		goto out;
	show_list(&skel->arena->structs);
	show_htab(&skel->arena->structs);
	printf("tree:");
	show_tree(skel->arena->structs.root);
	printf("\n");
out:
	if (err || opts.retval)
		fprintf(stderr, "arena_demo: %s\n", strerror(errno));
	arena_structs__destroy(skel);
	return err || opts.retval;
}
