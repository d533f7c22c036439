// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Random operations, the results of which are known in advance: an arena is a
 * row of pages that are free, reserved or there, and takes the first that fit.
 */
#define _GNU_SOURCE
#include "arena_ops_helpers.h"

enum { FREE, RESERVED, THERE };

struct model {
	__u32 pages;
	__u32 used;	/* pages THERE */
	__u64 seed;
	char *state;
};

static __u32 model_random(struct model *m, __u32 below)
{
	m->seed = m->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (m->seed >> 33) % below;
}

static __u32 model_fill(struct model *m, __u32 page, __u32 cnt, char state)
{
	__u32 i;

	for (i = page; i < page + cnt; i++) {
		m->used += (state == THERE) - (m->state[i] == THERE);
		m->state[i] = state;
	}
	return page;
}

/* How many from page on are free, up to cnt */
static __u32 model_free(const struct model *m, __u32 page, __u32 cnt)
{
	__u32 i;

	for (i = 0; i < cnt && page + i < m->pages && m->state[page + i] == FREE; i++)
		;
	return i;
}

static long model_find(const struct model *m, __u32 cnt)
{
	const char *p;
	__u32 page = 0, n;

	while (page + cnt <= m->pages) {
		p = memchr(m->state + page, FREE, m->pages - page);
		if (!p)
			break;
		page = p - m->state;
		n = model_free(m, page, cnt);
		if (n == cnt)
			return page;
		page += n;
	}
	return -1;
}

/* One operation, and what its result has to be */
static struct arena_op model_next(struct model *m, const struct arena *a, __u64 *expected)
{
	static const __u32 sizes[] = { 1, 1, 1, 1, 2, 3, 8, 70 };
	__u32 cnt = sizes[model_random(m, ARRAY_SIZE(sizes))];
	__u32 page = model_random(m, m->pages), what = model_random(m, 16);
	struct arena_op op = { .cnt = cnt, .node = -1 };
	bool fits;
	long found;

	/* Now and then more than a block of the index, see arena_index.c */
	if (!model_random(m, 256))
		op.cnt = cnt = 1 + model_random(m, m->pages < 1500 ? m->pages : 1500);
	else if (what >= 9 && !model_random(m, 4))
		op.cnt = cnt = 1 + model_random(m, m->pages);
	fits = page + cnt <= m->pages;
	if (what < 7) {
		op.kind = OP_ALLOC_STAMP;
		found = model_find(m, cnt);
		*expected = found < 0 ? 0 : a->addr + found * ARENA_PAGE;
		if (found >= 0)
			model_fill(m, found, cnt, THERE);
		return op;
	}
	op.addr = a->addr + page * ARENA_PAGE;
	*expected = 0;
	if (what < 9) {
		op.kind = OP_ALLOC_STAMP;
		if (fits && model_free(m, page, cnt) == cnt) {
			model_fill(m, page, cnt, THERE);
			*expected = op.addr;
		}
	} else if (what < 10) {
		op.kind = OP_RESERVE;
		if (!fits)
			*expected = -EINVAL;
		else if (model_free(m, page, cnt) < cnt)
			*expected = -EBUSY;
		else
			model_fill(m, page, cnt, RESERVED);
	} else {
		op.kind = OP_FREE_LOAD;
		model_fill(m, page, fits ? cnt : m->pages - page, FREE);
	}
	return op;
}

/* Returns the number of the first that is wrong, or count. */
static __u32 check_batch(const struct arena_op *ops, const __u64 *expected, __u32 count)
{
	__u32 i;

	for (i = 0; i < count; i++) {
		__u64 result = ops[i].kind == OP_RESERVE ? ops[i].err : ops[i].result;

		if (result == expected[i] && !ops[i].seen)
			continue;
		PRINT_FAIL("op %u kind %u addr %llx cnt %u: %llx, not %llx; saw %llx\n", i,
			   ops[i].kind, ops[i].addr, ops[i].cnt, result, expected[i],
			   ops[i].seen);
		break;
	}
	return i;
}

/* What user space finds of it is nothing or a stamp. */
static void check_memory(const struct model *m, const struct arena *a)
{
	__u32 i, wrong = 0;

	for (i = 0; i < m->pages; i++) {
		__u64 word = m->state[i] == THERE ? *(__u64 *)(a->mem + i * ARENA_PAGE) : 0;

		wrong += word != 0 && word != ARENA_STAMP;
	}
	ASSERT_EQ(wrong, 0, "strange words");
}

static void run_model(__u32 pages, __u32 steps)
{
	struct model m = { .pages = pages, .seed = pages, .state = calloc(1, pages) };
	__u64 expected[ARENA_MAX_OPS];
	struct arena_op *ops;
	struct arena a;
	__u32 i, done;

	if (!ASSERT_OK_PTR(m.state, "memory"))
		return;
	if (!arena_open(&a, pages, ARENA_ADDR + 3 * ARENA_PAGE))
		goto out;
	ops = a.skel->bss->ops;
	a.skel->bss->nr_ops = ARENA_MAX_OPS;
	for (done = 0; done < steps; done += ARENA_MAX_OPS) {
		for (i = 0; i < ARENA_MAX_OPS; i++)
			ops[i] = model_next(&m, &a, &expected[i]);
		if (!ASSERT_OK(arena_run(bpf_program__fd(a.skel->progs.run_ops)), "run") ||
		    !ASSERT_EQ(check_batch(ops, expected, ARENA_MAX_OPS), ARENA_MAX_OPS,
			       "operations as expected"))
			break;
	}
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), m.used, "pages");
	check_memory(&m, &a);
	arena_free(&a, a.addr, pages);
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), 0, "pages after the last free");
	ASSERT_EQ(arena_alloc(&a, 0, 1), a.addr, "first page again");
	arena_close(&a);
out:
	free(m.state);
}

/* To the last page and back, beyond what one word of a summary covers. */
static void test_exhaustion(void)
{
	const __u32 pages = 64 * 64 + 65, chunk = 63;
	__u32 i, wrong = 0;
	struct arena a;

	if (!arena_open(&a, pages, ARENA_ADDR + ARENA_PAGE))
		return;
	for (i = 0; i + chunk <= pages; i += chunk)
		wrong += arena_alloc(&a, 0, chunk) != a.addr + i * ARENA_PAGE;
	for (; i < pages; i++)
		wrong += arena_alloc(&a, 0, 1) != a.addr + i * ARENA_PAGE;
	ASSERT_EQ(wrong, 0, "allocations in order");
	ASSERT_EQ(arena_alloc(&a, 0, 1), 0, "one too many");
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), pages, "pages");
	for (i = 0; i < pages; i += 2)
		arena_free(&a, a.addr + i * ARENA_PAGE, 1);
	ASSERT_EQ(arena_alloc(&a, 0, 2), 0, "two in a row of every second");
	for (i = 1; i < pages; i += 2)
		arena_free(&a, a.addr + i * ARENA_PAGE, 1);
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), 0, "pages afterwards");
	ASSERT_EQ(arena_alloc(&a, 0, pages), a.addr, "all at once");
	arena_close(&a);
}

void test_arena_model(void)
{
	const __u32 steps = long_counts() ? 1000000 : debug_kernel() ? 40000 : 200000;

	if (test__start_subtest("exhaustion"))
		test_exhaustion();
	if (test__start_subtest("few_pages"))
		run_model(500, steps);
	if (test__start_subtest("many_pages"))
		run_model(10000, steps / 10);
}
