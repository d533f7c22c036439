// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bpf.h>
#include <linux/bpf_stream.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bump_alloc.h"

/*
 * Standard streams of BPF programs: what a program prints is kept, in order,
 * until user space reads it through BPF_PROG_STREAM_READ_BY_FD.
 *
 *	writers, any context                          readers, one at a time
 *
 *	format -> charge -> record -> log (llist) ->> backlog -> user buffer
 *	                    NEWEST ......... OLDEST   OLDEST ...... NEWEST
 *
 * A message is one record. A writer charges the stream's account for it, then
 * allocates and fills it, and then adds it to the log; that one cmpxchg makes
 * it visible. A stage of several records is added by one cmpxchg as well, and
 * so is never torn apart. A reader takes the whole log at once, turns it over,
 * and keeps what it does not deliver, which may end within a record.
 *
 * Writers take no lock and wait for nobody. Readers share a mutex, which no
 * writer ever sees.
 *
 * The account bounds both the text, which is what the ABI promises, and the
 * memory that holds it, so that messages of one byte do not multiply it. Both
 * are parts of one word: a charge is checked and made in one cmpxchg, so that a
 * write for which there is no room never shows in it, and one that finds no
 * memory takes back just what it has charged. What a reader has delivered is off
 * at once.
 *
 * Streams are allocated when the verifier finds a call of a stream kfunc, and
 * freed with the program's image, a grace period after its last reference.
 */

#define BPF_STREAM_MAX_TEXT	(4U << 20)
#define BPF_STREAM_MAX_MEMORY	(16U << 20)
/* Delivered by one copy to user space: many small messages, not much stack. */
#define BPF_STREAM_CHUNK	512

/**
 * struct bpf_stream_rec - one message
 * @node: link in a stage, the log or the backlog
 * @len: bytes of @text
 * @text: the message, without a NUL
 *
 * Not changed after it is in the log.
 */
struct bpf_stream_rec {
	struct llist_node node;
	u16 len;
	char text[];
};

/**
 * struct bpf_stream - one of a program's streams
 * @log: written and not yet taken by a reader, newest first. Any context.
 * @charge: bytes of text (low half) and memory (high half) of all records in
 *	@log, @backlog and on their way to the log. Any context.
 * @dropped_room: writes refused with -ENOSPC
 * @dropped_memory: writes refused with -ENOMEM
 * @lock: serialises readers, who may sleep in a page fault
 * @backlog: taken from @log, oldest first. Under @lock.
 * @taken: bytes of the first record of @backlog that are delivered. Under @lock.
 */
struct bpf_stream {
	struct llist_head log;
	atomic64_t charge;
	atomic_long_t dropped_room;
	atomic_long_t dropped_memory;
	struct mutex lock;	/* readers */
	struct llist_node *backlog;
	u32 taken;
};

/**
 * struct bpf_streams - the streams of a program
 * @stream: stdout and stderr
 * @may_read: the program may print addresses and any memory, because it was
 *	loaded with CAP_PERFMON. Not changed once it is loaded.
 */
struct bpf_streams {
	struct bpf_stream stream[2];
	bool may_read;
};

/* Record */

static u32 rec_size(u32 len)
{
	return offsetof(struct bpf_stream_rec, text[len]);
}

static struct bpf_stream_rec *rec_alloc(const char *text, u32 len)
{
	struct bpf_stream_rec *rec = bump_alloc(rec_size(len));

	if (!rec)
		return NULL;
	rec->len = len;
	memcpy(rec->text, text, len);
	return rec;
}

static void rec_free(struct bpf_stream_rec *rec)
{
	bump_free(rec, rec_size(rec->len));
}

static void rec_free_list(struct llist_node *list)
{
	struct bpf_stream_rec *rec, *next;

	llist_for_each_entry_safe(rec, next, list, node)
		rec_free(rec);
}

/* Account */

static u64 charge_of(u32 text, u32 memory)
{
	return (u64)memory << 32 | text;
}

static u64 charge_of_message(u32 len)
{
	return charge_of(len, bump_size(rec_size(len)));
}

static bool charge_fits(u64 charge)
{
	return lower_32_bits(charge) < BPF_STREAM_MAX_TEXT &&
	       upper_32_bits(charge) < BPF_STREAM_MAX_MEMORY;
}

/* All or nothing, and nothing is ever visible of a charge that did not fit. */
static bool stream_charge(struct bpf_stream *stream, u64 charge)
{
	s64 old = atomic64_read(&stream->charge);

	do {
		if (!charge_fits(old + charge)) {
			atomic_long_inc(&stream->dropped_room);
			return false;
		}
	} while (!atomic64_try_cmpxchg(&stream->charge, &old, old + charge));
	return true;
}

