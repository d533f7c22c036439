// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * What it costs to print to a stream and to read one, beside bpf_trace_printk()
 * and bpf_snprintf() of the same text. Prints lines of "name value unit". On a
 * kernel without streams the lines about them are missing.
 *
 * Meant for a machine on which the clock counts instructions, such as QEMU with
 * -icount shift=0. Each cost is the least of a few runs.
 */
#define _GNU_SOURCE
#include <bpf/btf.h>
#include <pthread.h>
#include "../prog_tests/stream_helpers.h"
#include "stream_bench.skel.h"

#define RUNS	3
#define COUNT	10000

/* As the program has it. */
struct bench_run {
	__u32 count;
	__u32 failed;
	__u64 ns;
};

static struct stream_bench *skel;
static char buffer[1 << 20];

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench_streams: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static __u64 run(struct bpf_program *prog, __u32 count)
{
	struct bench_run run = { .count = count };
	int err;

	err = run_syscall(bpf_program__fd(prog), &run, sizeof(run));
	if (err)
		fail(bpf_program__name(prog), err);
	if (run.failed)
		fail(bpf_program__name(prog), ENOSPC);
	return run.ns;
}

static long long read_all(struct bpf_program *prog, __u32 size)
{
	long long len = 0;
	int n;

	while ((n = bpf_prog_stream_read(bpf_program__fd(prog), STDOUT, buffer, size, NULL)) > 0)
		len += n;
	if (n < 0)
		fail("read", n);
	return len;
}

/* Least time of a loop. What it printed is thrown away. */
static double least(struct bpf_program *prog, bool is_stream)
{
	__u64 ns, min = -1ULL;
	int i;

	for (i = 0; i < RUNS; i++) {
		ns = run(prog, COUNT);
		if (ns < min)
			min = ns;
		if (is_stream)
			read_all(prog, sizeof(buffer));
	}
	return (double)min / COUNT;
}

static void bench_call(const char *name, struct bpf_program *prog, bool is_stream)
{
	printf("%s %.1f ns/call\n", name,
	       least(prog, is_stream) - least(skel->progs.empty_loop, false));
}

/* The messages are of 30 bytes. */
static void bench_read(const char *name, __u32 size, __u32 count)
{
	__u64 start, ns, min = -1ULL;
	long long len = 0;
	int i;

	for (i = 0; i < RUNS; i++) {
		run(skel->progs.stream_print, count);
		start = get_time_ns();
		len = read_all(skel->progs.stream_print, size);
		ns = get_time_ns() - start;
		if (ns < min)
			min = ns;
	}
	if (len != 30LL * count)
		fail(name, EIO);
	printf("%s %.2f ns/byte\n", name, (double)min / len);
}

/* A message that is read at once, by a reader with a buffer for a few of them. */
static void bench_print_and_read(void)
{
	const int batch = 10, rounds = 200;
	__u64 start, ns, min = -1ULL;
	int i, j;

	for (i = 0; i < RUNS; i++) {
		start = get_time_ns();
		for (j = 0; j < rounds; j++) {
			run(skel->progs.stream_print, batch);
			read_all(skel->progs.stream_print, 4096);
		}
		ns = get_time_ns() - start;
		if (ns < min)
			min = ns;
	}
	printf("stream_print_and_read %.1f ns/message\n", (double)min / rounds / batch);
}

static int open_stream(struct bpf_program *prog, __u32 stream)
{
	int fd = bpf_prog_stream_open(bpf_program__fd(prog), stream, NULL);

	if (fd < 0)
		fail("open of a stream", fd);
	return fd;
}

/* Files that nobody waits on. */
static void bench_open_files(void)
{
	int i, fds[10];

	for (i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = open_stream(skel->progs.stream_print, i % 3 + 1);
	bench_call("stream_print_files_open", skel->progs.stream_print, true);
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

#define WAKEUPS 200

struct waiter {
	pthread_t thread;
	int fd;
	__u64 ns;
};

static void *wait_for_messages(void *arg)
{
	struct waiter *w = arg;
	char buf[256];
	int i;

	for (i = 0; i < WAKEUPS; i++) {
		if (read(w->fd, buf, sizeof(buf)) <= 0)
			fail("read", errno);
		w->ns += get_time_ns() - skel->bss->printed_ns;
	}
	return NULL;
}

/* From the call that prints to the return of the read that waited for it. */
static void bench_wakeup(void)
{
	struct waiter w = { .fd = open_stream(skel->progs.stream_wake, STDOUT) };
	int i;

	if (pthread_create(&w.thread, NULL, wait_for_messages, &w))
		fail("thread", errno);
	for (i = 0; i < WAKEUPS; i++) {
		usleep(1000);
		run_syscall(bpf_program__fd(skel->progs.stream_wake), NULL, 0);
	}
	pthread_join(w.thread, NULL);
	close(w.fd);
	printf("stream_wakeup %.1f ns/message\n", (double)w.ns / WAKEUPS);
}

/* Memory behind messages of len bytes each, beyond their text. */
static void bench_memory(const char *name, struct bpf_program *prog, int len)
{
	const int count = 100000;
	long before, pages;

	read_all(prog, sizeof(buffer));
	before = direct_pages();
	run(prog, count);
	pages = direct_pages() - before;
	if (read_all(prog, sizeof(buffer)) != (long long)len * count)
		fail(name, EIO);
	printf("%s %.1f bytes/message\n", name, pages * 4096.0 / count - len);
}

static bool kernel_has_streams(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has;

	if (!btf)
		fail("BTF of the kernel", errno);
	has = btf__find_by_name_kind(btf, "bpf_stream_vprintk", BTF_KIND_FUNC) > 0;
	btf__free(btf);
	return has;
}

int main(void)
{
	bool has_streams = kernel_has_streams();
	struct bpf_program *prog;

	skel = stream_bench__open();
	if (!skel)
		fail("open", errno);
	bpf_object__for_each_program(prog, skel->obj)
		if (!strncmp(bpf_program__name(prog), "stream_", 7))
			bpf_program__set_autoload(prog, has_streams);
	if (stream_bench__load(skel))
		fail("load", errno);
	memset(buffer, 1, sizeof(buffer));

	bench_call("trace_printk", skel->progs.trace_printk, false);
	bench_call("snprintf", skel->progs.snprintf_only, false);
	if (!has_streams)
		goto out;
	bench_call("stream_print", skel->progs.stream_print, true);
	bench_call("stream_print_text", skel->progs.stream_print_text, true);
	bench_call("stream_print_3_args", skel->progs.stream_print_3_args, true);
	bench_read("stream_read_1m", 1 << 20, 100000);
	bench_read("stream_read_4096", 4096, 100000);
	bench_read("stream_read_7", 7, 2000);
	bench_print_and_read();
	bench_open_files();
	bench_wakeup();
	bench_memory("stream_memory_30", skel->progs.stream_print, 30);
	bench_memory("stream_memory_1", skel->progs.stream_print_1_byte, 1);
out:
	stream_bench__destroy(skel);
	return 0;
}
