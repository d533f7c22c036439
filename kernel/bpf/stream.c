// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bpf.h>
#include <linux/bpf_stream.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/refcount.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "bump_alloc.h"
#include "stream.h"

/*
 * Standard streams of BPF programs: what a program prints is kept, in order,
 * until user space reads it through BPF_PROG_STREAM_READ_BY_FD, or from a file
 * that stream_fd.c makes of it.
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
 * writer ever sees. A writer that finds the log empty wakes those who wait for
 * text, by irq_work, because it may hold any lock; if the log is not empty, the
 * one who wrote first has done so.
 *
 * Each record has a stamp, later than that of every record whose writer was
 * through before. So the two streams of a program can be read as one, in the
 * order in which they were printed, see view_refill().
 *
 * The account bounds both the text, which is what the ABI promises, and the
 * memory that holds it, so that messages of one byte do not multiply it. Both
 * are parts of one word: a charge is checked and made in one cmpxchg, so that a
 * write for which there is no room never shows in it, and one that finds no
 * memory takes back just what it has charged. What a reader has delivered is off
 * at once.
 *
 * Streams are allocated when the verifier finds a call of a stream kfunc. With
 * the program's image, a grace period after its last reference, they lose their
 * only writer, and are freed when no file is open on them any more.
 */

#define BPF_STREAM_MAX_TEXT	(4U << 20)
#define BPF_STREAM_MAX_MEMORY	(16U << 20)
#define BPF_STREAM_MAX_REPORTS	512

/**
 * bpf_streams_waitqueue() - Where to wait for text
 * @streams: the streams
 * @id: what is read: a stream, or both of them
 *
 * Return: The queue. It lives as long as @streams.
 */
wait_queue_head_t *bpf_streams_waitqueue(struct bpf_streams *streams, u32 id)
{
	return id == STREAM_BOTH ? &streams->wait : &streams->stream[id - 1].wait;
}

/* Record */

static struct bpf_stream_rec *rec_alloc(const char *text, u32 len)
{
	struct bpf_stream_rec *rec = bump_alloc(rec_size(len));

	if (!rec)
		return NULL;
	rec->len = len;
	memcpy(rec->text, text, len);
	return rec;
}

static void rec_free_list(struct llist_node *list)
{
	struct bpf_stream_rec *rec, *next;

	llist_for_each_entry_safe(rec, next, list, node)
		rec_free(rec);
}

/* Account */

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

/* Wakeup */

static bool stream_has_waiters(struct bpf_stream *stream)
{
	/* After the full barrier of stream_add(). */
	return waitqueue_active(&stream->wait) || waitqueue_active(&stream->owner->wait);
}

static void stream_wake(struct irq_work *work)
{
	struct bpf_stream *stream = container_of(work, struct bpf_stream, wake);

	wake_up_poll(&stream->wait, EPOLLIN | EPOLLRDNORM);
	wake_up_poll(&stream->owner->wait, EPOLLIN | EPOLLRDNORM);
}

/*
 * A CPU on its way down runs its irq_work for the last time well before it has
 * stopped printing. The mask does not change while it is on the way.
 */
static noinline void stream_queue_wake(struct bpf_stream *stream)
{
	if (likely(cpu_active(raw_smp_processor_id())) || in_nmi())
		irq_work_queue(&stream->wake);
	else
		irq_work_queue_on(&stream->wake, cpumask_first(cpu_active_mask));
}

/* Writer */

/*
 * The clock alone will not do: two CPUs may read the same time, and a little
 * less than another one read before.
 */
static u64 stream_stamp(struct bpf_stream *stream)
{
	atomic64_t *clock = &stream->owner->clock;
	s64 now = ktime_get_mono_fast_ns(), last = atomic64_read(clock), stamp;

	do {
		stamp = max(now, last + 1);
	} while (!atomic64_try_cmpxchg(clock, &last, stamp));
	return stamp;
}

