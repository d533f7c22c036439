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

static bool locked_open(struct locked *l)
{
	*l = (struct locked) { };
	if (!arena_open(&l->a, PAGES, ARENA_ADDR))
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
	bss->wait = 1;
	pin_to_cpu(0);
	if (!ASSERT_EQ(bss->waiter_free, ARENA_ADDR, "allocation") ||
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
	ASSERT_EQ(arena_alloc(&l.a, 0, 1), ARENA_ADDR, "allocation of what was freed");
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
	ASSERT_EQ(l.skel->bss->first_free, ARENA_ADDR, "allocation");
	run_holder(&l);
	check_holder(&l);
	ASSERT_EQ(arena_pages_settled(l.a.fd, dropped + 1), dropped + 1, "pages");
	ASSERT_EQ(fdinfo_value(l.a.fd, "frees_dropped"), dropped, "dropped frees");
	arena_free(&l.a, ARENA_ADDR, PAGES);
	ASSERT_EQ(arena_pages_settled(l.a.fd, 0), 0, "pages freed again");
	locked_close(&l);
}

void serial_test_arena_lock(void)
{
	if (test__start_subtest("owner_waits"))
		test_owner_waits();
	if (test__start_subtest("frees"))
		test_frees();
}
