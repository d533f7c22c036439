// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "stream_msg.h"

char _license[] SEC("license") = "GPL";

extern int bpf_kfunc_call_test_stream_stage(int stream_id, __u32 lines, __u32 width,
					    void *aux__prog) __ksym;

static long stage_next(__u32 i, void *ctx)
{
	struct stage_args *args = ctx;

	args->err = bpf_kfunc_call_test_stream_stage(args->stream, args->lines, args->width,
						     NULL);
	args->committed += !args->err;
	return 0;
}

/* Commit batches of lines, as the kernel does for a report. */
SEC("syscall")
int stream_stage(struct stage_args *ctx)
{
	struct stage_args args = {
		.stream = ctx->stream,
		.lines = ctx->lines,
		.width = ctx->width,
		.batches = ctx->batches,
	};

	bpf_loop(args.batches, stage_next, &args, 0);
	ctx->err = args.err;
	ctx->committed = args.committed;
	return 0;
}