static __always_inline void stream_add(struct bpf_stream *stream, struct llist_node *newest,
				       struct llist_node *oldest, u32 bytes, u32 messages)
{
	atomic_long_add(bytes, &stream->bytes);
	atomic_long_add(messages, &stream->messages);
	/*
	 * Full barrier. It pairs with llist_del_all() in stream_refill(), and with
	 * those of prepare_to_wait() and poll_wait(): who is not seen here in a
	 * queue sees the text.
	 */
	if (llist_add_batch(newest, oldest, &stream->log) && stream_has_waiters(stream))
		stream_queue_wake(stream);
}

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
	rec->stamp = stream_stamp(stream);
	stream_add(stream, &rec->node, &rec->node, len, 1);
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
 * bpf_stream_stage_write() - Add text as it is to a batch
 * @stage: the batch
 * @text: the text
 * @len: bytes of @text, less than 64 KiB
 *
 * An error is remembered, as by bpf_stream_stage_printk().
 *
 * Context: Any, NMI included.
 * Return: 0, or -ENOMEM.
 */
int bpf_stream_stage_write(struct bpf_stream_stage *stage, const char *text, u32 len)
{
	int err = stage_add(stage, text, len);

	stage->err = stage->err ?: err;
	return err;
}

/**
 * bpf_stream_stage_len() - Tell the length of a batch
 * @stage: the batch
 *
 * Return: bytes of text in @stage.
 */
u32 bpf_stream_stage_len(const struct bpf_stream_stage *stage)
{
	return lower_32_bits(stage->charge);
}

/* The messages of a stage have one stamp, so that no other stream's get between. */
static void stream_add_stage(struct bpf_stream *stream, struct bpf_stream_stage *stage)
{
	u64 stamp = stream_stamp(stream);
	struct bpf_stream_rec *rec;
	u32 messages = 0;

	llist_for_each_entry(rec, stage->newest, node) {
		rec->stamp = stamp;
		messages++;
	}
	stream_add(stream, stage->newest, stage->oldest, lower_32_bits(stage->charge), messages);
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
		stream_add_stage(stream, stage);
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

/* Reports */

/**
 * bpf_stream_count_suppressed() - Count a report that is not written
 * @aux: the main program, on whose stderr it would be
 *
 * Context: Any, NMI included.
 */
void bpf_stream_count_suppressed(struct bpf_prog_aux *aux)
{
	struct bpf_stream *stream = stream_of(aux, BPF_STDERR);

	if (stream)
		atomic_long_inc(&stream->suppressed);
}

/**
 * bpf_streams_claim_report() - May the kernel report something about a program?
 * @aux: the program, or a subprogram
 *
 * A program that fails all the time has said what it has to say after a while,
 * and is not worth the time and the room that more of it takes.
 *
 * Context: Any, NMI included.
 * Return: Whether the caller shall write a report to stderr. If not, that is
 * counted.
 */
bool bpf_streams_claim_report(struct bpf_prog_aux *aux)
{
	if (!aux->streams)
		return false;
	if (atomic_add_unless(&aux->streams->reports, 1, BPF_STREAM_MAX_REPORTS))
		return true;
	bpf_stream_count_suppressed(aux);
	return false;
}

/* Lifetime */

/**
 * bpf_streams_gone() - Will nothing be written any more?
 * @streams: the streams
 *
 * What a read finds after this was true is all that there is.
 *
 * Context: Any.
 */
bool bpf_streams_gone(const struct bpf_streams *streams)
{
	return smp_load_acquire(&streams->gone);	/* Pairs with bpf_streams_free(). */
}

static struct bpf_streams *streams_new(bool may_read)
{
	struct bpf_streams *streams;
	int i;

	streams = kzalloc(sizeof(*streams), GFP_KERNEL_ACCOUNT);
	if (!streams)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(streams->stream); i++) {
		streams->stream[i].owner = streams;
		init_llist_head(&streams->stream[i].log);
		init_irq_work(&streams->stream[i].wake, stream_wake);
		init_waitqueue_head(&streams->stream[i].wait);
	}
	init_waitqueue_head(&streams->wait);
	mutex_init(&streams->lock);
	refcount_set(&streams->refs, 1);
	streams->may_read = may_read;
	return streams;
}

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
	if (!aux->streams)
		aux->streams = streams_new(may_read);
	return aux->streams ? 0 : -ENOMEM;
}

