/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_H__
#define __STREAM_H__

#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "bump_alloc.h"

/*
 * What the writers' side (stream.c), the readers' side (stream_read.c) and the
 * files (stream_fd.c) of the standard streams share. stream.c tells how they
 * work together.
 */

struct bpf_prog_aux;
struct iov_iter;
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
 * @stamp: bytes of its stamp that are delivered
 * @text: bytes of its text that are delivered
 */
struct stream_pos {
	struct llist_node *rec;
	u32 stamp;
	u32 text;
};

/**
 * struct bpf_stream - one of a program's streams
 * @owner: all streams of the program
 * @log: written and not yet taken by a reader, newest first. Any context.
 * @charge: bytes of text (low half) and memory (high half) of all records in
 *	@log, @backlog and on their way to the log. Any context.
 * @bytes: bytes of text ever written
 * @messages: messages ever written
 * @dropped_room: writes refused with -ENOSPC
 * @dropped_memory: writes refused with -ENOMEM
 * @suppressed: reports of the kernel that were not even tried
 * @wait: those who wait for text of this stream
 * @wake: wakes them, and those of bpf_streams.wait
 * @backlog: taken from @log, oldest first. Under bpf_streams.lock.
 */
struct bpf_stream {
	struct bpf_streams *owner;
	struct llist_head log;
	atomic64_t charge;
	atomic_long_t bytes;
	atomic_long_t messages;
	atomic_long_t dropped_room;
	atomic_long_t dropped_memory;
	atomic_long_t suppressed;
	wait_queue_head_t wait;
	struct irq_work wake;
	struct stream_pos backlog;
};

/* Stream ids as user space counts them are sets of streams: 3 is both. */
#define STREAM_BOTH	3

/**
 * struct bpf_streams - the streams of a program
 * @stream: stdout and stderr
 * @wait: those who wait for text of any of them
 * @clock: the last stamp
 * @lock: serialises readers, who may sleep in a page fault
 * @reports: reports of the kernel that were begun. Any context.
 * @refs: of the program and of files
 * @gone: nothing will be written any more. Set once.
 * @may_read: the program may print addresses and any memory, because it was
 *	loaded with CAP_PERFMON. Not changed once it is loaded.
 */
struct bpf_streams {
	struct bpf_stream stream[2];
	wait_queue_head_t wait;
	atomic64_t clock;
	atomic_t reports;
	struct mutex lock;	/* readers */
	refcount_t refs;
	bool gone;
	bool may_read;
};

static inline u32 rec_size(u32 len)
{
	return offsetof(struct bpf_stream_rec, text[len]);
}

static inline void rec_free(struct bpf_stream_rec *rec)
{
	bump_free(rec, rec_size(rec->len));
}

static inline u64 charge_of(u32 text, u32 memory)
{
	return (u64)memory << 32 | text;
}

static inline void stream_uncharge(struct bpf_stream *stream, u64 charge)
{
	atomic64_sub(charge, &stream->charge);
}

/* stream.c */
struct bpf_streams *bpf_streams_get(const struct bpf_prog_aux *aux);
void bpf_streams_put(struct bpf_streams *streams);
bool bpf_streams_gone(const struct bpf_streams *streams);
wait_queue_head_t *bpf_streams_waitqueue(struct bpf_streams *streams, u32 id);
void bpf_streams_show(struct seq_file *m, const struct bpf_streams *streams, u32 id);

/* stream_read.c */
ssize_t bpf_streams_read_iter(struct bpf_streams *streams, u32 id, bool stamps,
			      struct iov_iter *to);
bool bpf_streams_readable(const struct bpf_streams *streams, u32 id);

#endif /* __STREAM_H__ */
