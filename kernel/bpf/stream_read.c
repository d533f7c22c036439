// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bpf.h>
#include <linux/bpf_stream.h>
#include <linux/llist.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "stream.h"

/*
 * The readers' side of the standard streams of BPF programs, see stream.c.
 *
 * A reader gathers what it delivers in a buffer on its stack, copies that to user
 * space, and only then takes it off the streams, so that a fault loses nothing.
 * All three are done under the lock of the stream, so that no byte is delivered
 * twice. Hence the copy must not wait for a page: where one is missing, the reader
 * lets the lock go, brings the page in, and starts anew.
 */

/* Delivered by one copy to user space: many small messages, not much stack. */
#define BPF_STREAM_CHUNK	512

/*
 * The streams that a reader reads: one, which is @a and @b, or both as one. All below
 * is under bpf_stream.lock of both.
 */
struct stream_view {
	struct bpf_stream *a, *b;
	u32 flags;
};

/* Is there anything to deliver? */
static bool stream_refill(struct bpf_stream *stream)
{
	struct stream_pos *backlog = &stream->backlog;

	if (backlog->rec || llist_empty(&stream->log))
		return backlog->rec;
	/* Who sees the log empty sees some backlog. Pairs with smp_rmb() in stream_readable(). */
	WRITE_ONCE(backlog->rec, READ_ONCE(stream->log.first));
	WRITE_ONCE(backlog->rec, llist_reverse_order(llist_del_all(&stream->log)));
	return true;
}

/*
 * If one stream has something and the other one has not, then the other one was
 * found empty after the first one's was taken: what is printed to it later has
 * a later stamp than all that was taken.
 */
static bool view_refill(const struct stream_view *view)
{
	bool a = stream_refill(view->a);

	if (view->a == view->b || !stream_refill(view->b))
		return a;
	stream_refill(view->a);
	return true;
}

static struct bpf_stream_rec *pos_rec(const struct stream_pos *pos)
{
	return llist_entry(pos->rec, struct bpf_stream_rec, node);
}

static struct stream_pos *pos_older(struct stream_pos *a, struct stream_pos *b)
{
	if (!a->rec || !b->rec)
		return a->rec ? a : b;
	return pos_rec(a)->stamp < pos_rec(b)->stamp ? a : b;
}

static u32 stream_id(const struct bpf_stream *stream)
{
	return stream - stream->owner->stream + BPF_STDOUT;
}

/* Write what a reader gets before the text of a message. */
static u32 rec_prefix(const struct bpf_stream_rec *rec, u32 flags,
		      const struct bpf_stream *stream, char *buf, u32 size)
{
	u32 rem, len = 0;
	u64 sec;

	if (flags & BPF_F_STREAM_IDS)
		buf[len++] = stream_id(stream);
	if (!(flags & BPF_F_STREAM_TIMESTAMPS))
		return len;
	sec = div_u64_rem(rec->stamp, NSEC_PER_SEC, &rem);
	return len + scnprintf(buf + len, size - len, "[%5llu.%06u] ", sec,
			       rem / (u32)NSEC_PER_USEC);
}

/* Copy up to @size bytes of that. The reader before may have had a longer one. */
static u32 pos_copy_prefix(struct stream_pos *pos, u32 flags, const struct bpf_stream *stream,
			   char *buf, u32 size)
{
	char prefix[32];
	u32 len = rec_prefix(pos_rec(pos), flags, stream, prefix, sizeof(prefix));

	if (pos->prefix >= len)
		return 0;
	size = min(len - pos->prefix, size);
	memcpy(buf, prefix + pos->prefix, size);
	pos->prefix += size;
	return size;
}

/* The same for a message, which has no prefix any more once its text has begun. */
static u32 pos_copy(struct stream_pos *pos, u32 flags, const struct bpf_stream *stream,
		    char *buf, u32 size)
{
	struct bpf_stream_rec *rec = pos_rec(pos);
	u32 done = 0;

	if (flags && !pos->text)
		done = pos_copy_prefix(pos, flags, stream, buf, size);
	size = min(rec->len - pos->text, size - done);
	memcpy(buf + done, rec->text + pos->text, size);
	pos->text += size;
	return done + size;
}

/* Is there more? If a message is over, go to the next one. */
static bool pos_next(struct stream_pos *pos)
{
	if (pos->text < pos_rec(pos)->len)
		return true;
	*pos = (struct stream_pos){ .rec = pos->rec->next };
	return pos->rec;
}

/*
 * Copy up to @size bytes and tell where that leads to, without going there. Ends
 * where a backlog ends: what comes next is known when it is refilled.
 */
static u32 view_peek(const struct stream_view *view, struct stream_pos *a,
		     struct stream_pos *b, char *buf, u32 size)
{
	struct stream_pos *pos;
	u32 done = 0;

	*a = view->a->backlog;
	*b = view->b->backlog;
	do {
		pos = view->a == view->b ? a : pos_older(a, b);
		done += pos_copy(pos, view->flags, pos == a ? view->a : view->b, buf + done,
				 size - done);
	} while (pos_next(pos) && done < size);
	return done;
}

