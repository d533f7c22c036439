// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <pthread.h>
#include "user_rb_helpers.h"

#define SIZE 4096
#define MAX_SAMPLES (128 * 1024)

static void test_samples(struct ring *ring)
{
	struct user_rb_run run = {};
	__u64 bytes = 0;
	__u32 len, i;

	ASSERT_EQ(ring_drain(ring, &run), 0, "empty ring");
	ASSERT_EQ(*ring->cons, 0, "position of an empty ring");

	/* of all lengths, many times round, and over the end */
	for (i = 0, len = 8; i < 2000; i++, len = len * 7 % 500 + 8) {
		run = (struct user_rb_run){};
		ring_post(ring, len, i);
		ring_post(ring, len, i + 1);
		if (!ASSERT_EQ(ring_drain(ring, &run), 2, "samples") ||
		    !ASSERT_EQ(run.calls, 2, "calls") ||
		    !ASSERT_EQ(run.bytes, 2 * len, "bytes") ||
		    !ASSERT_EQ(run.last, i + 1, "value") ||
		    !ASSERT_EQ(run.disorder, 0, "order") ||
		    !ASSERT_EQ(*ring->cons, *ring->prod, "position"))
			return;
		bytes += ring_total(len) * 2;
	}
	ASSERT_EQ(*ring->cons, bytes, "last position");

	run = (struct user_rb_run){};
	ring_post(ring, 0, 0);
	ring_post(ring, 1, 0);
	ASSERT_EQ(ring_drain(ring, &run), 2, "small samples");
	ASSERT_EQ(run.bytes, 1, "bytes of small samples");

	run = (struct user_rb_run){};
	ring_post(ring, SIZE - HDR_SZ, 42);
	ASSERT_EQ(ring_drain(ring, &run), 1, "sample as large as the ring");
	ASSERT_EQ(run.bytes, SIZE - HDR_SZ, "bytes of it");
	ASSERT_EQ(run.last, 42, "value of it");
}

static void test_states(struct ring *ring)
{
	struct user_rb_run run = {};
	__u64 busy;

	ring_post(ring, 8, 1);
	ring_post(ring, 8 | DISCARD, 2);
	ring_post(ring, 8 | DISCARD | BUSY, 3);
	ring_post(ring, 8, 2);
	busy = *ring->prod;
	ring_post(ring, 8 | BUSY, 3);
	ring_post(ring, 8, 4);
	ASSERT_EQ(ring_drain(ring, &run), 2, "up to a busy one");
	ASSERT_EQ(run.calls, 2, "calls up to a busy one");
	ASSERT_EQ(run.disorder, 0, "discarded ones are left out");
	ASSERT_EQ(*ring->cons, busy, "position of the busy one");
	ASSERT_EQ(ring_drain_flags(ring, 0), 0, "still busy");
	*ring_hdr(ring, busy) &= ~BUSY;
	run = (struct user_rb_run){ .stop_after = 1 };
	ASSERT_EQ(ring_drain(ring, &run), 1, "callback that stops");
	ASSERT_EQ(run.last, 3, "value where it stops");
	ASSERT_EQ(*ring->cons, busy + ring_total(8), "position where it stops");
	ASSERT_EQ(ring_drain_flags(ring, 0), 1, "rest");

	ASSERT_EQ(ring_drain_flags(ring, 4), -EINVAL, "unknown flag");
	ASSERT_EQ(ring_drain_flags(ring, 1ULL << 40), -EINVAL, "unknown high flag");
}

static void test_pieces(struct ring *ring)
{
	struct user_rb_run run = {};
	unsigned char *data = (unsigned char *)ring->data + HDR_SZ;
	int i;

	for (i = 0; i < 40; i++)
		data[i] = i + 1;
	*(__u64 *)(data - HDR_SZ) = 32;
	*ring->prod = 40;
	ASSERT_OK(ring_run(ring->skel->progs.drain_copy, &run), "run");
	ASSERT_EQ(run.ret, 1, "samples");
	ASSERT_EQ(run.calls, 0, "reads and writes that failed");
	ASSERT_OK(memcmp(data, data + 16, 15), "what was written");
	for (i = 0; i < 16; i++)
		ASSERT_EQ(data[i], i + 1, "what was read");
	for (i = 31; i < 40; i++)
		ASSERT_EQ(data[i], i + 1, "what is behind");
}

static void test_counters(struct ring *ring)
{
	struct user_rb_run run = { .nested = 1 };

	ASSERT_EQ(ring_counter(ring, "samples"), 0, "samples at first");
	ring_post(ring, 8, 1);
	ring_post(ring, 8 | DISCARD, 0);
	ring_post(ring, 8, 2);
	ring_post(ring, 8 | DISCARD, 0);
	ring_post(ring, 8 | DISCARD, 0);
	ASSERT_EQ(ring_drain(ring, &run), 2, "drain");
	ASSERT_EQ(run.nested_ret, -EBUSY, "drain in a callback");
	ring_post(ring, 1 << 20, 0);
	ASSERT_EQ(ring_drain_flags(ring, 0), -E2BIG, "bad sample");
	ASSERT_EQ(ring_drain_flags(ring, 0), -E2BIG, "bad sample again");
	ASSERT_EQ(ring_drain_flags(ring, 4), -EINVAL, "bad flag");
	ASSERT_EQ(ring_counter(ring, "samples"), 2, "samples");
	ASSERT_EQ(ring_counter(ring, "discarded"), 3, "discarded");
	ASSERT_EQ(ring_counter(ring, "rejected"), 2, "rejected");
	ASSERT_EQ(ring_counter(ring, "busy"), 2, "busy");
}

