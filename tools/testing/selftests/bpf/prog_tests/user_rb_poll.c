// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <sys/epoll.h>
#include "user_rb_helpers.h"

#define SIZE 4096

static int watch(struct ring *ring, __u32 events)
{
	struct epoll_event event = { .events = events };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (!ASSERT_GE(fd, 0, "epoll_create1"))
		return -1;
	if (ASSERT_OK(epoll_ctl(fd, EPOLL_CTL_ADD, ring->fd, &event), "epoll_ctl"))
		return fd;
	close(fd);
	return -1;
}

/* An event comes through an irq_work, so soon if at all. */
static __u32 get_event(int fd)
{
	struct epoll_event event = {};

	return epoll_wait(fd, &event, 1, 100) == 1 ? event.events : 0;
}

static void fill(struct ring *ring, __u32 flags)
{
	while (*ring->prod - *ring->cons < SIZE)
		ring_post(ring, 24 | flags, 0);
}

static void test_level(struct ring *ring)
{
	struct user_rb_run run = { .stop_after = 1, .flags = BPF_RB_NO_WAKEUP };
	int fd = watch(ring, EPOLLIN | EPOLLOUT);

	if (fd < 0)
		return;
	ASSERT_EQ(get_event(fd), EPOLLOUT, "empty");
	ring_post(ring, 24, 0);
	ASSERT_EQ(get_event(fd), EPOLLOUT, "room");
	ASSERT_EQ(get_event(fd), EPOLLOUT, "room, again");
	fill(ring, 0);
	ASSERT_EQ(get_event(fd), 0, "full");
	ASSERT_EQ(ring_drain(ring, &run), 1, "drain");
	/* without an event, epoll does not look again */
	ASSERT_EQ(get_event(fd), 0, "no wakeup");
	ASSERT_EQ(ring_drain_flags(ring, BPF_RB_FORCE_WAKEUP), SIZE / 32 - 1, "drain the rest");
	ASSERT_EQ(get_event(fd), EPOLLOUT, "room after the drain");

	/* more than there can be is no room */
	*ring->prod = *ring->cons + SIZE + 8;
	ASSERT_EQ(get_event(fd), 0, "position ahead");
	ASSERT_OK(ring_reset(ring), "reset");
	ASSERT_EQ(get_event(fd), EPOLLOUT, "room after the reset");
	close(fd);
}

static void expect(struct ring *ring, int fd, __u64 flags, long ret, bool event, const char *name)
{
	ASSERT_EQ(ring_drain_flags(ring, flags), ret, name);
	ASSERT_EQ(get_event(fd), event ? EPOLLOUT : 0, name);
}

static void test_edge(struct ring *ring)
{
	const __u64 both = BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP;
	int fd = watch(ring, EPOLLOUT | EPOLLET);

	if (fd < 0)
		return;
	ASSERT_EQ(get_event(fd), EPOLLOUT, "at first");
	ASSERT_EQ(get_event(fd), 0, "nothing new");

	expect(ring, fd, 0, 0, false, "nothing drained");
	expect(ring, fd, BPF_RB_NO_WAKEUP, 0, false, "nothing drained, no wakeup");
	expect(ring, fd, BPF_RB_FORCE_WAKEUP, 0, true, "nothing drained, forced");
	expect(ring, fd, both, 0, true, "nothing drained, both flags");

	ring_post(ring, 8, 0);
	expect(ring, fd, 0, 1, true, "one sample");
	ring_post(ring, 8, 0);
	expect(ring, fd, BPF_RB_NO_WAKEUP, 1, false, "one sample, no wakeup");
	ring_post(ring, 8, 0);
	expect(ring, fd, BPF_RB_FORCE_WAKEUP, 1, true, "one sample, forced");
	ring_post(ring, 8, 0);
	expect(ring, fd, both, 1, true, "one sample, both flags");

	fill(ring, 0);
	expect(ring, fd, 0, SIZE / 32, true, "many samples");
	fill(ring, DISCARD);
	expect(ring, fd, 0, 0, true, "discarded samples");
	ring_post(ring, 8 | BUSY, 0);
	expect(ring, fd, 0, 0, false, "busy sample");
	ASSERT_OK(ring_reset(ring), "reset");
	ASSERT_EQ(get_event(fd), EPOLLOUT, "event of the reset");

	ring_post(ring, 8, 0);
	ring_post(ring, 8, 0);
	*ring_hdr(ring, *ring->prod - 16) = SIZE;
	expect(ring, fd, 0, -EINVAL, true, "bad sample behind a good one");
	expect(ring, fd, 0, -EINVAL, false, "bad sample");
	expect(ring, fd, BPF_RB_FORCE_WAKEUP, -EINVAL, true, "bad sample, forced");
	ASSERT_OK(ring_reset(ring), "reset at last");
	ASSERT_EQ(get_event(fd), EPOLLOUT, "event of the last reset");
	expect(ring, fd, 4, -EINVAL, false, "bad flag");
	close(fd);
}

void test_user_rb_poll(void)
{
	if (test__start_subtest("level"))
		with_ring(SIZE, test_level);
	if (test__start_subtest("edge"))
		with_ring(SIZE, test_edge);
}
