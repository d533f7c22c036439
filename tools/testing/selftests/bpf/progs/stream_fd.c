// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "stream_fd.h"

char _license[] SEC("license") = "GPL";

static int print(int stream, __u32 writer, __u32 nr)
{
	return bpf_stream_printk(stream, STREAM_FD_FORMAT, writer, nr);
}

static long print_next(__u32 i, void *ctx)
{
	struct stream_fd_print *p = ctx;
	int stream = p->stream;

	if (stream == STREAM_FD_BOTH)
		stream = bpf_get_prandom_u32() & 1 ? BPF_STDOUT : BPF_STDERR;
	p->err = print(stream, p->writer, p->first + i);
	return p->err ? 1 : 0;
}

SEC("syscall")
int stream_fd_print(struct stream_fd_print *ctx)
{
	struct stream_fd_print p = *ctx;

	bpf_loop(p.count, print_next, &p, 0);
	ctx->err = p.err;
	return 0;
}

/* A program that cannot print. */
SEC("syscall")
int stream_fd_silent(void *ctx)
{
	return 0;
}
