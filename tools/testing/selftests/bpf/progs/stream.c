// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "stream_msg.h"

char _license[] SEC("license") = "GPL";

static int print_mixed(int stream, __u32 nr)
{
	switch (nr % 5) {
	case 0:
		return bpf_stream_printk(stream, MIXED_0, nr);
	case 1:
		return bpf_stream_printk(stream, MIXED_1, nr);
	case 2:
		return bpf_stream_printk(stream, MIXED_2, nr, nr);
	case 3:
		return bpf_stream_printk(stream, MIXED_3, nr, nr, nr);
	default:
		return bpf_stream_printk(stream, MIXED_4, nr, nr);
	}
}

static int print_one(const struct stream_write *w, __u32 nr)
{
	switch (w->msg) {
	case MSG_NUMBERED:
		return bpf_stream_printk(w->stream, "message %u\n", nr);
	case MSG_MIXED:
		return print_mixed(w->stream, nr);
	case MSG_RECORD:
		return bpf_stream_printk(w->stream, RECORD_FORMAT, w->writer, nr,
					 nr, nr, nr, nr, w->writer, nr);
	case MSG_LETTERS:
		return bpf_stream_printk(w->stream, "abcdefghijklmnopqrstuvwxyz"
					 "abcdefghijklmnopqrstuvwxyz"
					 "abcdefghijk\n");
	case MSG_EMPTY:
		return bpf_stream_printk(w->stream, "");
	case MSG_1:
		return bpf_stream_printk(w->stream, "x");
	case MSG_303:
		return bpf_stream_printk(w->stream, "%303u", nr);
	case MSG_304:
		return bpf_stream_printk(w->stream, "%304u", nr);
	case MSG_1000:
		return bpf_stream_printk(w->stream, "%1000u", nr);
	case MSG_1023:
		return bpf_stream_printk(w->stream, "%1023u", nr);
	case MSG_1024:
		return bpf_stream_printk(w->stream, "%1024u", nr);
	default:
		return -1;
	}
}

static long write_next(__u32 i, void *ctx)
{
	struct stream_write *w = ctx;
	int err;

	err = print_one(w, w->first + i);
	if (!err) {
		w->accepted++;
		return 0;
	}
	w->err = err;
	w->failed++;
	return !w->keep_going;
}

SEC("syscall")
int stream_write(struct stream_write *ctx)
{
	struct stream_write w = {
		.stream = ctx->stream,
		.msg = ctx->msg,
		.count = ctx->count,
		.writer = ctx->writer,
		.first = ctx->first,
		.keep_going = ctx->keep_going,
	};

	bpf_loop(w.count, write_next, &w, 0);
	ctx->accepted = w.accepted;
	ctx->failed = w.failed;
	ctx->err = w.err;
	return 0;
}

/* Each call must fail with an error of its own and must print nothing. */
int errors[NR_STREAM_ERRORS];

static void bad_ids(void)
{
	errors[ERR_ID_0] = bpf_stream_printk(0, "id 0\n");
	errors[ERR_ID_3] = bpf_stream_printk(3, "id 3\n");
	errors[ERR_ID_NEGATIVE] = bpf_stream_printk(-1, "id -1\n");
	errors[ERR_ID_INT_MAX] = bpf_stream_printk(0x7fffffff, "id INT_MAX\n");
	errors[ERR_ID_INT_MIN] = bpf_stream_printk((int)0x80000000, "id INT_MIN\n");
}