static void stream_advance(struct bpf_stream *stream, const struct stream_pos *to)
{
	struct llist_node *node = stream->backlog.rec;
	u32 text = to->text - stream->backlog.text;
	struct bpf_stream_rec *rec;

	while (node != to->rec) {
		rec = llist_entry(node, struct bpf_stream_rec, node);
		node = node->next;
		text += rec->len;
		rec_free(rec);
	}
	/* stream_readable() looks at it without the lock. */
	WRITE_ONCE(stream->backlog.rec, to->rec);
	stream->backlog.prefix = to->prefix;
	stream->backlog.text = to->text;
	stream_uncharge(stream, text);
}

/* What is not in memory is not brought in. */
static u32 copy_resident(const char *from, u32 size, struct iov_iter *to)
{
	u32 copied;

	pagefault_disable();
	copied = copy_to_iter(from, size, to);
	pagefault_enable();
	return copied;
}

/*
 * Deliver as much as @chunk holds and @to has room for; less if a page of @to is
 * missing.
 */
static u32 view_deliver(const struct stream_view *view, char *chunk, struct iov_iter *to)
{
	u32 size = min_t(size_t, iov_iter_count(to), BPF_STREAM_CHUNK), copied;
	struct stream_pos a, b;

	size = view_peek(view, &a, &b, chunk, size);
	copied = copy_resident(chunk, size, to);
	if (!copied)
		return 0;
	if (copied < size)
		view_peek(view, &a, &b, chunk, copied);
	stream_advance(view->a, &a);
	if (view->b != view->a)
		stream_advance(view->b, &b);
	return copied;
}

/* In this order. */
static int view_lock(const struct stream_view *view)
{
	if (mutex_lock_killable(&view->a->lock))
		return -EINTR;
	if (view->b == view->a || !mutex_lock_killable_nested(&view->b->lock, 1))
		return 0;
	mutex_unlock(&view->a->lock);
	return -EINTR;
}

static void view_unlock(const struct stream_view *view)
{
	if (view->b != view->a)
		mutex_unlock(&view->b->lock);
	mutex_unlock(&view->a->lock);
}

/*
 * Read until there is no more text or room, or a signal. Adds what was read to
 * @done. -EFAULT if a page of @to is missing.
 */
static int view_read_resident(const struct stream_view *view, struct iov_iter *to, size_t *done)
{
	char chunk[BPF_STREAM_CHUNK];
	int err = view_lock(view);
	u32 n;

	if (err)
		return err;
	while (iov_iter_count(to) && view_refill(view)) {
		n = view_deliver(view, chunk, to);
		if (!n) {
			err = -EFAULT;
			break;
		}
		*done += n;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	view_unlock(view);
	return err;
}

static ssize_t view_read(const struct stream_view *view, struct iov_iter *to)
{
	size_t done = 0;
	int err;

	for (;;) {
		err = view_read_resident(view, to, &done);
		if (err != -EFAULT || (done && signal_pending(current)))
			break;
		/* Not a byte of it can be written? */
		if (fault_in_iov_iter_writeable(to, 1))
			break;
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
	}
	return done ?: err;
}

/**
 * bpf_streams_read_iter() - Read what there is
 * @streams: the streams
 * @id: what is read: a stream, or both of them
 * @flags: BPF_F_STREAM_TIMESTAMPS, BPF_F_STREAM_IDS: what each message begins with
 * @to: where to
 *
 * Context: Process, may sleep.
 * Return: bytes read; 0 if there is nothing to read; -EFAULT if nothing could be
 * written to @to; -EINTR if the task was killed while it waited for another reader.
 */
ssize_t bpf_streams_read_iter(struct bpf_streams *streams, u32 id, u32 flags,
			      struct iov_iter *to)
{
	struct stream_view view = {
		.a = &streams->stream[id == BPF_STDERR],
		.b = &streams->stream[id != BPF_STDOUT],
		.flags = flags,
	};

	return view_read(&view, to);
}

/**
 * bpf_streams_read() - Read from a stream of a program
 * @aux: the program
 * @id: the stream, BPF_STREAM_STDOUT or BPF_STREAM_STDERR
 * @buf: where to
 * @len: bytes of @buf
 *
 * Context: Process, may sleep.
 * Return: as bpf_streams_read_iter(); -ENOENT if there is no stream @id.
 */
int bpf_streams_read(struct bpf_prog_aux *aux, u32 id, char __user *buf, u32 len)
{
	struct iov_iter to;

	if (id != BPF_STREAM_STDOUT && id != BPF_STREAM_STDERR)
		return -ENOENT;
	if (!aux->streams)
		return 0;
	iov_iter_ubuf(&to, READ, buf, len);
	return bpf_streams_read_iter(aux->streams, id, 0, &to);
}

static bool stream_readable(const struct bpf_stream *stream)
{
	if (!llist_empty(&stream->log))
		return true;
	smp_rmb();	/* Pairs with llist_del_all() in stream_refill(). */
	return READ_ONCE(stream->backlog.rec);
}

/**
 * bpf_streams_readable() - Is there anything to read?
 * @streams: the streams
 * @id: what is read: a stream, or both of them
 *
 * Context: Any.
 */
bool bpf_streams_readable(const struct bpf_streams *streams, u32 id)
{
	return (id & BPF_STDOUT && stream_readable(&streams->stream[0])) ||
	       (id & BPF_STDERR && stream_readable(&streams->stream[1]));
}
