// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include <linux/bpf.h>
#include <linux/btf_ids.h>
#include <linux/filter.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>
#include "ringbuf.h"

/*
 * A ring buffer that user space fills and that programs drain.
 *
 *   user space                          kernel
 *
 *   header = len | BUSY                 reads producer_pos
 *   producer_pos += 8 + len             reads header
 *   writes the sample                   callback(sample), unless BUSY or DISCARD
 *   header = len, or len | DISCARD      consumer_pos += 8 + len
 *
 * User space can write all of it but consumer_pos, at any time. So positions and
 * headers are read once, checked, and used as they were read: then a sample is
 * within the pages of the ring whatever the producer does. What is in the sample
 * can change while a callback looks at it.
 *
 * There is one drain at a time, which owns the ring from user_ringbuf_try_own()
 * on, callbacks included: no lock could be held there. Others get -EBUSY.
 *
 * The positions are exchanged once a batch, for each is in a cache line that
 * bounces between the producer and the drain. So a producer may see room late,
 * by the callbacks of one batch. But if the ring was more than half full when the
 * batch began, it sees each sample go; and it sees all when the drain ends.
 */

/* Bytes that a drain takes before it looks at the positions again. */
#define USER_RINGBUF_BATCH 512UL

/* A drain under way, and its next sample. */
struct user_ringbuf_drain {
	struct bpf_ringbuf *rb;
	unsigned long cons_pos;	/* rb->consumer_pos lags behind within a batch */
	unsigned long room;	/* bytes left in the batch */
	u32 len;		/* of the sample at cons_pos */
	u32 samples;		/* taken, with those discarded */
	u32 discarded;
	bool is_filled;		/* let the producer see at once what is taken */
};

static struct bpf_ringbuf *user_ringbuf(const struct bpf_map *map)
{
	return container_of(map, struct bpf_ringbuf_map, map)->rb;
}

static bool user_ringbuf_try_own(struct bpf_ringbuf *rb)
{
	int busy = 0;

	/* Pairs with user_ringbuf_disown(), in a drain before this one */
	return atomic_try_cmpxchg_acquire(&rb->busy, &busy, 1);
}

static void user_ringbuf_disown(struct bpf_ringbuf *rb)
{
	atomic_set_release(&rb->busy, 0);
}

static u32 user_ringbuf_total_len(u32 len)
{
	return (len + BPF_RINGBUF_HDR_SZ + 7) & ~7;
}

static void *user_ringbuf_next_hdr(const struct user_ringbuf_drain *drain)
{
	return drain->rb->data + (drain->cons_pos & drain->rb->mask);
}

/* The length of the next sample, and its flags, as the producer has them now. */
static u32 user_ringbuf_next_len(const struct user_ringbuf_drain *drain)
{
	/* Pairs with the release in user_ringbuf_commit() of libbpf */
	return smp_load_acquire((u32 *)user_ringbuf_next_hdr(drain));
}

static void user_ringbuf_publish(const struct user_ringbuf_drain *drain)
{
	/* Pairs with the acquire in user_ring_buffer__reserve() of libbpf */
	smp_store_release(&drain->rb->consumer_pos, drain->cons_pos);
}

static int user_ringbuf_check_len(const struct bpf_ringbuf *rb, unsigned long avail, u32 len)
{
	u32 total_len = user_ringbuf_total_len(len);

	/* The producer has to have posted all of it */
	if (total_len > avail)
		return -EINVAL;
	/* avail is what the producer says: it may be more than the ring */
	if (total_len > ringbuf_total_data_sz(rb))
		return -E2BIG;
	return bpf_dynptr_check_size(len);
}

/*
 * How many bytes to take before producer_pos is read again: the next sample at
 * least. No sample has less than 8, so they are not more than a call may take.
 */
static unsigned long user_ringbuf_batch(const struct user_ringbuf_drain *drain,
					unsigned long avail)
{
	unsigned long left = BPF_MAX_USER_RINGBUF_SAMPLES - drain->samples;
	unsigned long total_len = user_ringbuf_total_len(drain->len);

	return max(total_len, min3(avail, USER_RINGBUF_BATCH, left * BPF_RINGBUF_HDR_SZ));
}