static void stream_uncharge(struct bpf_stream *stream, u64 charge)
{
	atomic64_sub(charge, &stream->charge);
}

/* Writer */

static int stream_write(struct bpf_stream *stream, const char *text, u32 len)
{
	u64 charge = charge_of_message(len);
	struct bpf_stream_rec *rec;

	if (!stream_charge(stream, charge))
		return -ENOSPC;
	rec = rec_alloc(text, len);
	if (!rec) {
		atomic_long_inc(&stream->dropped_memory);
		stream_uncharge(stream, charge);
		return -ENOMEM;
	}
	/* Full barrier; pairs with llist_del_all() in stream_refill(). */
	llist_add(&rec->node, &stream->log);
	return 0;
}

static struct bpf_stream *stream_of(struct bpf_prog_aux *aux, enum bpf_stream_id id)
{
	if (!aux->streams || (id != BPF_STDOUT && id != BPF_STDERR))
		return NULL;
	return &aux->streams->stream[id - BPF_STDOUT];
}

/**
 * bpf_stream_stage_init() - Start a batch of messages
 * @stage: the batch
 *
 * Context: Any.
 */
void bpf_stream_stage_init(struct bpf_stream_stage *stage)
{
	*stage = (struct bpf_stream_stage){};
}

static int stage_add(struct bpf_stream_stage *stage, const char *text, u32 len)
{
	struct bpf_stream_rec *rec;

	if (!len)
		return 0;
	rec = rec_alloc(text, len);
	if (!rec)
		return -ENOMEM;
	rec->node.next = stage->newest;
	stage->newest = &rec->node;
	if (!stage->oldest)
		stage->oldest = &rec->node;
	stage->charge += charge_of_message(len);
	return 0;
}

/**
 * bpf_stream_stage_printk() - Add a message to a batch
 * @stage: the batch
 * @fmt: format of the message, as of printk()
 *
 * An error is remembered, and the commit will return it: callers need not look
 * at each message's.
 *
 * Context: Any, NMI included.
 * Return: 0, or -EBUSY if this CPU has no buffer left to format in, -E2BIG if
 * the message is longer than MAX_BPRINTF_BUF - 1 characters, -ENOMEM.
 */
int bpf_stream_stage_printk(struct bpf_stream_stage *stage, const char *fmt, ...)
{
	struct bpf_bprintf_buffers *buffers;
	va_list args;
	int err, len;

	err = bpf_try_get_buffers(&buffers);
	if (err)
		goto out;
	va_start(args, fmt);
	len = vsnprintf(buffers->buf, sizeof(buffers->buf), fmt, args);
	va_end(args);
	if (len < sizeof(buffers->buf))
		err = stage_add(stage, buffers->buf, len);
	else
		err = -E2BIG;
	bpf_put_buffers();
out:
	stage->err = stage->err ?: err;
	return err;
}

/**
 * bpf_stream_stage_commit() - Write a batch of messages
 * @stage: the batch, empty and ready for use afterwards
 * @aux: the main program of the stream
 * @id: the stream
 *
 * The messages appear in the stream at once, with nothing between them, or not
 * at all.
 *
 * Context: Any, NMI included. The program must not be freed meanwhile.
 * Return: 0; the first error of bpf_stream_stage_printk(); -ENOENT if the
 * program has no such stream; -ENOSPC if the batch does not fit.
 */
int bpf_stream_stage_commit(struct bpf_stream_stage *stage, struct bpf_prog_aux *aux,
			    enum bpf_stream_id id)
{
	struct bpf_stream *stream = stream_of(aux, id);
	int err = stream ? stage->err : -ENOENT;

	if (err == -ENOMEM)
		atomic_long_inc(&stream->dropped_memory);
	if (!err && !stream_charge(stream, stage->charge))
		err = -ENOSPC;
	if (!err && stage->newest) {
		/* As in stream_write(). */
		llist_add_batch(stage->newest, stage->oldest, &stream->log);
		bpf_stream_stage_init(stage);
	}
	bpf_stream_stage_free(stage);
	return err;
}

/**
 * bpf_stream_stage_free() - Drop a batch of messages
 * @stage: the batch, empty and ready for use afterwards
 *
 * Context: Any, NMI included.
 */
void bpf_stream_stage_free(struct bpf_stream_stage *stage)
{
	rec_free_list(stage->newest);
	bpf_stream_stage_init(stage);
}

