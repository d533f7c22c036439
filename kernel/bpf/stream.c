// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bpf.h>
#include <linux/bpf_stream.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/refcount.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/time64.h>
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
 * it visible. A stage of several records (stream_stage.c) is added by one cmpxchg
 * as well, and so is never torn apart. A reader takes the whole log at once, turns it over,
 * and keeps what it does not deliver, which may end within a record.
 *
 * Writers take no lock and wait for nobody. Readers of a stream share a mutex, which
 * no writer ever sees, and under which nobody waits for user memory. A writer that
 * finds the log empty wakes those who wait for text, by irq_work, because it may
 * hold any lock; if the log is not empty, the one who wrote first has done so, and is
 * trusted for a while.
 *
 * Each record has a stamp, later than that of every record whose writer was
 * through before. So the two streams of a program can be read as one, in the
 * order in which they were printed, see view_refill().
 *
 * Both the text is bounded, which is what the ABI promises, and the memory that
 * holds it. A charge of text is checked and made in one cmpxchg, so that a write
 * for which there is no room never shows in it, and one that finds no memory takes
 * back just what it has charged. What a reader has delivered is off at once. The
 * memory is that of an allocator that a stream has for itself, see
 * stream_memory.c.
 *
 * Streams are allocated when the verifier finds what may write to them: a kfunc
 * that is passed the program, an arena, a loop that ends by time. With the
 * program's image, a grace period after its last reference, they lose their only
 * writer, and are freed when no file is open on them any more.
 */

/* A message wakes again after so many ns, also if the log is not empty. */
#define BPF_STREAM_WAKE_AGAIN	(10 * NSEC_PER_MSEC)

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

/* Account */

static enum stream_refused refused_reason(int err)
{
	switch (err) {
	case -ENOSPC:
		return STREAM_REFUSED_ROOM;
	case -ENOMEM:
		return STREAM_REFUSED_MEMORY;
	case -E2BIG:
		return STREAM_REFUSED_SIZE;
	case -EBUSY:
		return STREAM_REFUSED_BUSY;
	case -EPERM:
		return STREAM_REFUSED_PERM;
	default:
		return STREAM_REFUSED_INVALID;
	}
}

/* Every message that does not get into its stream comes here. Any context. */
noinline int stream_refuse(struct bpf_stream *stream, int err)
{
	atomic_long_inc(&stream->refused[refused_reason(err)]);
	return err;
}

/**
 * bpf_stream_refuse_id() - Count a message for a stream that does not exist
 * @aux: the main program
 *
 * Context: Any, NMI included.
 * Return: -ENOENT
 */
