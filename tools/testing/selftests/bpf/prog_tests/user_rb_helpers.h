/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __USER_RB_HELPERS_H
#define __USER_RB_HELPERS_H

#include <sys/mman.h>
#include "modern_helpers.h"
#include "progs/user_rb_run.h"
#include "user_rb.skel.h"

#define HDR_SZ BPF_RINGBUF_HDR_SZ
#define BUSY BPF_RINGBUF_BUSY_BIT
#define DISCARD BPF_RINGBUF_DISCARD_BIT

/* A ring as the kernel shares it, for a producer that libbpf does not restrain. */
struct ring {
	struct user_rb *skel;
	int fd;
	__u32 size;
	const volatile __u64 *cons;
	volatile __u64 *prod;
	char *data;
};

static inline int ring_map(struct ring *ring)
{
	long page = getpagesize();

	ring->cons = mmap(NULL, page, PROT_READ, MAP_SHARED, ring->fd, 0);
	ring->prod = mmap(NULL, page + 2UL * ring->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			  ring->fd, page);
	ring->data = (char *)ring->prod + page;
	return ring->cons == MAP_FAILED || ring->prod == MAP_FAILED ? -errno : 0;
}

static inline int ring_open(struct ring *ring, __u32 size)
{
	ring->size = size;
	ring->skel = user_rb__open();
	if (!ASSERT_OK_PTR(ring->skel, "open"))
		return -1;
	bpf_map__set_max_entries(ring->skel->maps.ring, size);
	if (!ASSERT_OK(user_rb__load(ring->skel), "load"))
		goto err;
	ring->fd = bpf_map__fd(ring->skel->maps.ring);
	if (ASSERT_OK(ring_map(ring), "mmap"))
		return 0;
err:
	user_rb__destroy(ring->skel);
	return -1;
}

static inline void ring_close(struct ring *ring)
{
	long page = getpagesize();

	munmap((void *)ring->cons, page);
	munmap((void *)ring->prod, page + 2UL * ring->size);
	user_rb__destroy(ring->skel);
}

static inline __u64 ring_total(__u32 len)
{
	return (len + HDR_SZ + 7ULL) / 8 * 8;
}

static inline __u32 *ring_hdr(struct ring *ring, __u64 pos)
{
	return (__u32 *)(ring->data + (pos & (ring->size - 1)));
}

/* Post a sample: its value in front, and whatever hdr says behind. */
static inline void ring_post(struct ring *ring, __u32 hdr, __u64 value)
{
	__u64 pos = *ring->prod;
	__u32 *at = ring_hdr(ring, pos);

	at[0] = hdr;
	at[1] = 0;
	if ((hdr & ~(BUSY | DISCARD)) >= sizeof(value))
		memcpy(at + 2, &value, sizeof(value));
	__atomic_store_n(ring->prod, pos + ring_total(hdr & ~(BUSY | DISCARD)), __ATOMIC_RELEASE);
}

static inline int ring_run(struct bpf_program *prog, struct user_rb_run *run)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = run, .ctx_size_in = sizeof(*run));

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) ? -errno : 0;
}

/* Returns what the helper does; the rest is in run. */
static inline long ring_drain(struct ring *ring, struct user_rb_run *run)
{
	int err = ring_run(ring->skel->progs.drain, run);

	return err ? err : run->ret;
}

static inline long ring_drain_flags(struct ring *ring, __u64 flags)
{
	struct user_rb_run run = { .flags = flags };

	return ring_drain(ring, &run);
}

static inline int ring_reset(struct ring *ring)
{
	return bpf_map_delete_elem(ring->fd, NULL) ? -errno : 0;
}

/* A line of the map's fdinfo, -1 if there is none. */
static inline long ring_counter(struct ring *ring, const char *name)
{
	return fdinfo_value(ring->fd, name);
}

/* Run a test with a ring of its own. */
static inline void with_ring(__u32 size, void (*test)(struct ring *ring))
{
	struct ring ring;

	if (ring_open(&ring, size))
		return;
	test(&ring);
	ring_close(&ring);
}

#endif
