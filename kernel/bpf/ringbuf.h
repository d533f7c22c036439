/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __BPF_RINGBUF_H
#define __BPF_RINGBUF_H

#include <linux/bpf.h>
#include <linux/irq_work.h>
#include <linux/wait.h>

/* non-mmap()'able part of bpf_ringbuf (everything up to consumer page) */
#define RINGBUF_PGOFF \
	(offsetof(struct bpf_ringbuf, consumer_pos) >> PAGE_SHIFT)
/* consumer page and producer page */
#define RINGBUF_POS_PAGES 2

/* Counts of the samples, and of the drains, of a user-space producer.
 * Only the owner writes, but for busy.
 */
struct user_ringbuf_stats {
	unsigned long samples;		/* given to a callback */
	unsigned long discarded;	/* by the producer */
	unsigned long rejected;		/* drains that met a bad sample or position */
	atomic_long_t busy;		/* drains that met another one */
};

struct bpf_ringbuf {
	wait_queue_head_t waitq;
	struct irq_work work;
	u64 mask;
	struct page **pages;
	int nr_pages;
	raw_spinlock_t spinlock ____cacheline_aligned_in_smp;
	/* For user-space producers, see user_ringbuf.c: set while a drain owns
	 * the ring. It stands in for the spinlock, which cannot be held across
	 * the callbacks of a BPF program.
	 */
	atomic_t busy ____cacheline_aligned_in_smp;
	struct user_ringbuf_stats stats;
	/* Consumer and producer counters are put into separate pages to
	 * allow each position to be mapped with different permissions.
	 * This prevents a user-space application from modifying the
	 * position and ruining in-kernel tracking. The permissions of the
	 * pages depend on who is producing samples: user-space or the
	 * kernel. Note that the pending counter is placed in the same
	 * page as the producer, so that it shares the same cache line.
	 *
	 * Kernel-producer
	 * ---------------
	 * The producer position and data pages are mapped as r/o in
	 * userspace. For this approach, bits in the header of samples are
	 * used to signal to user-space, and to other producers, whether a
	 * sample is currently being written.
	 *
	 * User-space producer
	 * -------------------
	 * Only the page containing the consumer position is mapped r/o in
	 * user-space. User-space producers also use bits of the header to
	 * communicate to the kernel, but the kernel must carefully check and
	 * validate each sample to ensure that they're correctly formatted, and
	 * fully contained within the ring buffer.
	 */
	unsigned long consumer_pos __aligned(PAGE_SIZE);
	unsigned long producer_pos __aligned(PAGE_SIZE);
	unsigned long pending_pos;
	char data[] __aligned(PAGE_SIZE);
};

struct bpf_ringbuf_map {
	struct bpf_map map;
	struct bpf_ringbuf *rb;
};

/* 8-byte ring buffer record header structure */
struct bpf_ringbuf_hdr {
	u32 len;
	u32 pg_off;
};

static inline unsigned long ringbuf_avail_data_sz(struct bpf_ringbuf *rb)
{
	unsigned long cons_pos, prod_pos;

	/* Pairs with the release of the consumer */
	cons_pos = smp_load_acquire(&rb->consumer_pos);
	/* Pairs with the release of the producer */
	prod_pos = smp_load_acquire(&rb->producer_pos);
	return prod_pos - cons_pos;
}

static inline u32 ringbuf_total_data_sz(const struct bpf_ringbuf *rb)
{
	return rb->mask + 1;
}

struct bpf_map *ringbuf_map_alloc(union bpf_attr *attr);
void ringbuf_map_free(struct bpf_map *map);
void *ringbuf_map_lookup_elem(struct bpf_map *map, void *key);
int ringbuf_map_update_elem(struct bpf_map *map, void *key, void *value, u64 flags);
int ringbuf_map_get_next_key(struct bpf_map *map, void *key, void *next_key);

#endif