/* The most that a call takes, discarded ones included; 8 bytes each. */
static void test_limit(void)
{
	struct user_rb_run run = {};
	struct ring ring;
	__u32 i;

	if (ring_open(&ring, 2 << 20))
		return;
	for (i = 0; i < MAX_SAMPLES + 5; i++)
		ring_post(&ring, i ? 0 : DISCARD, 0);
	ASSERT_OK(ring_run(ring.skel->progs.drain_fast, &run), "run");
	ASSERT_EQ(run.ret, MAX_SAMPLES - 1, "samples of the first call");
	ASSERT_EQ(*ring.cons, MAX_SAMPLES * 8, "position after the first call");
	ASSERT_OK(ring_run(ring.skel->progs.drain_fast, &run), "run again");
	ASSERT_EQ(run.ret, 5, "samples of the second call");
	ring_close(&ring);
}

/* --- What is seen while a drain is under way --- */

struct drainer {
	struct ring *ring;
	struct user_rb_run run;
	pthread_t thread;
	int err;
};

static void *drainer_main(void *arg)
{
	struct drainer *drainer = arg;

	drainer->err = ring_run(drainer->ring->skel->progs.drain, &drainer->run);
	return NULL;
}

static bool drainer_start(struct drainer *drainer, struct ring *ring, __u32 wait_after)
{
	drainer->ring = ring;
	drainer->run = (struct user_rb_run){ .wait_after = wait_after };
	ring->skel->bss->go_on = 0;
	if (!ASSERT_OK(pthread_create(&drainer->thread, NULL, drainer_main, drainer), "thread"))
		return false;
	while (!*(volatile int *)&ring->skel->bss->waiting)
		sched_yield();
	return true;
}

static void drainer_finish(struct drainer *drainer, long samples)
{
	drainer->ring->skel->bss->go_on = 1;
	pthread_join(drainer->thread, NULL);
	ASSERT_OK(drainer->err, "drain in a thread");
	ASSERT_EQ(drainer->run.ret, samples, "samples of the drain");
}

static void post_many(struct ring *ring, int count)
{
	int i;

	for (i = 0; i < count; i++)
		ring_post(ring, 24, i + 1);
}

/* Samples of 32 bytes. */
static void test_progress(struct ring *ring)
{
	struct drainer drainer;

	/* more than half full: room as soon as there is some */
	post_many(ring, SIZE / 32);
	if (!drainer_start(&drainer, ring, 10))
		return;
	ASSERT_EQ(*ring->cons, 9 * 32, "position in a full ring");
	drainer_finish(&drainer, SIZE / 32);
	ASSERT_EQ(*ring->cons, *ring->prod, "position after the drain");

	/* otherwise not late by more than 512 bytes */
	post_many(ring, SIZE / 32 / 4);
	if (!drainer_start(&drainer, ring, 30))
		return;
	ASSERT_LE(*ring->cons, SIZE + 29 * 32, "position is not ahead");
	ASSERT_GE(*ring->cons, SIZE + 29 * 32 - 512, "position is not far behind");
	ASSERT_GT(*ring->cons, SIZE, "position moves during a drain");
	/* what is posted meanwhile belongs to the drain, too */
	post_many(ring, 3);
	drainer_finish(&drainer, SIZE / 32 / 4 + 3);
	ASSERT_EQ(*ring->cons, *ring->prod, "position after the second drain");
	ASSERT_EQ(ring_counter(ring, "busy"), 0, "busy");
}

static void test_one_drain(struct ring *ring)
{
	struct drainer drainer;

	post_many(ring, 5);
	if (!drainer_start(&drainer, ring, 2))
		return;
	ASSERT_EQ(ring_drain_flags(ring, 0), -EBUSY, "second drain");
	ASSERT_EQ(ring_reset(ring), -EBUSY, "reset during a drain");
	ASSERT_EQ(ring_counter(ring, "busy"), 1, "busy");
	drainer_finish(&drainer, 5);
	ASSERT_EQ(drainer.run.disorder, 0, "order");
	ASSERT_EQ(ring_drain_flags(ring, 0), 0, "drain afterwards");
}

void test_user_rb_drain(void)
{
	if (test__start_subtest("samples"))
		with_ring(SIZE, test_samples);
	if (test__start_subtest("states"))
		with_ring(SIZE, test_states);
	if (test__start_subtest("pieces"))
		with_ring(SIZE, test_pieces);
	if (test__start_subtest("counters"))
		with_ring(SIZE, test_counters);
	if (test__start_subtest("limit"))
		test_limit();
	if (test__start_subtest("progress"))
		with_ring(SIZE, test_progress);
	if (test__start_subtest("one_drain"))
		with_ring(SIZE, test_one_drain);
}