int bpf_stream_refuse_id(struct bpf_prog_aux *aux)
{
	if (aux->streams)
		atomic_long_inc(&aux->streams->no_stream);
	return -ENOENT;
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
 * Who adds to an empty log wakes. In a log that is not empty, a message wakes
 * again if the last one that did so is old: whatever became of that wakeup, those
 * who still wait are not left alone with what has come since.
 */
static bool stream_wake_due(struct bpf_stream *stream, bool was_empty, u64 stamp)
{
	if (!stream_has_waiters(stream))
		return false;
	return was_empty || (s64)(stamp - READ_ONCE(stream->woken)) > BPF_STREAM_WAKE_AGAIN;
}

/* A CPU that goes down leaves its irq_work to another one. */
static noinline void stream_queue_wake(struct bpf_stream *stream, u64 stamp)
{
	WRITE_ONCE(stream->woken, stamp);
	irq_work_queue(&stream->wake);
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
	u64 stamp = llist_entry(oldest, struct bpf_stream_rec, node)->stamp;
	bool was_empty;

	atomic_long_add(bytes, &stream->bytes);
	atomic_long_add(messages, &stream->messages);
	/*
	 * Full barrier. It pairs with llist_del_all() in stream_refill(), and with
	 * those of prepare_to_wait() and poll_wait(): who is not seen here in a
	 * queue sees the text.
	 */
	was_empty = llist_add_batch(newest, oldest, &stream->log);
	if (stream_wake_due(stream, was_empty, stamp))
		stream_queue_wake(stream, stamp);
}

/*
 * Add records that are linked as in the log, and have text of @bytes altogether. They
 * have one stamp, so that no other stream's get between. Any context.
 */
void stream_add_batch(struct bpf_stream *stream, struct llist_node *newest,
		      struct llist_node *oldest, u32 bytes)
{
	u64 stamp = stream_stamp(stream);
	struct bpf_stream_rec *rec;
	u32 messages = 0;

	llist_for_each_entry(rec, newest, node) {
		rec->stamp = stamp;
		messages++;
	}
	stream_add(stream, newest, oldest, bytes, messages);
}

static int stream_write(struct bpf_stream *stream, const char *text, u32 len)
{
	struct bpf_stream_rec *rec;

	if (!stream_charge(stream, len))
		return -ENOSPC;
	rec = rec_alloc(stream, text, len);
	if (!rec) {
		stream_uncharge(stream, len);
		return rec_alloc_error(stream);
	}
	rec->stamp = stream_stamp(stream);
	stream_add(stream, &rec->node, &rec->node, len, 1);
	return 0;
}

/* NULL if the program has none, or there is no such stream */
struct bpf_stream *stream_of(struct bpf_prog_aux *aux, enum bpf_stream_id id)
{
	if (!aux->streams || (id != BPF_STDOUT && id != BPF_STDERR))
		return NULL;
	return &aux->streams->stream[id - BPF_STDOUT];
}

/* Reports */

/**
 * bpf_streams_claim_report() - May the kernel report something about a program?
 * @aux: the program, or a subprogram
 * @what: what it is, and where, not 0
 * @more: filled in with the number of reports like it that were not written
 *
 * Context: Any, NMI included.
 * Return: Whether the caller shall write a report to stderr. If not, that is
 * counted.
 */
bool bpf_streams_claim_report(struct bpf_prog_aux *aux, u64 what, u32 *more)
{
	struct bpf_streams *streams = aux->streams;

	if (!streams)
		return false;
	if (stream_limit_claim(&streams->limit, what, more))
		return true;
	atomic_long_inc(&stream_of(aux, BPF_STDERR)->suppressed);
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

static void streams_delete(struct bpf_streams *streams)
{
	streams_memory_exit(streams);
	kfree(streams);
}

static void stream_setup(struct bpf_stream *stream, struct bpf_streams *owner)
{
	stream->owner = owner;
	init_llist_head(&stream->log);
	init_irq_work(&stream->wake, stream_wake);
	init_waitqueue_head(&stream->wait);
	mutex_init(&stream->lock);
}

/* Without memory for messages if there will be none. */
static struct bpf_streams *streams_new(bool gone, bool allow_ptr_leaks)
{
	struct bpf_streams *streams;
	int i;

	streams = kzalloc(sizeof(*streams), GFP_KERNEL_ACCOUNT);
	if (!streams)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(streams->stream); i++)
		stream_setup(&streams->stream[i], streams);
	init_waitqueue_head(&streams->wait);
	refcount_set(&streams->refs, 1);
	streams->gone = gone;
	streams->allow_ptr_leaks = allow_ptr_leaks;
	if (!gone && streams_memory_init(streams)) {
		streams_delete(streams);
		return NULL;
	}
	return streams;
}

/**
 * bpf_streams_alloc() - Give a program its streams
 * @aux: the main program, not yet running
 * @allow_ptr_leaks: whether it may print addresses and any memory
 *
 * Context: Process, may sleep.
 * Return: 0, also if it has them already, or -ENOMEM.
 */
int bpf_streams_alloc(struct bpf_prog_aux *aux, bool allow_ptr_leaks)
{
	if (!aux->streams)
		aux->streams = streams_new(false, allow_ptr_leaks);
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

	if (!streams)
		return streams_new(true, false);
	refcount_inc(&streams->refs);
	return streams;
}

static void stream_destroy(struct bpf_stream *stream)
{
	/* Its last writer may have left it on the way. */
	irq_work_sync(&stream->wake);
	mutex_destroy(&stream->lock);
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
	streams_memory_stop(streams);
	for (i = 0; i < ARRAY_SIZE(streams->stream); i++)
		stream_destroy(&streams->stream[i]);
	streams_delete(streams);
}

/**
 * bpf_streams_free() - Take the streams of a program away from it
 * @aux: the main program, no longer running anywhere
 *
 * Files that are open on them read the rest, and then find the end.
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

static const char * const refused_names[] = {
	[STREAM_REFUSED_ROOM]		= "capacity",
	[STREAM_REFUSED_MEMORY]		= "memory",
	[STREAM_REFUSED_SIZE]		= "size",
	[STREAM_REFUSED_BUSY]		= "busy",
	[STREAM_REFUSED_PERM]		= "permission",
	[STREAM_REFUSED_INVALID]	= "invalid",
};

static void stream_show(struct seq_file *m, const char *name, const struct bpf_stream *stream)
{
	int i;

	seq_printf(m, "%s_readers:\t%d\n"
		      "%s_queued:\t%u\n"
		      "%s_memory:\t%lu\n"
		      "%s_bytes:\t%lu\n"
		      "%s_messages:\t%lu\n",
		   name, atomic_read(&stream->readers),
		   name, atomic_read(&stream->text),
		   name, bump_pages(&stream->bump) * PAGE_SIZE,
		   name, atomic_long_read(&stream->bytes),
		   name, atomic_long_read(&stream->messages));
	for (i = 0; i < STREAM_REFUSED_REASONS; i++)
		seq_printf(m, "%s_dropped_%s:\t%lu\n", name, refused_names[i],
			   atomic_long_read(&stream->refused[i]));
	seq_printf(m, "%s_suppressed:\t%lu\n", name, atomic_long_read(&stream->suppressed));
}

/**
 * bpf_streams_show() - Show the counters of streams
 * @m: the fdinfo file
 * @streams: the streams
 * @id: whose counters: a stream's, or both
 *
 * Open files, bytes that wait for a reader, bytes of memory, bytes and messages ever written,
 * messages refused by reason, and reports that were not written.
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
 * And the messages that were for none of them.
 *
 * Context: Process.
 */
void bpf_streams_show_fdinfo(struct seq_file *m, const struct bpf_prog_aux *aux)
{
	if (!aux->streams)
		return;
	bpf_streams_show(m, aux->streams, STREAM_BOTH);
	seq_printf(m, "dropped_no_stream:\t%lu\n",
		   atomic_long_read(&aux->streams->no_stream));
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
		return bpf_stream_refuse_id(aux);
	if (len__sz & 7 || len__sz > MAX_BPRINTF_VARARGS * 8 || (len__sz && !args))
		return stream_refuse(stream, -EINVAL);

	ret = bpf_try_get_buffers(&buffers);
	if (ret)
		return stream_refuse(stream, ret);
	ret = bpf_bprintf(buffers->buf, sizeof(buffers->buf), fmt__str, 0, args,
			  len__sz / 8, aux->streams->allow_ptr_leaks ? buffers : NULL);
	if (ret >= MAX_BPRINTF_BUF)
		ret = -E2BIG;
	if (ret > 0)
		ret = stream_write(stream, buffers->buf, ret);
	bpf_put_buffers();
	return likely(!ret) ? 0 : stream_refuse(stream, ret);
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