/* Exchange positions, and find the next sample. -ENODATA if there is none to take. */
static int user_ringbuf_next_batch(struct user_ringbuf_drain *drain)
{
	unsigned long prod_pos, avail;
	u32 hdr_len;
	int err;

	for (;;) {
		user_ringbuf_publish(drain);
		if (drain->samples == BPF_MAX_USER_RINGBUF_SAMPLES)
			return -ENODATA;

		/* Pairs with the release in user_ring_buffer__reserve() of libbpf */
		prod_pos = smp_load_acquire(&drain->rb->producer_pos);
		if (prod_pos % 8)
			return -EINVAL;
		if (drain->cons_pos >= prod_pos)
			return -ENODATA;

		avail = prod_pos - drain->cons_pos;
		hdr_len = user_ringbuf_next_len(drain);
		drain->len = hdr_len & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		err = user_ringbuf_check_len(drain->rb, avail, drain->len);
		if (err)
			return err;
		if (!(hdr_len & BPF_RINGBUF_DISCARD_BIT))
			break;

		drain->cons_pos += user_ringbuf_total_len(drain->len);
		drain->samples++;
		drain->discarded++;
	}
	if (hdr_len & BPF_RINGBUF_BUSY_BIT)
		return -ENODATA;

	drain->room = user_ringbuf_batch(drain, avail);
	drain->is_filled = avail > ringbuf_total_data_sz(drain->rb) / 2;
	return 0;
}

/*
 * Call back for the samples of a batch, of which the next one was checked. It
 * ends at whatever is not an ordinary sample, for user_ringbuf_next_batch() to look
 * at, or returns false if the callback wants no more.
 */
static bool user_ringbuf_drain_batch(struct user_ringbuf_drain *drain, bpf_callback_t callback,
				     void *callback_ctx)
{
	struct bpf_dynptr_kern dynptr;
	u32 total_len;
	u64 stop;

	do {
		bpf_dynptr_init(&dynptr, user_ringbuf_next_hdr(drain) + BPF_RINGBUF_HDR_SZ,
				BPF_DYNPTR_TYPE_LOCAL, 0, drain->len);
		stop = callback((uintptr_t)&dynptr, (uintptr_t)callback_ctx, 0, 0, 0);

		total_len = user_ringbuf_total_len(drain->len);
		drain->cons_pos += total_len;
		drain->room -= total_len;
		drain->samples++;
		if (drain->is_filled)
			user_ringbuf_publish(drain);
		if (stop)
			return false;
		/* A busy or discarded one is too long, by its flags */
		drain->len = user_ringbuf_next_len(drain);
	} while (drain->len <= DYNPTR_MAX_SIZE &&
		 user_ringbuf_total_len(drain->len) <= drain->room);
	return true;
}

/*
 * All of this belongs to the owner, so no update is lost. Plain words: a drain
 * may run in NMI, where 64-bit atomics of some 32-bit machines would spin.
 */
static void user_ringbuf_count(struct user_ringbuf_drain *drain, int err)
{
	struct user_ringbuf_stats *stats = &drain->rb->stats;
	u32 samples = drain->samples - drain->discarded;

	WRITE_ONCE(stats->samples, stats->samples + samples);
	WRITE_ONCE(stats->discarded, stats->discarded + drain->discarded);
	if (err && err != -ENODATA)
		WRITE_ONCE(stats->rejected, stats->rejected + 1);
}

BPF_CALL_4(bpf_user_ringbuf_drain, struct bpf_map *, map,
	   void *, callback_fn, void *, callback_ctx, u64, flags)
{
	struct bpf_ringbuf *rb = user_ringbuf(map);
	struct user_ringbuf_drain drain = { .rb = rb };
	int err;

	if (unlikely(flags & ~(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP)))
		return -EINVAL;
	if (!user_ringbuf_try_own(rb)) {
		atomic_long_inc(&rb->stats.busy);
		return -EBUSY;
	}

	drain.cons_pos = rb->consumer_pos;
	do
		err = user_ringbuf_next_batch(&drain);
	while (!err && user_ringbuf_drain_batch(&drain, (bpf_callback_t)callback_fn, callback_ctx));
	user_ringbuf_publish(&drain);
	user_ringbuf_count(&drain, err);
	user_ringbuf_disown(rb);

	if ((flags & BPF_RB_FORCE_WAKEUP) || (drain.samples && !(flags & BPF_RB_NO_WAKEUP)))
		irq_work_queue(&rb->work);
	if (err && err != -ENODATA)
		return err;
	return drain.samples - drain.discarded;
}

