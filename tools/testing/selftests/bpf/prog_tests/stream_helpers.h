/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_HELPERS_H
#define __STREAM_HELPERS_H

#include <stdbool.h>
#include <stddef.h>
#include "modern_helpers.h"
#include "progs/stream_msg.h"

#define STDOUT BPF_STREAM_STDOUT
#define STDERR BPF_STREAM_STDERR

/* Text as it was read from a stream, with a NUL behind it. */
struct text {
	char *data;
	size_t len;
};

static inline void text_free(struct text *text)
{
	free(text->data);
	text->data = NULL;
	text->len = 0;
}

/* Read until the stream is empty, chunk bytes at a time. */
static inline int text_read(struct text *text, int fd, int stream, __u32 chunk)
{
	size_t size = text->len;

	for (;;) {
		char *data;
		int n;

		if (size - text->len < chunk) {
			size = 2 * size + chunk;
			data = realloc(text->data, size + 1);
			if (!data)
				return -ENOMEM;
			text->data = data;
		}
		n = bpf_prog_stream_read(fd, stream, text->data + text->len, chunk, NULL);
		if (n < 0)
			return n;
		text->len += n;
		text->data[text->len] = 0;
		if (!n)
			return 0;
	}
}

static inline long long stream_drain(int fd, int stream)
{
	static char buf[1 << 20];
	long long len = 0;
	int n;

	while ((n = bpf_prog_stream_read(fd, stream, buf, sizeof(buf), NULL)) > 0)
		len += n;
	return n < 0 ? n : len;
}

/* Run a SEC("syscall") program. The value is what the test run returned. */
static inline int run_syscall(int fd, void *ctx, size_t ctx_size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.ctx_in = ctx,
		.ctx_size_in = ctx_size,
	);

	return bpf_prog_test_run_opts(fd, &opts);
}

static inline int run_skb(int fd, const void *packet, size_t len, __u32 *retval)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = packet,
		.data_size_in = len,
		.repeat = 1,
	);
	int err;

	err = bpf_prog_test_run_opts(fd, &opts);
	*retval = opts.retval;
	return err;
}

#endif
