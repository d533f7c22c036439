// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include "user_rb_helpers.h"

static char messages[4096];

static int collect(enum libbpf_print_level level, const char *fmt, va_list args)
{
	size_t len = strlen(messages);

	if (level == LIBBPF_WARN)
		vsnprintf(messages + len, sizeof(messages) - len, fmt, args);
	return 0;
}

static void check_size(enum bpf_map_type type, __u32 size, const char *power, const char *page)
{
	libbpf_print_fn_t old = libbpf_set_print(collect);
	int fd;

	messages[0] = 0;
	fd = bpf_map_create(type, "sized", 0, 0, size, NULL);
	libbpf_set_print(old);
	if (!power && !page) {
		ASSERT_GE(fd, 0, "good size");
		ASSERT_STREQ(messages, "", "messages about a good size");
		close(fd);
		return;
	}
	ASSERT_EQ(fd, -EINVAL, "bad size");
	ASSERT_EQ(errno, EINVAL, "errno");
	ASSERT_EQ(!!strstr(messages, "is not a power of two"), !!power, "power of two");
	ASSERT_EQ(!!strstr(messages, "is not a multiple of the page size (4096)"), !!page, "page");
	if (power)
		ASSERT_HAS_SUBSTR(messages, power, "text about a power of two");
	if (page)
		ASSERT_HAS_SUBSTR(messages, page, "text about the page size");
}

static void test_sizes(void)
{
	const enum bpf_map_type user = BPF_MAP_TYPE_USER_RINGBUF;
	libbpf_print_fn_t old;

	check_size(user, 4096, NULL, NULL);
	check_size(user, 1 << 20, NULL, NULL);
	check_size(user, 12288, "user_ringbuf: size 12288 is not a power of two\n", NULL);
	check_size(user, 1024, NULL,
		   "user_ringbuf: size 1024 is not a multiple of the page size (4096)\n");
	check_size(user, 5000, "user_ringbuf: size 5000 is not a power of two\n",
		   "user_ringbuf: size 5000 is not a multiple of the page size (4096)\n");
	check_size(BPF_MAP_TYPE_RINGBUF, 5000, "ringbuf: size 5000 is not a power of two\n",
		   "ringbuf: size 5000 is not a multiple of the page size (4096)\n");

	messages[0] = 0;
	old = libbpf_set_print(collect);
	ASSERT_EQ(bpf_map_create(user, "sized", 0, 0, 0, NULL), -EINVAL, "size 0");
	ASSERT_STREQ(messages, "libbpf: user_ringbuf: size is 0\n", "text about 0");
	/* another error is none of the size */
	messages[0] = 0;
	ASSERT_EQ(bpf_map_create(user, "sized", 4, 0, 4096, NULL), -EINVAL, "key size");
	ASSERT_EQ(bpf_map_create(BPF_MAP_TYPE_ARRAY, "sized", 8, 8, 3, NULL), -EINVAL, "array");
	ASSERT_STREQ(messages, "", "text about other errors");
	libbpf_set_print(old);
}

static void test_producer(void)
{
	struct user_ring_buffer *rb;
	struct ring ring;
	__u64 *sample;

	if (ring_open(&ring, 4096))
		return;
	rb = user_ring_buffer__new(ring.fd, NULL);
	if (!ASSERT_OK_PTR(rb, "new"))
		goto out;
	ASSERT_NULL(user_ring_buffer__reserve(rb, 4089), "more than the ring has");
	ASSERT_EQ(errno, E2BIG, "errno of it");
	ASSERT_NULL(user_ring_buffer__reserve(rb, 1U << 31), "bit of a flag");
	ASSERT_EQ(errno, E2BIG, "errno of the flag");
	sample = user_ring_buffer__reserve(rb, 4080);
	ASSERT_OK_PTR(sample, "nearly all");
	ASSERT_NULL(user_ring_buffer__reserve(rb, 1), "no room");
	ASSERT_EQ(errno, ENOSPC, "errno of it");
	ASSERT_NULL(user_ring_buffer__reserve_blocking(rb, 1, 10), "no room for 10 ms");
	ASSERT_EQ(errno, ENOSPC, "errno after 10 ms");
	ASSERT_EQ(ring_drain_flags(&ring, 0), 0, "not submitted yet");
	user_ring_buffer__submit(rb, sample);
	ASSERT_EQ(ring_drain_flags(&ring, 0), 1, "submitted");
	user_ring_buffer__free(rb);
out:
	ring_close(&ring);
}

void test_user_rb_libbpf(void)
{
	if (test__start_subtest("sizes"))
		test_sizes();
	if (test__start_subtest("producer"))
		test_producer();
}
