// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "bpf_may_goto.h"
#include "may_goto.h"

char _license[] SEC("license") = "GPL";

/* Set by a run */
__u64 ns;

/* A program that times turns of a loop. */
#define DEFINE_BENCH(name, turn, after)		\
SEC("syscall")					\
int name(void *ctx)				\
{						\
	__u64 start = bpf_ktime_get_ns();	\
	__u32 i;				\
						\
	for (i = 0; i < TURNS; i++) {		\
		barrier_var(i);			\
		turn;				\
	}					\
	after;					\
	ns = bpf_ktime_get_ns() - start;	\
	return 0;				\
}

/* Alike but for the may_goto. */
DEFINE_BENCH(bare_loop, , )
DEFINE_BENCH(open_loop, cond_break_label(out), out:)
