/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_OPS_HELPERS_H
#define __ARENA_OPS_HELPERS_H

#include "arena_test_helpers.h"
#include "arena_ops.skel.h"

/* An arena with the programs of arena_ops.c, and mapped. */
struct arena {
	struct arena_ops *skel;
	int fd;
	char *mem;
	__u64 addr;
	__u32 pages;
};

static inline void arena_close(struct arena *a)
{
	if (a->mem)
		munmap(a->mem, a->pages * ARENA_PAGE);
	if (a->fd >= 0)
		close(a->fd);
	arena_ops__destroy(a->skel);
}

static inline bool arena_open(struct arena *a, __u32 pages, __u64 addr)
{
	*a = (struct arena) { .fd = arena_create_at(pages, 0, addr), .addr = addr, .pages = pages };
	if (!ASSERT_GE(a->fd, 0, "map"))
		return false;
	a->mem = arena_mmap(a->fd, addr, pages);
	if (!ASSERT_EQ(a->mem, (char *)addr, "mmap")) {
		a->mem = NULL;
		goto err;
	}
	a->skel = arena_ops__open();
	if (ASSERT_OK_PTR(a->skel, "open") &&
	    ASSERT_OK(bpf_map__reuse_fd(a->skel->maps.arena, a->fd), "reuse") &&
	    ASSERT_OK(arena_ops__load(a->skel), "load"))
		return true;
err:
	arena_close(a);
	return false;
}

static inline struct arena_op *arena_run_op(struct arena *a, struct arena_op op)
{
	a->skel->bss->ops[0] = op;
	a->skel->bss->nr_ops = 1;
	ASSERT_OK(arena_run(bpf_program__fd(a->skel->progs.run_ops)), "run");
	return &a->skel->bss->ops[0];
}

/*
 * By a program that must not sleep, and may therefore find a lock taken. It gets its
 * pages another time, as soon as those are back that it got for nothing.
 */
static inline struct arena_op *arena_alloc_nosleep(struct arena *a, int (*run)(int prog_fd),
						   const struct bpf_program *prog, __u32 cnt)
{
	const long long pages = fdinfo_value(a->fd, "pages");
	struct arena_op *op = &a->skel->bss->ops[0];
	int i;

	for (i = 0; i < 10; i++) {
		*op = (struct arena_op) { .kind = OP_ALLOC_STAMP, .cnt = cnt, .node = -1 };
		a->skel->bss->nr_ops = 1;
		ASSERT_OK(run(bpf_program__fd(prog)), "run");
		if (op->result)
			break;
		arena_pages_settled(a->fd, pages);
	}
	return op;
}

static inline __u64 arena_alloc(struct arena *a, __u64 addr, __u32 cnt)
{
	return arena_run_op(a, (struct arena_op) { .kind = OP_ALLOC, .cnt = cnt, .node = -1,
						   .addr = addr })->result;
}

static inline void arena_free(struct arena *a, __u64 addr, __u32 cnt)
{
	arena_run_op(a, (struct arena_op) { .kind = OP_FREE, .cnt = cnt, .addr = addr });
}

static inline int arena_reserve(struct arena *a, __u64 addr, __u32 cnt)
{
	return arena_run_op(a, (struct arena_op) { .kind = OP_RESERVE, .cnt = cnt,
						   .addr = addr })->err;
}

static inline __u64 arena_access(struct arena *a, __u32 kind, __u64 addr, __u64 value)
{
	return arena_run_op(a, (struct arena_op) { .kind = kind, .addr = addr, .flags = value,
						   .seen = ~0ULL })->seen;
}

#endif
