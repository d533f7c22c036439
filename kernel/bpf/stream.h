/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_H__
#define __STREAM_H__

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/bpf_stream.h>
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "bump_alloc.h"

/*
 * What the writers' side (stream.c, stream_stage.c), the memory (stream_memory.c), the
 * readers' side (stream_read.c) and the files (stream_fd.c) of the standard streams share.
 * stream.c tells how they work together.
 */

struct bpf_prog_aux;
struct iov_iter;
struct obj_cgroup;
struct seq_file;

/**
 * struct bpf_stream_rec - one message
 * @node: link in a stage, the log or the backlog
 * @stamp: when it was printed, CLOCK_MONOTONIC in ns
 * @len: bytes of @text
 * @text: the message, without a NUL
 *
 * Not changed after it is in the log.
 */
struct bpf_stream_rec {
	struct llist_node node;
	u64 stamp;
	u16 len;
	char text[];
};

/**
 * struct stream_pos - what readers have not got yet
 * @rec: the first record of which something is left, the younger ones behind it
 * @prefix: bytes of what stands before its text that are delivered
 * @text: bytes of its text that are delivered
 */
struct stream_pos {
	struct llist_node *rec;
	u32 prefix;
	u32 text;
};

/* Why a message was refused: the errors of bpf_stream_vprintk(). */
enum stream_refused {
	STREAM_REFUSED_ROOM,	/* -ENOSPC */
	STREAM_REFUSED_MEMORY,	/* -ENOMEM */
	STREAM_REFUSED_SIZE,	/* -E2BIG */
	STREAM_REFUSED_BUSY,	/* -EBUSY */
	STREAM_REFUSED_PERM,	/* -EPERM */
	STREAM_REFUSED_INVALID,	/* -EINVAL, and what else there may be */
	STREAM_REFUSED_REASONS,
};

/**
 * struct bpf_stream - one of a program's streams
 * @owner: all streams of the program
 * @log: written and not yet taken by a reader, newest first. Any context.
 * @text: bytes of text of all records in @log, @backlog and on their way to the
 *	log. Any context.
 * @bump: the memory of the records
 * @bytes: bytes of text ever written
 * @messages: messages ever written
 * @refused: writes refused, by reason
 * @suppressed: reports of the kernel that were not even tried
 * @readers: files that are open on it, those on both streams included
 * @wait: those who wait for text of this stream
 * @wake: wakes them, and those of bpf_streams.wait
 * @woken: stamp of the message that queued @wake last. Any context, racy: it only
 *	keeps wakeups from being too many.
 * @lock: serialises readers. Nothing that may sleep for long is done under it, in
 *	particular no page fault.
 * @backlog: taken from @log, oldest first. Under @lock.
 * @settled_messages: @messages when the account was settled last. Of the work.
 */
struct bpf_stream {
	struct bpf_streams *owner;
	struct llist_head log;
	atomic_t text;
	struct bump bump;
	atomic_long_t bytes;
	atomic_long_t messages;
	atomic_long_t refused[STREAM_REFUSED_REASONS];
	atomic_long_t suppressed;
	atomic_t readers;
	wait_queue_head_t wait;
	struct irq_work wake;
	u64 woken;
	struct mutex lock;	/* readers */
	struct stream_pos backlog;
	unsigned long settled_messages;
};

/**
 * struct stream_account - who pays for the pages of a program's streams
 * @objcg: the memory cgroup of the loader, NULL if there is none
 * @pages: pages charged to it. Of the work, and of the last reference.
 * @due: @kick or @work is on its way, or no longer wanted. Any context.
 * @kick: queues @work, which cannot be done in any context
 * @work: charges what was taken, and gives back what was freed
 */
struct stream_account {
	struct obj_cgroup *objcg;
	u32 pages;
	atomic_t due;
	struct irq_work kick;
	struct delayed_work work;
};

#define STREAM_PLACES_BITS	6
#define STREAM_PLACES		BIT(STREAM_PLACES_BITS)

/**
 * struct stream_place - where a program fails, and how
 * @key: place and kind, 0 if nobody has it
 * @begun: jiffies when its interval began, 0 if none did
 * @reports: reports in this interval
 * @more: reports left out since the last one that told of them
 *
 * All of it in any context.
 */