/**
 * bpf_streams_get() - Get the streams of a program
 * @aux: the main program
 *
 * They outlive the program. One that cannot write has none: what it gets is like
 * those of a program that is gone.
 *
 * Context: Process, may sleep.
 * Return: The streams, for bpf_streams_put(), or NULL if there is no memory.
 */
struct bpf_streams *bpf_streams_get(const struct bpf_prog_aux *aux)
{
	struct bpf_streams *streams = aux->streams;

	if (streams) {
		refcount_inc(&streams->refs);
		return streams;
	}
	streams = streams_new(false);
	if (streams)
		streams->gone = true;
	return streams;
}

static void stream_destroy(struct bpf_stream *stream)
{
	/* Its last writer may have left it on the way. */
	irq_work_sync(&stream->wake);
	rec_free_list(stream->backlog.rec);
	cond_resched();
	rec_free_list(llist_del_all(&stream->log));
	cond_resched();
}

/**
 * bpf_streams_put() - Put the streams of a program
 * @streams: what bpf_streams_get() returned
 *
 * With the last reference, what was not read is freed.
 *
 * Context: Process, may sleep.
 */
void bpf_streams_put(struct bpf_streams *streams)
{
	int i;

	if (!refcount_dec_and_test(&streams->refs))
		return;
	for (i = 0; i < ARRAY_SIZE(streams->stream); i++)
		stream_destroy(&streams->stream[i]);
	mutex_destroy(&streams->lock);
	kfree(streams);
}

/**
 * bpf_streams_free() - Take the streams of a program away from it
 * @aux: the main program, no longer running anywhere
 *
 * Who has them open reads what is left, and then finds their end.
 *
 * Context: Process, may sleep.
 */
void bpf_streams_free(struct bpf_prog_aux *aux)
{
	struct bpf_streams *streams = aux->streams;
	int i;

	if (!streams)
		return;
	/* After all that was written; pairs with bpf_streams_gone(). */
	smp_store_release(&streams->gone, true);
	for (i = 0; i < ARRAY_SIZE(streams->stream); i++)
		wake_up_all(&streams->stream[i].wait);
	wake_up_all(&streams->wait);
	bpf_streams_put(streams);
}

/* Counters */

static void stream_show(struct seq_file *m, const char *name, const struct bpf_stream *stream)
{
	seq_printf(m, "%s_queued:\t%u\n"
		      "%s_bytes:\t%lu\n"
		      "%s_messages:\t%lu\n"
		      "%s_dropped_capacity:\t%lu\n"
		      "%s_dropped_memory:\t%lu\n"
		      "%s_suppressed:\t%lu\n",
		   name, lower_32_bits(atomic64_read(&stream->charge)),
		   name, atomic_long_read(&stream->bytes),
		   name, atomic_long_read(&stream->messages),
		   name, atomic_long_read(&stream->dropped_room),
		   name, atomic_long_read(&stream->dropped_memory),
		   name, atomic_long_read(&stream->suppressed));
}

/**
 * bpf_streams_show() - Show the counters of streams
 * @m: the fdinfo file
 * @streams: the streams
 * @id: whose counters: a stream's, or both
 *
 * Bytes that wait for a reader, bytes and messages ever written, messages
 * refused because the stream was full or because there was no memory, and
 * reports that were not written because there had been too many.
 *
 * Context: Process.
 */
void bpf_streams_show(struct seq_file *m, const struct bpf_streams *streams, u32 id)
{
	if (id & BPF_STDOUT)
		stream_show(m, "stdout", &streams->stream[0]);
	if (id & BPF_STDERR)
		stream_show(m, "stderr", &streams->stream[1]);
}

/**
 * bpf_streams_show_fdinfo() - Show the counters of a program's streams
 * @m: the fdinfo file
 * @aux: the program
 *
 * Context: Process.
 */
void bpf_streams_show_fdinfo(struct seq_file *m, const struct bpf_prog_aux *aux)
{
	if (aux->streams)
		bpf_streams_show(m, aux->streams, STREAM_BOTH);
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