/* Reader */

/* Is there anything to deliver? Under stream->lock. */
static bool stream_refill(struct bpf_stream *stream)
{
	if (!stream->backlog)
		stream->backlog = llist_reverse_order(llist_del_all(&stream->log));
	return stream->backlog;
}

/* Copy up to @size bytes off the backlog without taking them. */
static u32 stream_peek(struct bpf_stream *stream, char *buf, u32 size)
{
	u32 taken = stream->taken, n, copied = 0;
	struct bpf_stream_rec *rec;

	llist_for_each_entry(rec, stream->backlog, node) {
		n = min_t(u32, rec->len - taken, size - copied);
		memcpy(buf + copied, rec->text + taken, n);
		copied += n;
		if (copied == size)
			break;
		taken = 0;
	}
	return copied;
}

/* Take @size bytes off the backlog, which has them. */
static void stream_consume(struct bpf_stream *stream, u32 size)
{
	u32 left = size + stream->taken, memory = 0;
	struct bpf_stream_rec *rec;

	while (stream->backlog) {
		rec = llist_entry(stream->backlog, struct bpf_stream_rec, node);
		if (left < rec->len)
			break;
		left -= rec->len;
		memory += bump_size(rec_size(rec->len));
		stream->backlog = rec->node.next;
		rec_free(rec);
	}
	stream->taken = left;
	stream_uncharge(stream, charge_of(size, memory));
}

