// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <pthread.h>
#include "stream_helpers.h"
#include "stream_stage.skel.h"

#define WRITERS	4
#define BATCHES	500
#define LINES	8

static int stage(struct stream_stage *skel, struct stage_args *args)
{
	args->err = args->committed = 0;
	return run_syscall(bpf_program__fd(skel->progs.stream_stage), args, sizeof(*args));
}

struct writer {
	struct stream_stage *skel;
	struct stage_args args;
	int cpu;
	int err;
};

static void *write_batches(void *arg)
{
	struct writer *w = arg;

	pin_to_cpu(w->cpu);
	w->err = stage(w->skel, &w->args);
	return NULL;
}

/* Count the batches in text; -1 if the lines of one are not behind one another. */
static int count_batches(const struct text *text)
{
	const char *p = text->data;
	int cpu, batch_cpu = -1, line, len, lines = 0;

	for (; *p; p += len, lines++) {
		if (sscanf(p, "cpu %d line %d\n%n", &cpu, &line, &len) != 2)
			return -1;
		if (line != lines % LINES || (line && cpu != batch_cpu))
			return -1;
		batch_cpu = cpu;
	}
	return lines % LINES ? -1 : lines / LINES;
}

/* Batches of writers on all CPUs follow one another and do not mix. */
static void test_not_interleaved(struct stream_stage *skel)
{
	struct writer writers[WRITERS];
	pthread_t threads[WRITERS];
	struct text text = {};
	int i;

	for (i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer) {
			.skel = skel,
			.args = { STDERR, LINES, 1, BATCHES },
			.cpu = i,
		};
		if (!ASSERT_OK(pthread_create(&threads[i], NULL, write_batches, &writers[i]),
			       "pthread_create"))
			goto join;
	}
join:
	while (i--) {
		pthread_join(threads[i], NULL);
		ASSERT_OK(writers[i].err, "run");
		ASSERT_EQ(writers[i].args.committed, BATCHES, "batches committed");
	}
	if (ASSERT_OK(text_read(&text, bpf_program__fd(skel->progs.stream_stage), STDERR,
				1 << 16), "read"))
		ASSERT_EQ(count_batches(&text), WRITERS * BATCHES, "whole batches");
	text_free(&text);
}

/* An error in one line, or an account without room for all: nothing is seen. */
static void test_all_or_nothing(struct stream_stage *skel)
{
	struct stage_args fill = { STDOUT, 1, 1000, 1 << 13 };
	struct stage_args args = { STDOUT, LINES, 2000, 1 };
	int fd = bpf_program__fd(skel->progs.stream_stage);
	long long used;

	/* the lines have its number */
	ASSERT_OK(pin_to_cpu(0), "CPU 0");
	ASSERT_OK(stage(skel, &args), "run");
	ASSERT_EQ(args.err, -E2BIG, "a line that is too long");
	ASSERT_EQ(stream_drain(fd, STDOUT), 0, "text");

	args = (struct stage_args) { 3, LINES, 1, 1 };
	ASSERT_OK(stage(skel, &args), "run");
	ASSERT_EQ(args.err, -ENOENT, "no such stream");

	args = (struct stage_args) { STDOUT, 0, 1, 1 };
	ASSERT_OK(stage(skel, &args), "run");
	ASSERT_OK(args.err, "a batch without lines");

	/* Room for a line, but not for all of a batch */
	ASSERT_OK(stage(skel, &fill), "fill");
	ASSERT_EQ(fill.err, -ENOSPC, "full");
	args = (struct stage_args) { STDOUT, 64, 100, 1 };
	ASSERT_OK(stage(skel, &args), "run");
	ASSERT_EQ(args.err, -ENOSPC, "a batch without room");
	used = stream_drain(fd, STDOUT);
	ASSERT_EQ(used % fill.committed, 0, "lines in the stream");
	ASSERT_EQ(used / fill.committed, strlen("cpu 0 line \n") + 1000, "only whole lines");

	/* What failed has left the account */
	args = fill;
	ASSERT_OK(stage(skel, &args), "fill again");
	ASSERT_EQ(args.committed, fill.committed, "capacity");
	ASSERT_EQ(stream_drain(fd, STDOUT), used, "text");
}

void test_stream_stage(void)
{
	struct stream_stage *skel = stream_stage__open_and_load();

	if (!ASSERT_OK_PTR(skel, "open_and_load"))
		return;
	if (test__start_subtest("not_interleaved"))
		test_not_interleaved(skel);
	if (test__start_subtest("all_or_nothing"))
		test_all_or_nothing(skel);
	stream_stage__destroy(skel);
}
