// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The allocator in an arena, of both sides and of both at once. */
#include <pthread.h>
#include "test_progs.h"
#include "progs/arena_malloc.h"
#include "arena_malloc.skel.h"

#define RUNS 5

static int run_prog(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) ?: (int)opts.retval;
}

static void *hammer_from_bpf(void *arg)
{
	struct arena_malloc *skel = arg;
	long i, err = 0;

	for (i = 0; i < RUNS && !err; i++)
		err = run_prog(skel->progs.hammer);
	return (void *)err;
}

static void *hammer_from_user(void *arg)
{
	struct arena_malloc *skel = arg;
	struct hammer *h = hammer_start(skel->arena->pool, (unsigned long)&h);
	long i, bad;

	if (!h)
		return (void *)1;
	for (i = 0; i < RUNS * HAMMER_STEPS; i++)
		hammer_step(i, &h);
	hammer_finish(h);
	bad = h->damaged || !h->allocated;
	arena_free(skel->arena->pool, h);
	return (void *)bad;
}

static void pool_is_empty(struct arena_pool *pool)
{
	__u32 i, left = 0;

	for (i = 0; i < pool->nr_blocks; i++)
		left += pool->blocks[i].used || pool->blocks[i].last;
	ASSERT_EQ(left, 0, "blocks in use");
	ASSERT_EQ(pool->bad_frees, 0, "bad frees");
}

static void test_together(struct arena_malloc *skel)
{
	pthread_t threads[4];
	void *ret;
	int i;

	for (i = 0; i < 4; i++)
		if (!ASSERT_OK(pthread_create(&threads[i], NULL,
					      i % 2 ? hammer_from_bpf : hammer_from_user, skel),
			       "thread"))
			break;
	while (i--) {
		pthread_join(threads[i], &ret);
		ASSERT_NULL(ret, i % 2 ? "program" : "user space");
	}
	ASSERT_GT(skel->bss->allocated, 0, "allocations of programs");
	ASSERT_EQ(skel->bss->damaged, 0, "memory that two have got");
	pool_is_empty(skel->arena->pool);
}

static void test_sizes(struct arena_pool *pool)
{
	static const __u32 sizes[] = {
		1, 31, 32, 33, 64, 1024, 2016, 2047, 2048, 2049, 4096, 4097, 65536,
	};
	char *p, *q;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = arena_malloc(pool, sizes[i]);
		q = arena_malloc(pool, sizes[i]);
		if (!ASSERT_OK_PTR(p, "first") || !ASSERT_OK_PTR(q, "second"))
			return;
		ASSERT_EQ((unsigned long)p % ARENA_GRANULE, 0, "alignment");
		ASSERT_TRUE(q >= p + sizes[i] || p >= q + sizes[i], "no overlap");
		arena_free(pool, p);
		arena_free(pool, q);
	}
	ASSERT_NULL(arena_malloc(pool, 0), "no bytes");
	ASSERT_NULL(arena_malloc(pool, ARENA_MALLOC_MAX + 1), "too many bytes");
	ASSERT_NULL(arena_malloc(NULL, 1), "no pool");
	arena_free(pool, NULL);
	pool_is_empty(pool);
}

/* Allocate as often as there is room, and free all. */
static void fill(struct arena_pool *pool, __u32 size, __u32 expected)
{
	void **all = calloc(expected + 1, sizeof(*all));
	__u32 n;

	if (!ASSERT_OK_PTR(all, "calloc"))
		return;
	for (n = 0; n <= expected; n++) {
		all[n] = arena_malloc(pool, size);
		if (!all[n])
			break;
	}
	ASSERT_EQ(n, expected, "allocations");
	while (n--)
		arena_free(pool, all[n]);
	free(all);
	pool_is_empty(pool);
}

/* Until it is full, and then all of it again: an index that forgets room would show. */
static void test_full(struct arena_pool *pool)
{
	static const __u32 granules[] = { 1, 64, 2, 33, 1, 32, 16, 3, 4, 63, 8, 1 };
	int i;

	for (i = 0; i < ARRAY_SIZE(granules); i++)
		fill(pool, granules[i] * ARENA_GRANULE, pool->nr_blocks * (64 / granules[i]));
	fill(pool, 2 * ARENA_BLOCK, pool->nr_blocks / 2);
	fill(pool, ARENA_BLOCK, pool->nr_blocks);
}

/* All blocks have room for 3 granules, and none for 4. */
static void test_between(struct arena_pool *pool)
{
	__u32 i, n = pool->nr_blocks * 16;
	void **all = calloc(2 * n, sizeof(*all));

	if (!ASSERT_OK_PTR(all, "calloc"))
		return;
	for (i = 0; i < 2 * n; i++)
		all[i] = arena_malloc(pool, (i % 2 ? 3 : 1) * ARENA_GRANULE);
	for (i = 1; i < 2 * n; i += 2) {
		arena_free(pool, all[i]);
		all[i] = NULL;
	}
	ASSERT_NULL(arena_malloc(pool, 4 * ARENA_GRANULE), "4 granules");
	for (i = 1; i < 2 * n; i += 2) {
		all[i] = arena_malloc(pool, 3 * ARENA_GRANULE);
		if (!ASSERT_OK_PTR(all[i], "3 granules"))
			break;
	}
	for (i = 0; i < 2 * n; i++)
		arena_free(pool, all[i]);
	free(all);
	pool_is_empty(pool);
}

static void test_bad_frees(struct arena_pool *pool)
{
	char *p = arena_malloc(pool, 100);
	char *q = arena_malloc(pool, 5000);

	arena_free(pool, p + 1);
	arena_free(pool, p);
	arena_free(pool, p);
	arena_free(pool, pool);
	arena_free(pool, q + ARENA_GRANULE);
	arena_free(pool, q);
	arena_free(pool, q);
	ASSERT_EQ(pool->bad_frees, 5, "bad frees");
	pool->bad_frees = 0;
	pool_is_empty(pool);
}

void test_arena_malloc(void)
{
	struct arena_malloc *skel = arena_malloc__open_and_load();

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	if (!ASSERT_OK(run_prog(skel->progs.create_pool), "create"))
		goto out;
	if (test__start_subtest("sizes"))
		test_sizes(skel->arena->pool);
	if (test__start_subtest("full"))
		test_full(skel->arena->pool);
	if (test__start_subtest("between"))
		test_between(skel->arena->pool);
	if (test__start_subtest("bad_frees"))
		test_bad_frees(skel->arena->pool);
	if (test__start_subtest("together")) {
		test_together(skel);
		test_full(skel->arena->pool);
	}
out:
	arena_malloc__destroy(skel);
}