static void bad_formats(void)
{
	errors[ERR_FMT_PERCENT] = bpf_stream_printk(BPF_STDOUT, "%", 1);
	errors[ERR_FMT_UNKNOWN] = bpf_stream_printk(BPF_STDOUT, "%z", 1);
	errors[ERR_FMT_FLOAT] = bpf_stream_printk(BPF_STDOUT, "%f", 1);
	errors[ERR_FMT_LONG_STRING] = bpf_stream_printk(BPF_STDOUT, "%ls", 1);
	errors[ERR_FMT_POINTER] = bpf_stream_printk(BPF_STDOUT, "%pZ", 1);
	errors[ERR_FMT_ADDRESS] = bpf_stream_printk(BPF_STDOUT, "%pI5", 1);
	errors[ERR_FMT_STAR] = bpf_stream_printk(BPF_STDOUT, "%*d", 1, 1);
	errors[ERR_FMT_PRECISION] = bpf_stream_printk(BPF_STDOUT, "%.3d", 1);
	errors[ERR_FMT_COUNT] = bpf_stream_printk(BPF_STDOUT, "%n", 1);
	errors[ERR_FMT_CONTROL] = bpf_stream_printk(BPF_STDOUT, "bell\a\n");
	errors[ERR_FMT_NON_ASCII] = bpf_stream_printk(BPF_STDOUT, "%\xc3\xa4", 1);
}

static void bad_args(void)
{
	static const char none[] = "none\n", two[] = "%llu %llu\n", one[] = "%llu\n";
	__u64 args[13] = {};

	errors[ERR_ARG_MISSING] = bpf_stream_vprintk(BPF_STDOUT, two, args, 8);
	errors[ERR_ARGS_MISSING] = bpf_stream_vprintk(BPF_STDOUT, one, args, 0);
	errors[ERR_ARGS_13] = bpf_stream_vprintk(BPF_STDOUT, none, args, sizeof(args));
	errors[ERR_LEN_4] = bpf_stream_vprintk(BPF_STDOUT, none, args, 4);
	errors[ERR_LEN_12] = bpf_stream_vprintk(BPF_STDOUT, one, args, 12);
	errors[ERR_LEN_NOT_ARGS] = bpf_stream_vprintk(BPF_STDOUT, none, args, 97);
}

static void long_texts(void)
{
	errors[ERR_LONG_TEXT] = bpf_stream_printk(BPF_STDOUT, "%1024u", 1);
	errors[ERR_LONG_FIELD] = bpf_stream_printk(BPF_STDOUT, "%999999u", 1);
	errors[ERR_WIDE_FIELD] = bpf_stream_printk(BPF_STDOUT, "%1000000u", 1);
	errors[ERR_LONG_FIELDS] = bpf_stream_printk(BPF_STDOUT, "%512u%512u", 1, 2);
}

SEC("syscall")
int stream_errors(void *ctx)
{
	bad_ids();
	bad_formats();
	bad_args();
	long_texts();
	return 0;
}

/* Formats that are fine; user space prints the same with snprintf(). */
const char word[] = "word";
int format_failures;

#define PRINT(fmt, args...) do {					\
	if (bpf_stream_printk(BPF_STDOUT, fmt, ##args))			\
		format_failures++;					\
} while (0)

SEC("syscall")
int stream_formats(void *ctx)
{
	static const char twelve[] = "%d %d %d %d %d %d %d %d %d %d %d %d\n";
	__u64 args[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

	PRINT("no argument, 100%%\n");
	PRINT("\xc3\xa4\xc3\xb6\xc3\xbc\n");
	PRINT("%d %i %u %x %X\n", -1, -2, 3, 0xbeef, 0xbeef);
	PRINT("%ld %lld %lu %llu %lx %llx\n", -1L, -2LL, 3, 4, 0xfeedbeefcafeUL, ~0UL);
	PRINT("[%5d] [%-5d] [%05d] [%+d]\n", 42, 42, 42, 42);
	PRINT("[%c%c%c] [%s] [%s]\n", 'a', 'b', 'c', word, word);
	PRINT("more arguments than needed: %d\n", 1, 2, 3);
	if (bpf_stream_vprintk(BPF_STDOUT, twelve, args, sizeof(args)))
		format_failures++;
	return 0;
}

/* A program that cannot write a stream. */
SEC("syscall")
int stream_silent(void *ctx)
{
	return 0;
}
