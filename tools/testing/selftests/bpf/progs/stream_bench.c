// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

struct bench_run {
	__u32 count;
	__u32 failed;
	__u64 ns;
};

/* A program that makes count calls in a loop of the same form as the others'. */
#define DEFINE_BENCH(name, call)					\
static long name##_once(__u32 i, void *ctx)				\
{									\
	if (call)							\
		*(__u32 *)ctx += 1;					\
	return 0;							\
}									\
									\
SEC("syscall")								\
int name(struct bench_run *ctx)						\
{									\
	__u32 count = ctx->count, failed = 0;				\
	__u64 start = bpf_ktime_get_ns();				\
									\
	bpf_loop(count, name##_once, &failed, 0);			\
	ctx->ns = bpf_ktime_get_ns() - start;				\
	ctx->failed = failed;						\
	return 0;							\
}

static const char hello[] = "hello stream message number %d\n";

static __always_inline int nothing(__u32 i)
{
	barrier_var(i);
	return i < 0;
}

static __always_inline int do_snprintf(__u32 i)
{
	__u64 args[] = { i & 7 };
	char buf[64];

	return bpf_snprintf(buf, sizeof(buf), hello, args, sizeof(args)) < 0;
}

DEFINE_BENCH(empty_loop, nothing(i))
DEFINE_BENCH(trace_printk, bpf_trace_printk(hello, sizeof(hello), i & 7) < 0)
DEFINE_BENCH(snprintf_only, do_snprintf(i))
DEFINE_BENCH(stream_print, bpf_stream_printk(BPF_STDOUT, "hello stream message number %d\n", i & 7))
DEFINE_BENCH(stream_print_text, bpf_stream_printk(BPF_STDOUT, "hello stream, without number.\n"))
DEFINE_BENCH(stream_print_3_args,
	     bpf_stream_printk(BPF_STDOUT, "cpu %u read %llu at %llx\n", i & 7, 4096, 0xffff0000))
DEFINE_BENCH(stream_print_1_byte, bpf_stream_printk(BPF_STDOUT, "x"))

/* For how long a message is on its way to a reader that waits. */
__u64 printed_ns;

SEC("syscall")
int stream_wake(void *ctx)
{
	printed_ns = bpf_ktime_get_ns();
	return bpf_stream_printk(BPF_STDOUT, "hello stream message number %d\n", 1);
}
