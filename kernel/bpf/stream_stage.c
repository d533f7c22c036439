// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bpf.h>
#include <linux/bpf_stream.h>
#include <linux/llist.h>

#include "stream.h"

/*
 * A stage: messages that appear in a stream together, or not at all. Its records
 * are linked as those of a log are, and belong to who fills it. Their text is
 * charged when all of it is there; their memory is the stream's from the beginning.
 */

/**
 * bpf_stream_stage_init() - Start a batch of messages
 * @stage: the batch
 * @aux: the main program of the stream
 * @id: the stream
 *
 * Context: Any. The program must not be freed before the batch ends.
 */
void bpf_stream_stage_init(struct bpf_stream_stage *stage, struct bpf_prog_aux *aux,
			   enum bpf_stream_id id)
{
	struct bpf_stream *stream = stream_of(aux, id);

	*stage = (struct bpf_stream_stage){
		.stream = stream,
		.err = stream ? 0 : -ENOENT,
	};
}

static int stage_add(struct bpf_stream_stage *stage, const char *text, u32 len)
{
	struct bpf_stream_rec *rec;

	if (!len || !stage->stream)
		return 0;
	rec = rec_alloc(stage->stream, text, len);
	if (!rec)
		return rec_alloc_error(stage->stream);
	rec->node.next = stage->newest;
	stage->newest = &rec->node;
	if (!stage->oldest)
		stage->oldest = &rec->node;
	stage->len += len;
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
 * the message is longer than MAX_BPRINTF_BUF - 1 characters, -ENOMEM, -ENOSPC.
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
 * Return: 0, -ENOMEM or -ENOSPC.
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
	return stage->len;
}

/**
 * bpf_stream_stage_commit() - Write a batch of messages
 * @stage: the batch, empty and ready for more afterwards
 *
 * The messages appear in the stream at once, with nothing between them, or not
 * at all.
 *
 * Context: Any, NMI included.
 * Return: 0; the first error of bpf_stream_stage_printk(); -ENOENT if the
 * program has no such stream; -ENOSPC if the batch does not fit.
 */
int bpf_stream_stage_commit(struct bpf_stream_stage *stage)
{
	struct bpf_stream *stream = stage->stream;
	int err = stage->err;

	if (!err && !stream_charge(stream, stage->len))
		err = -ENOSPC;
	if (!err && stage->newest) {
		stream_add_batch(stream, stage->newest, stage->oldest, stage->len);
		stage->newest = NULL;
	}
	if (err && stream)
		stream_refuse(stream, err);
	bpf_stream_stage_free(stage);
	return err;
}

/**
 * bpf_stream_stage_free() - Drop a batch of messages
 * @stage: the batch, empty and ready for more afterwards
 *
 * Context: Any, NMI included.
 */
void bpf_stream_stage_free(struct bpf_stream_stage *stage)
{
	rec_free_list(stage->newest);
	*stage = (struct bpf_stream_stage){
		.stream = stage->stream,
		.err = stage->stream ? 0 : -ENOENT,
	};
}
