// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Producers that get it wrong, one at a time; the stress test has them all at once. */
#define _GNU_SOURCE
#include "user_rb_helpers.h"

#define SIZE 4096
#define MAX_DYNPTR ((1 << 24) - 1)

/* What a drain has to say to one header, with so many bytes posted. */
static long expected(__u32 hdr, __u64 avail, __u32 size)
{
	__u32 len = hdr & ~(BUSY | DISCARD);

	if (ring_total(len) > avail)
		return -EINVAL;
	if (ring_total(len) > size || len > MAX_DYNPTR)
		return -E2BIG;
	return hdr & (BUSY | DISCARD) ? 0 : 1;
}

/* Puts one header into an empty ring and drains. The ring is empty again afterwards. */
static bool check_header(struct ring *ring, __u32 hdr, __u64 avail)
{
	long want = expected(hdr, avail, ring->size);
	__u64 cons = *ring->cons, next = cons;
	struct user_rb_run run = {};
	char name[80];
	bool ok;

	snprintf(name, sizeof(name), "header %#x, %llu bytes posted", hdr, avail);
	ring_hdr(ring, cons)[0] = hdr;
	ring_hdr(ring, cons)[1] = ~0U;
	/* What is behind must not be taken: it is busy */
	if (want >= 0 && ring_total(hdr & ~(BUSY | DISCARD)) < ring->size)
		*ring_hdr(ring, cons + ring_total(hdr & ~(BUSY | DISCARD))) = BUSY;
	if (want == 1 || (want == 0 && (hdr & DISCARD)))
		next = cons + ring_total(hdr & ~(BUSY | DISCARD));
	if (avail > ring_total(hdr & ~(BUSY | DISCARD)) &&
	    ring_total(hdr & ~(BUSY | DISCARD)) == ring->size)
		return true;	/* would find itself again */
	*ring->prod = cons + avail;

	ok = ASSERT_EQ(ring_drain(ring, &run), want, name) &&
	     ASSERT_EQ(run.calls, want == 1, name) &&
	     ASSERT_EQ(run.bytes, want == 1 ? hdr : 0, name) &&
	     ASSERT_EQ(*ring->cons, next, name);
	return ASSERT_OK(ring_reset(ring), name) && ASSERT_EQ(*ring->prod, *ring->cons, name) && ok;
}

static void test_headers(void)
{
	static const __u64 avails[] = {
		8, 16, SIZE - 8, SIZE, SIZE + 8, 1 << 24, 1ULL << 30, (1ULL << 32) + 8, 1ULL << 62,
	};
	static const __u32 lens[] = { 0, 1, 8, 9, SIZE - 9, SIZE - 8, SIZE - 7, SIZE };
	struct ring ring;
	int i, j, bit;

	if (ring_open(&ring, SIZE))
		return;
	for (i = 0; i < ARRAY_SIZE(avails); i++) {
		for (bit = 0; bit < 32; bit++) {
			for (j = 0; j < ARRAY_SIZE(lens); j++)
				if (!check_header(&ring, lens[j] ^ 1U << bit, avails[i]))
					goto out;
			if (!check_header(&ring, ~0U ^ 1U << bit, avails[i]) ||
			    !check_header(&ring, ~0U >> bit, avails[i]))
				goto out;
		}
	}
out:
	ring_close(&ring);
}

/* A sample that fits into the ring, and not into a dynptr. */
static void test_dynptr_size(void)
{
	const __u32 lens[] = { MAX_DYNPTR, MAX_DYNPTR + 1, MAX_DYNPTR + 8 };
	struct ring ring;
	int i;

	if (ring_open(&ring, 32 << 20))
		return;
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		check_header(&ring, lens[i], 32 << 20);
		check_header(&ring, lens[i] | DISCARD, 32 << 20);
	}
	ring_close(&ring);
}