const struct bpf_func_proto bpf_user_ringbuf_drain_proto = {
	.func		= bpf_user_ringbuf_drain,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_CONST_MAP_PTR,
	.arg2_type	= ARG_PTR_TO_FUNC,
	.arg3_type	= ARG_PTR_TO_STACK_OR_NULL,
	.arg4_type	= ARG_ANYTHING,
};

/*
 * BPF_MAP_DELETE_ELEM, without a key, takes back all that was posted. It is the
 * way out for a producer whose ring a drain refuses: where the sample after a bad
 * one begins, nobody can tell, and producer_pos may be wrong itself. consumer_pos
 * is right and stays, so what a producer has seen of it remains true.
 */
static int user_ringbuf_map_delete_elem(struct bpf_map *map, void *key)
{
	struct bpf_ringbuf *rb = user_ringbuf(map);

	if (!user_ringbuf_try_own(rb))
		return -EBUSY;
	/* Pairs with the acquire in user_ring_buffer__reserve() of libbpf */
	smp_store_release(&rb->producer_pos, rb->consumer_pos);
	user_ringbuf_disown(rb);
	irq_work_queue(&rb->work);
	return 0;
}

static int user_ringbuf_map_mmap(struct bpf_map *map, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WRITE) {
		/* The page of the consumer's position belongs to the kernel */
		if (vma->vm_pgoff == 0)
			return -EPERM;
	} else {
		vma->vm_flags &= ~VM_MAYWRITE;
	}
	/* remap_vmalloc_range() checks size and offset constraints */
	return remap_vmalloc_range(vma, user_ringbuf(map), vma->vm_pgoff + RINGBUF_PGOFF);
}

static __poll_t user_ringbuf_map_poll(struct bpf_map *map, struct file *filp,
				      struct poll_table_struct *pts)
{
	struct bpf_ringbuf *rb = user_ringbuf(map);

	poll_wait(filp, &rb->waitq, pts);

	if (ringbuf_avail_data_sz(rb) < ringbuf_total_data_sz(rb))
		return EPOLLOUT | EPOLLWRNORM;
	return 0;
}

static void user_ringbuf_map_show_fdinfo(const struct bpf_map *map, struct seq_file *m)
{
	struct user_ringbuf_stats *stats = &user_ringbuf(map)->stats;

	seq_printf(m,
		   "samples:\t%lu\n"
		   "discarded:\t%lu\n"
		   "rejected:\t%lu\n"
		   "busy:\t%lu\n",
		   READ_ONCE(stats->samples),
		   READ_ONCE(stats->discarded),
		   READ_ONCE(stats->rejected),
		   atomic_long_read(&stats->busy));
}

BTF_ID_LIST_SINGLE(user_ringbuf_map_btf_ids, struct, bpf_ringbuf_map)
const struct bpf_map_ops user_ringbuf_map_ops = {
	.map_meta_equal = bpf_map_meta_equal,
	.map_alloc = ringbuf_map_alloc,
	.map_free = ringbuf_map_free,
	.map_mmap = user_ringbuf_map_mmap,
	.map_poll = user_ringbuf_map_poll,
	.map_lookup_elem = ringbuf_map_lookup_elem,
	.map_update_elem = ringbuf_map_update_elem,
	.map_delete_elem = user_ringbuf_map_delete_elem,
	.map_get_next_key = ringbuf_map_get_next_key,
	.map_show_fdinfo = user_ringbuf_map_show_fdinfo,
	.map_btf_id = &user_ringbuf_map_btf_ids[0],
};
