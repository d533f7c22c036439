// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * A program on top of the owner of an arena lock: what it calls fails or is put
 * off, and if it waits for another CPU that wants the lock, that gives up.
 */
#define _GNU_SOURCE
#include "stream_helpers.h"
#include "arena_ops_helpers.h"
#include "arena_lock.skel.h"

#define PAGES 128
#define MAX_LATER 64	/* frees that an arena can put off */

struct locked {
	struct arena a;
	struct arena_lock *skel;
	int hold_err;
	__u32 hold_retval;
};

static bool locked_open_with(struct locked *l, __u32 pages)
{
	*l = (struct locked) { };
	if (!arena_open(&l->a, pages, ARENA_WINDOW))
		return false;
	l->skel = arena_lock__open();
	if (ASSERT_OK_PTR(l->skel, "open") &&
	    ASSERT_OK(bpf_map__reuse_fd(l->skel->maps.arena, l->a.fd), "reuse") &&
	    ASSERT_OK(arena_lock__load(l->skel), "load") &&
	    ASSERT_OK(arena_lock__attach(l->skel), "attach"))
		return true;
	arena_lock__destroy(l->skel);
	arena_close(&l->a);
	return false;
}

static bool locked_open(struct locked *l)
{
	return locked_open_with(l, PAGES);
}

static void locked_close(struct locked *l)
{
	arena_lock__destroy(l->skel);
	arena_close(&l->a);
}

static void *run_holder(void *arg)
{
	struct locked *l = arg;
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	pin_to_cpu(1);
	l->hold_err = bpf_prog_test_run_opts(bpf_program__fd(l->skel->progs.hold), &opts);
	l->hold_retval = opts.retval;
	return NULL;
}

static void check_holder(struct locked *l)
{
	ASSERT_OK(l->hold_err, "run of the owner");
	ASSERT_OK(l->hold_retval, "allocation of the owner");
	ASSERT_EQ(l->skel->bss->holder_tid, 0, "on top of the owner");
	ASSERT_EQ(l->skel->bss->nested_page, 0, "allocation on top of the owner");
	ASSERT_EQ(l->skel->bss->nested_err, -EBUSY, "reservation on top of the owner");
}

static void test_owner_waits(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct arena_lock__bss *bss;
	pthread_t thread;
	struct locked l;
	int i, err, held, want;

	if (!locked_open(&l))
		return;
	want = bpf_program__fd(l.skel->progs.want_lock);
	bss = l.skel->bss;
	bss->waiter_free = arena_alloc(&l.a, 0, 1);
	bss->first_free = bss->waiter_free;
	bss->wait = 1;
	pin_to_cpu(0);
	if (!ASSERT_EQ(bss->waiter_free, ARENA_WINDOW, "allocation") ||
	    !ASSERT_OK(pthread_create(&thread, NULL, run_holder, &l), "thread"))
		goto out;
	/* Nothing that the owner's CPU has to answer: its interrupts are off */
	for (i = 0; i < 10000 && !bss->holding; i++)
		usleep(1000);
	held = bss->holding;
	err = bpf_prog_test_run_opts(want, &opts);
	bss->waiter_done = 1;
	pthread_join(thread, NULL);

	ASSERT_EQ(held, 1, "owner waits");
	ASSERT_OK(err, "run");
	ASSERT_OK(opts.retval, "lock of the waiter");
	check_holder(&l);
	ASSERT_EQ(bss->gave_up, 0, "owner had to give up");
	ASSERT_EQ(bss->waiter_page, 0, "allocation of the waiter");
	ASSERT_EQ(bss->waiter_err, -EBUSY, "reservation of the waiter");
	/* the owner's page is left, and the waiter's free was put off only */
	ASSERT_EQ(arena_pages_settled(l.a.fd, 1), 1, "pages");
	ASSERT_EQ(fdinfo_value(l.a.fd, "frees_dropped"), 0, "dropped frees");
	ASSERT_EQ(arena_alloc(&l.a, 0, 1), ARENA_WINDOW, "allocation of what was freed");
out:
	locked_close(&l);
}

/* More frees than can be put off: the others are counted, and can be repeated. */
static void test_frees(void)
{
	const int dropped = 16, frees = MAX_LATER + dropped;
	struct locked l;

	if (!locked_open(&l))
		return;
	l.skel->bss->first_free = arena_alloc(&l.a, 0, frees);
	l.skel->bss->nr_frees = frees;
	ASSERT_EQ(l.skel->bss->first_free, ARENA_WINDOW, "allocation");
	run_holder(&l);
	check_holder(&l);
	ASSERT_EQ(arena_pages_settled(l.a.fd, dropped + 1), dropped + 1, "pages");
	ASSERT_EQ(fdinfo_value(l.a.fd, "frees_dropped"), dropped, "dropped frees");
	arena_free(&l.a, ARENA_WINDOW, PAGES);
	ASSERT_EQ(arena_pages_settled(l.a.fd, 0), 0, "pages freed again");
	locked_close(&l);
}

#define NEIGHBOURS 4
#define NEIGHBOUR_PAGES (1U << 18)
#define MIN_ROUNDS 20000

struct neighbour {
	struct locked *l;
	pthread_t thread;
	__u32 i;
	int err;
};

static bool neighbours_done(const struct arena_lock__bss *bss)
{
	return (bss->searches >= MIN_ROUNDS && bss->reserved >= MIN_ROUNDS) || bss->refused;
}

/* Half of them search, and queue for the lock if there is a queue. */
static void *run_neighbour(void *arg)
{
	struct neighbour *n = arg;
	struct arena_lock__bss *bss = n->l->skel->bss;
	struct arena_lock *skel = n->l->skel;
	__u64 page = ARENA_WINDOW + (2 * n->i + 1) * ARENA_PAGE;
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	if (n->i % 2) {
		opts.ctx_in = &page;
		opts.ctx_size_in = sizeof(page);
	}
	while (!n->err && !neighbours_done(bss))
		n->err = bpf_prog_test_run_opts(bpf_program__fd(n->i % 2 ? skel->progs.reserve :
								skel->progs.search), &opts);
	return NULL;
}

/* Nobody fails because others search, or wait. */
static void test_neighbours(void)
{
	struct neighbour n[NEIGHBOURS] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct locked l;
	int i, started;

	if (!locked_open_with(&l, NEIGHBOUR_PAGES))
		return;
	l.skel->bss->first_page = ARENA_WINDOW;
	l.skel->bss->nr_pages = NEIGHBOUR_PAGES;
	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(l.skel->progs.fragment), &opts), "run");
	ASSERT_OK(opts.retval, "reservation of every second page");
	for (started = 0; started < NEIGHBOURS; started++) {
		n[started] = (struct neighbour) { .l = &l, .i = started };
		if (!ASSERT_OK(pthread_create(&n[started].thread, NULL, run_neighbour,
					      &n[started]), "thread"))
			break;
	}
	for (i = 0; i < started; i++) {
		pthread_join(n[i].thread, NULL);
		ASSERT_OK(n[i].err, "run of a neighbour");
	}
	ASSERT_EQ(l.skel->bss->found, 0, "rows that there are not");
	ASSERT_EQ(l.skel->bss->refused, 0, "refused for a neighbour");
	ASSERT_GE(l.skel->bss->reserved, MIN_ROUNDS, "reservations");
	locked_close(&l);
}

void serial_test_arena_lock(void)
{
	if (test__start_subtest("neighbours"))
		test_neighbours();
	if (test__start_subtest("owner_waits"))
		test_owner_waits();
	if (test__start_subtest("frees"))
		test_frees();
}