struct stream_place {
	atomic64_t key;
	unsigned long begun;
	atomic_t reports;
	atomic_t more;
};

/* See stream_limit.c. */
struct stream_limit {
	struct stream_place place[STREAM_PLACES];
	struct stream_place others;	/* if there are more */
};

#define BPF_STREAM_MAX_TEXT	(4U << 20)

/* Stream ids as user space counts them are sets of streams: 3 is both. */
#define STREAM_BOTH	3

/**
 * struct bpf_streams - the streams of a program
 * @stream: stdout and stderr
 * @wait: those who wait for text of any of them
 * @clock: the last stamp
 * @limit: which reports of the kernel are written
 * @no_stream: messages for a stream that there is not
 * @refs: of the program and of files
 * @gone: nothing will be written any more. Set once.
 * @account: who pays for the memory
 * @allow_ptr_leaks: the program may print addresses and any memory, because it was
 *	loaded with CAP_PERFMON. Not changed once it is loaded.
 */
struct bpf_streams {
	struct bpf_stream stream[2];
	wait_queue_head_t wait;
	atomic64_t clock;
	struct stream_limit limit;
	atomic_long_t no_stream;
	refcount_t refs;
	struct stream_account account;
	bool gone;
	bool allow_ptr_leaks;
};

static inline u32 rec_size(u32 len)
{
	return offsetof(struct bpf_stream_rec, text[len]);
}

static inline void rec_free(struct bpf_stream_rec *rec)
{
	bump_free(rec, rec_size(rec->len));
}

static inline void rec_free_list(struct llist_node *list)
{
	struct bpf_stream_rec *rec, *next;

	llist_for_each_entry_safe(rec, next, list, node)
		rec_free(rec);
}

static inline void stream_uncharge(struct bpf_stream *stream, u32 text)
{
	atomic_sub(text, &stream->text);
}

/* stream.c */
struct bpf_stream *stream_of(struct bpf_prog_aux *aux, enum bpf_stream_id id);
int stream_refuse(struct bpf_stream *stream, int err);
void stream_add_batch(struct bpf_stream *stream, struct llist_node *newest,
		      struct llist_node *oldest, u32 bytes);
struct bpf_streams *bpf_streams_get(const struct bpf_prog_aux *aux);
void bpf_streams_put(struct bpf_streams *streams);
bool bpf_streams_gone(const struct bpf_streams *streams);
wait_queue_head_t *bpf_streams_waitqueue(struct bpf_streams *streams, u32 id);
void bpf_streams_show(struct seq_file *m, const struct bpf_streams *streams, u32 id);

/* stream_limit.c */
bool stream_limit_claim(struct stream_limit *limit, u64 key, u32 *more);

/* stream_memory.c */
int streams_memory_init(struct bpf_streams *streams);
void streams_memory_stop(struct bpf_streams *streams);
void streams_memory_exit(struct bpf_streams *streams);
void stream_memory_refused(struct bpf_stream *stream);
bool stream_memory_full(const struct bpf_stream *stream);

/* All or nothing, and nothing is ever visible of a charge that did not fit. */
static inline bool stream_charge(struct bpf_stream *stream, u32 len)
{
	int old = atomic_read(&stream->text);

	do {
		if (old + len >= BPF_STREAM_MAX_TEXT)
			return false;
	} while (!atomic_try_cmpxchg(&stream->text, &old, old + len));
	return true;
}

static inline struct bpf_stream_rec *rec_alloc(struct bpf_stream *stream, const char *text, u32 len)
{
	struct bpf_stream_rec *rec = bump_alloc(&stream->bump, rec_size(len));

	if (!rec)
		return NULL;
	rec->len = len;
	memcpy(rec->text, text, len);
	return rec;
}

/* Why there was none. */
static inline int rec_alloc_error(struct bpf_stream *stream)
{
	if (stream_memory_full(stream))
		return -ENOSPC;
	stream_memory_refused(stream);
	return -ENOMEM;
}

/* stream_read.c */
ssize_t bpf_streams_read_iter(struct bpf_streams *streams, u32 id, u32 flags,
			      struct iov_iter *to);
bool bpf_streams_readable(const struct bpf_streams *streams, u32 id);

#endif /* __STREAM_H__ */
