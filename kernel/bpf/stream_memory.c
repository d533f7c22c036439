// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/workqueue.h>

#include "bump_alloc.h"
#include "stream.h"

/*
 * The memory of the standard streams of BPF programs: how much it may be, who
 * pays for it, and when it goes back.
 *
 * Each stream has an allocator of its own, which counts pages, and at most
 * BPF_STREAM_MAX_MEMORY of them. Records are read in the order in which they were
 * written, so the pages of a stream are those of its unread records, and at most
 * two more for each CPU and context level that writes. Nothing that is printed
 * elsewhere, or to the other stream, keeps a page of it.
 *
 * Pages are taken in any context, where no memory cgroup can be charged. So a work
 * follows: soon after the number of pages has changed it charges what was taken to
 * the cgroup of the loader, or gives back what was freed. It does not kill for
 * that. If the cgroup has no room, what is there is charged nevertheless, which is
 * the truth, and the streams get no more until there is room again.
 *
 * The same work takes the current pages from a stream to which nothing was written
 * since it looked last.
 */

#define BPF_STREAM_MAX_MEMORY	(16U << 20)
#define BPF_STREAM_SETTLE_DELAY	(HZ / 10)

static int stream_max_pages(void)
{
	/* On very large machines, what all CPUs print must be possible */
	return max_t(int, BPF_STREAM_MAX_MEMORY >> PAGE_SHIFT, 2 * BUMP_LEVELS * nr_cpu_ids);
}

/**
 * stream_memory_full() - Has a stream all the pages that it may have?
 * @stream: the stream
 *
 * Context: Any.
 */
bool stream_memory_full(const struct bpf_stream *stream)
{
	return bump_pages(&stream->bump) >= stream_max_pages();
}

/* Have the account settled. If that is due already, it will see this as well. */
static void streams_kick(struct bpf_streams *streams)
{
	struct stream_account *account = &streams->account;

	/* Pairs with the full barrier in streams_settle(): the change before, the flag then */
	if (!atomic_xchg(&account->due, 1))
		irq_work_queue(&account->kick);
}

static void stream_memory_changed(struct bump *bump)
{
	streams_kick(container_of(bump, struct bpf_stream, bump)->owner);
}

/**
 * stream_memory_refused() - Tell that there was no page for a stream
 * @stream: the stream
 *
 * If that is because of the cgroup, somebody has to look at it again.
 *
 * Context: Any, NMI included.
 */
void stream_memory_refused(struct bpf_stream *stream)
{
	if (!READ_ONCE(stream->bump.max_pages))
		streams_kick(stream->owner);
}

static void streams_allow(struct bpf_streams *streams, bool allowed)
{
	int i, max_pages = allowed ? stream_max_pages() : 0;

	for (i = 0; i < ARRAY_SIZE(streams->stream); i++)
		WRITE_ONCE(streams->stream[i].bump.max_pages, max_pages);
}

#ifdef CONFIG_MEMCG_KMEM
static size_t bytes_of(u32 pages)
{
	return (size_t)pages << PAGE_SHIFT;
}

/* Without killing anybody. */
static bool account_try(struct stream_account *account, u32 pages)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;

	return !obj_cgroup_charge(account->objcg, gfp, bytes_of(pages));
}

static void account_uncharge(struct stream_account *account, u32 pages)
{
	if (pages)
		obj_cgroup_uncharge(account->objcg, bytes_of(pages));
}

/* Charge what was taken, or find out whether more may be. */
static bool account_grow(struct stream_account *account, u32 pages)
{
	bool room = account_try(account, pages + 1);

	if (room)
		account_uncharge(account, 1);
	else if (pages && !account_try(account, pages))
		/* Atomic charges go over the limit */
		obj_cgroup_charge(account->objcg, GFP_ATOMIC, bytes_of(pages));
	return room;
}

static void account_init(struct stream_account *account)
{
	account->objcg = get_obj_cgroup_from_current();
}

static void account_exit(struct stream_account *account)
{
	if (!account->objcg)
		return;
	account_uncharge(account, account->pages);
	obj_cgroup_put(account->objcg);
}
#else
static void account_uncharge(struct stream_account *account, u32 pages) { }
static bool account_grow(struct stream_account *account, u32 pages) { return true; }
static void account_init(struct stream_account *account) { }
static void account_exit(struct stream_account *account) { }
#endif

static void streams_charge(struct bpf_streams *streams)
{
	struct stream_account *account = &streams->account;
	u32 pages = bump_pages(&streams->stream[0].bump) + bump_pages(&streams->stream[1].bump);
	bool room = true;

	if (!account->objcg)
		return;
	if (pages < account->pages)
		account_uncharge(account, account->pages - pages);
	else
		room = account_grow(account, pages - account->pages);
	account->pages = pages;
	streams_allow(streams, room);
}

/* Was anything written to the stream since this was asked last? If not, trim it. */
static bool stream_busy(struct bpf_stream *stream)
{
	unsigned long messages = atomic_long_read(&stream->messages);

	if (messages == stream->settled_messages) {
		bump_trim(&stream->bump);
		return false;
	}
	stream->settled_messages = messages;
	return true;
}

static void streams_settle(struct work_struct *work)
{
	struct bpf_streams *streams = container_of(to_delayed_work(work), struct bpf_streams,
						   account.work);
	bool busy;

	/* Full barrier, see streams_kick() */
	atomic_xchg(&streams->account.due, 0);
	busy = stream_busy(&streams->stream[0]);
	busy |= stream_busy(&streams->stream[1]);
	streams_charge(streams);
	if (busy)
		streams_kick(streams);
}

static void account_kick(struct irq_work *kick)
{
	struct stream_account *account = container_of(kick, struct stream_account, kick);

	queue_delayed_work(system_unbound_wq, &account->work, BPF_STREAM_SETTLE_DELAY);
}

/**
 * streams_memory_init() - Give memory to streams
 * @streams: the streams, which current loads a program with
 *
 * Context: Process, may sleep.
 * Return: 0, or -ENOMEM; then streams_memory_exit() is due as well.
 */
int streams_memory_init(struct bpf_streams *streams)
{
	struct stream_account *account = &streams->account;
	int i, err = 0;

	init_irq_work(&account->kick, account_kick);
	INIT_DELAYED_WORK(&account->work, streams_settle);
	account_init(account);
	for (i = 0; i < ARRAY_SIZE(streams->stream) && !err; i++)
		err = bump_init(&streams->stream[i].bump, stream_max_pages(),
				stream_memory_changed);
	return err;
}

/**
 * streams_memory_stop() - Settle no more
 * @streams: the streams, which nobody uses any more
 *
 * Context: Process, may sleep.
 */
void streams_memory_stop(struct bpf_streams *streams)
{
	struct stream_account *account = &streams->account;

	if (!streams->stream[0].bump.words)
		return;
	/* The one queues the other, which may find reason for another turn */
	do {
		irq_work_sync(&account->kick);
		cancel_delayed_work_sync(&account->work);
	} while (irq_work_is_busy(&account->kick) || delayed_work_pending(&account->work));
	/* What is freed from now on is settled by streams_memory_exit() */
	atomic_set(&account->due, 1);
}

/**
 * streams_memory_exit() - Take the memory from streams
 * @streams: the streams, in which there is no record any more
 *
 * Context: Process, may sleep.
 */
void streams_memory_exit(struct bpf_streams *streams)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(streams->stream); i++)
		bump_exit(&streams->stream[i].bump);
	account_exit(&streams->account);
}