static int stream_read(struct bpf_stream *stream, char __user *buf, u32 len)
{
	char chunk[BPF_STREAM_CHUNK];
	u32 n, missed = 0, done = 0;

	if (mutex_lock_killable(&stream->lock))
		return -EINTR;
	while (done < len && stream_refill(stream)) {
		n = stream_peek(stream, chunk, min_t(u32, len - done, sizeof(chunk)));
		missed = copy_to_user(buf + done, chunk, n);
		stream_consume(stream, n - missed);
		done += n - missed;
		if (missed || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	mutex_unlock(&stream->lock);
	return done ?: missed ? -EFAULT : 0;
}

/**
 * bpf_streams_read() - Read from a stream of a program
 * @aux: the program
 * @id: the stream, BPF_STREAM_STDOUT or BPF_STREAM_STDERR
 * @buf: where to
 * @len: bytes of @buf
 *
 * Context: Process, may sleep.
 * Return: bytes read; 0 if there is nothing to read; -ENOENT if there is no
 * stream @id; -EFAULT if @buf could not be written at all; -EINTR if the task
 * was killed while it waited for another reader.
 */
int bpf_streams_read(struct bpf_prog_aux *aux, u32 id, char __user *buf, u32 len)
{
	if (id != BPF_STREAM_STDOUT && id != BPF_STREAM_STDERR)
		return -ENOENT;
	if (!aux->streams)
		return 0;
	return stream_read(stream_of(aux, id), buf, len);
}

/* Lifetime */

/**
 * bpf_streams_alloc() - Give a program its streams
 * @aux: the main program, not yet running
 * @may_read: whether it may print addresses and any memory
 *
 * Context: Process, may sleep.
 * Return: 0, also if it has them already, or -ENOMEM.
 */
int bpf_streams_alloc(struct bpf_prog_aux *aux, bool may_read)
{
	struct bpf_stream *stream;

	if (aux->streams)
		return 0;
	aux->streams = kzalloc(sizeof(*aux->streams), GFP_KERNEL_ACCOUNT);
	if (!aux->streams)
		return -ENOMEM;
	aux->streams->may_read = may_read;
	for (stream = aux->streams->stream;
	     stream < aux->streams->stream + ARRAY_SIZE(aux->streams->stream); stream++) {
		init_llist_head(&stream->log);
		mutex_init(&stream->lock);
	}
	return 0;
}

/**
 * bpf_streams_free() - Free a program's streams and what was not read
 * @aux: the main program, no longer running anywhere
 *
 * Context: Process, may sleep.
 */
void bpf_streams_free(struct bpf_prog_aux *aux)
{
	struct bpf_streams *streams = aux->streams;
	int i;

	if (!streams)
		return;
	for (i = 0; i < ARRAY_SIZE(streams->stream); i++) {
		rec_free_list(streams->stream[i].backlog);
		cond_resched();
		rec_free_list(llist_del_all(&streams->stream[i].log));
		cond_resched();
		mutex_destroy(&streams->stream[i].lock);
	}
	kfree(streams);
}

static void stream_show(struct seq_file *m, const char *name, struct bpf_stream *stream)
{
	seq_printf(m, "%s_queued:\t%u\n"
		      "%s_dropped_capacity:\t%lu\n"
		      "%s_dropped_memory:\t%lu\n",
		   name, lower_32_bits(atomic64_read(&stream->charge)),
		   name, atomic_long_read(&stream->dropped_room),
		   name, atomic_long_read(&stream->dropped_memory));
}

/**
 * bpf_streams_show_fdinfo() - Show the counters of a program's streams
 * @m: the fdinfo file
 * @aux: the program
 *
 * Bytes that wait for a reader, and messages refused because the stream was
 * full or because there was no memory.
 *
 * Context: Process.
 */
void bpf_streams_show_fdinfo(struct seq_file *m, const struct bpf_prog_aux *aux)
{
	if (!aux->streams)
		return;
	stream_show(m, "stdout", &aux->streams->stream[0]);
	stream_show(m, "stderr", &aux->streams->stream[1]);
}

/* kfuncs */

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Global functions as their definitions will be in vmlinux BTF");

/**
 * bpf_stream_vprintk_impl() - Print to a stream of the program
 * @stream_id: BPF_STDOUT or BPF_STDERR
 * @fmt__str: format, see bpf_trace_vprintk()
 * @args: array of u64, one for each conversion of @fmt__str
 * @len__sz: bytes of @args
 * @aux__prog: filled in by the verifier, callers pass anything
 *
 * The form that programs built for Linux 6.18 and 6.19 call.
 *
 * Context: Any, NMI included; also under bpf_spin_lock.
 * Return: see bpf_stream_vprintk().
 */
noinline int bpf_stream_vprintk_impl(int stream_id, const char *fmt__str, const void *args,
				     u32 len__sz, void *aux__prog)
{
	struct bpf_prog_aux *aux = aux__prog;
	struct bpf_stream *stream = stream_of(aux, stream_id);
	struct bpf_bprintf_buffers *buffers;
	int ret;

	if (!stream)
		return -ENOENT;
	if (len__sz & 7 || len__sz > MAX_BPRINTF_VARARGS * 8 || (len__sz && !args))
		return -EINVAL;

	ret = bpf_try_get_buffers(&buffers);
	if (ret)
		return ret;
	ret = bpf_bprintf(buffers->buf, sizeof(buffers->buf), fmt__str, 0, args,
			  len__sz / 8, aux->streams->may_read ? buffers : NULL);
	if (ret >= MAX_BPRINTF_BUF)
		ret = -E2BIG;
	if (ret > 0)
		ret = stream_write(stream, buffers->buf, ret);
	bpf_put_buffers();
	return ret;
}

/**
 * bpf_stream_vprintk() - Print to a stream of the program
 * @stream_id: BPF_STDOUT or BPF_STDERR
 * @fmt__str: format, see bpf_trace_vprintk()
 * @args: array of u64, one for each conversion of @fmt__str
 * @len__sz: bytes of @args
 *
 * The message is seen as a whole by readers. No NUL is stored; an empty message
 * stores nothing. The verifier turns the call into one of
 * bpf_stream_vprintk_impl() for the main program: this function is its name and
 * prototype in BTF and is never entered.
 *
 * Context: Any, NMI included; also under bpf_spin_lock.
 * Return: 0; -ENOENT if there is no stream @stream_id; -EINVAL if @len__sz is
 * not a multiple of 8 or more than 96, or @fmt__str does not parse or has more
 * conversions than there are arguments; -EPERM if @fmt__str has %s or %p and the
 * program was loaded without CAP_PERFMON; -E2BIG if the text is longer than 1023
 * characters; -ENOSPC if the stream is full; -ENOMEM if there is no memory now;
 * -EBUSY if this CPU has no buffer left to format in.
 */
noinline int bpf_stream_vprintk(int stream_id, const char *fmt__str, const void *args,
				u32 len__sz)
{
	WARN_ON_ONCE(1);
	return -EINVAL;
}

__diag_pop();

BTF_SET8_START(stream_kfunc_ids)
BTF_ID_FLAGS(func, bpf_stream_vprintk, KF_IMPLICIT_ARGS | KF_TRUSTED_ARGS | KF_SPIN_LOCK_SAFE)
BTF_ID_FLAGS(func, bpf_stream_vprintk_impl, KF_TRUSTED_ARGS | KF_SPIN_LOCK_SAFE)
BTF_SET8_END(stream_kfunc_ids)

static const struct btf_kfunc_id_set stream_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &stream_kfunc_ids,
};

static int __init stream_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &stream_kfunc_set);
}
late_initcall(stream_init);