static void test_positions(void)
{
	struct ring ring;
	int i;

	if (ring_open(&ring, SIZE))
		return;
	ring_post(&ring, 8, 1);
	ring_post(&ring, 8, 2);
	ASSERT_EQ(ring_drain_flags(&ring, 0), 2, "good samples");
	for (i = 1; i < 8; i++) {
		*ring.prod = *ring.cons + i;
		ASSERT_EQ(ring_drain_flags(&ring, 0), -EINVAL, "unaligned position");
	}
	*ring.prod = *ring.cons - 8;
	ASSERT_EQ(ring_drain_flags(&ring, 0), 0, "position that went backwards");
	*ring.prod = 0;
	ASSERT_EQ(ring_drain_flags(&ring, 0), 0, "position of 0");
	*ring_hdr(&ring, *ring.cons) = BUSY;
	*ring.prod = -8ULL;
	ASSERT_EQ(ring_drain_flags(&ring, 0), 0, "position far ahead");
	ASSERT_EQ(*ring.cons, 32, "consumer's position");

	ASSERT_OK(ring_reset(&ring), "reset");
	ASSERT_EQ(*ring.prod, 32, "producer's position");
	ring_post(&ring, 8, 3);
	ASSERT_EQ(ring_drain_flags(&ring, 0), 1, "good sample after all");
	ring_close(&ring);
}

/* Good samples before a bad one are taken; it blocks the rest until a reset. */
static void test_reset(void)
{
	struct user_ring_buffer *rb = NULL;
	struct user_rb_run run = {};
	struct ring ring;
	__u64 bad, key = 0;
	__u64 *sample;
	int i;

	if (ring_open(&ring, SIZE))
		return;
	rb = user_ring_buffer__new(ring.fd, NULL);
	if (!ASSERT_OK_PTR(rb, "user_ring_buffer__new"))
		goto out;
	for (i = 1; i <= 50; i++)
		ring_post(&ring, 8, i);
	bad = *ring.prod;
	for (i = 0; i < 20; i++)
		ring_post(&ring, 8, 1000);
	*ring_hdr(&ring, bad) = 10000;
	ASSERT_EQ(ring_drain(&ring, &run), -EINVAL, "bad sample behind good ones");
	ASSERT_EQ(run.calls, 50, "good samples");
	ASSERT_EQ(run.disorder, 0, "order");
	ASSERT_EQ(*ring.cons, bad, "stops at the bad sample");
	ASSERT_EQ(ring_drain_flags(&ring, 0), -EINVAL, "bad sample again");
	ASSERT_EQ(*ring.cons, bad, "stays at the bad sample");

	ASSERT_EQ(bpf_map_delete_elem(ring.fd, &key), -EINVAL, "reset with a key");
	ASSERT_EQ(ring_drain_flags(&ring, 0), -EINVAL, "bad sample after no reset");
	ASSERT_OK(user_ring_buffer__reset(rb), "reset");
	ASSERT_EQ(*ring.cons, bad, "consumer's position after the reset");
	ASSERT_EQ(*ring.prod, bad, "producer's position after the reset");
	ASSERT_EQ(ring_drain_flags(&ring, 0), 0, "nothing after the reset");

	sample = user_ring_buffer__reserve(rb, SIZE - HDR_SZ);
	if (!ASSERT_OK_PTR(sample, "the whole ring is free"))
		goto out;
	sample[0] = 51;
	user_ring_buffer__submit(rb, sample);
	run = (struct user_rb_run){};
	ASSERT_EQ(ring_drain(&ring, &run), 1, "sample after the reset");
	ASSERT_EQ(run.last, 51, "value after the reset");
	ASSERT_EQ(ring_counter(&ring, "samples"), 51, "samples counted");
	ASSERT_EQ(ring_counter(&ring, "rejected"), 3, "rejected counted");
out:
	user_ring_buffer__free(rb);
	ring_close(&ring);
}

void test_user_rb_corrupt(void)
{
	if (test__start_subtest("headers"))
		test_headers();
	if (test__start_subtest("dynptr_size"))
		test_dynptr_size();
	if (test__start_subtest("positions"))
		test_positions();
	if (test__start_subtest("reset"))
		test_reset();
}
