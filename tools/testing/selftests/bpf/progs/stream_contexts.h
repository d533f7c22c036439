/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_CONTEXTS_H
#define __STREAM_CONTEXTS_H

#include "contexts.h"

/* The programs of all contexts call one that prints, whose streams the text goes to. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} printer SEC(".maps");

static __always_inline void run_in_context(void *ctx)
{
	bpf_tail_call(ctx, &printer, 0);
}

#endif
