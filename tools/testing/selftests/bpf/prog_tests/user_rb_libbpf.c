// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include "message_helpers.h"
#include "user_rb_helpers.h"

static void check_size(enum bpf_map_type type, __u32 key, __u32 size, const char *expected)
{
	libbpf_print_fn_t old = collect_messages();
	int fd, err;

	fd = bpf_map_create(type, "sized", key, 0, size, NULL);
	err = errno;
	libbpf_set_print(old);
	ASSERT_STREQ(messages, expected, "messages");
	if (*expected) {
		ASSERT_EQ(fd, -EINVAL, "bad size");
		ASSERT_EQ(err, EINVAL, "errno");
	} else if (ASSERT_GE(fd, 0, "good size")) {
		close(fd);
	}
}

static void test_sizes(void)
{
	const enum bpf_map_type user = BPF_MAP_TYPE_USER_RINGBUF;
	libbpf_print_fn_t old;

	check_size(user, 0, 4096, "");
	check_size(user, 0, 1 << 20, "");
	check_size(user, 0, 12288,
		   "libbpf: map 'sized': user_ringbuf: max_entries is 12288 bytes, should be a power of two of pages (of 4096 bytes), as 16384 is (4 pages)\n");
	check_size(user, 0, 1024,
		   "libbpf: map 'sized': user_ringbuf: max_entries is 1024 bytes, should be a power of two of pages (of 4096 bytes), as 4096 is (1 pages)\n");
	check_size(BPF_MAP_TYPE_RINGBUF, 0, 5000,
		   "libbpf: map 'sized': ringbuf: max_entries is 5000 bytes, should be a power of two of pages (of 4096 bytes), as 8192 is (2 pages)\n");
	check_size(user, 0, UINT_MAX,
		   "libbpf: map 'sized': user_ringbuf: max_entries is 4294967295 bytes, should be a power of two of pages (of 4096 bytes), as 2147483648 is (524288 pages)\n");
	check_size(user, 0, 0,
		   "libbpf: map 'sized': user_ringbuf: max_entries is 0, should be the size in bytes, a power of two of pages (of 4096 bytes)\n");
	check_size(user, 4, 4096,
		   "libbpf: map 'sized': user_ringbuf: key size is 4, should be 0: it has no keys\n");

	/* another map is none of its business */
	old = collect_messages();
	ASSERT_EQ(bpf_map_create(BPF_MAP_TYPE_ARRAY, "sized", 8, 8, 3, NULL), -EINVAL, "array");
	ASSERT_STREQ(messages, "", "text about an array");
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
