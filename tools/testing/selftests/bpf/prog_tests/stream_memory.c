// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What the streams of a program take of the machine is bounded, and paid for. */
#define _GNU_SOURCE
#include <sys/stat.h>
#include <unistd.h>
#include "stream_helpers.h"
#include "stream_memory.skel.h"

#define PAGE 4096L
#define CGROUPS "/sys/fs/cgroup"
#define CGROUP CGROUPS "/stream_memory"

static bool run(struct stream_memory *skel, struct bpf_program *prog, int count)
{
	skel->bss->count = count;
	skel->bss->err = 0;
	return ASSERT_OK(run_syscall(bpf_program__fd(prog), NULL, 0), "run");
}

/*
 * What stays unread on stdout keeps no page that had anything else: a page for each
 * byte would be 80 MB.
 */
static void test_interleaved(struct stream_memory *skel)
{
	int fd = bpf_program__fd(skel->progs.stream_interleave), i;
	const long slack = 1024, records = 20000 / 170;
	long before = direct_pages(), used;

	for (i = 0; i < 20; i++) {
		if (!run(skel, skel->progs.stream_interleave, 1000) ||
		    !ASSERT_OK(skel->bss->err, "print") ||
		    !ASSERT_EQ(stream_drain(fd, STDERR), 1000 * 1000, "stderr"))
			return;
	}
	used = direct_pages() - before;
	ASSERT_LE(used, records + slack, "pages of both streams");
	ASSERT_GE(fdinfo_value(fd, "stdout_memory"), records * PAGE, "memory of stdout");
	ASSERT_LE(fdinfo_value(fd, "stdout_memory"), (records + 64) * PAGE, "memory of stdout");
	ASSERT_LE(fdinfo_value(fd, "stderr_memory"), 64 * PAGE, "memory of stderr");
	ASSERT_EQ(stream_drain(fd, STDOUT), 20 * 1000, "stdout");
}

/* A stream to which nothing is written, and that is read, has no page. */
static void test_idle(struct stream_memory *skel)
{
	int fd = bpf_program__fd(skel->progs.stream_long), i;

	run(skel, skel->progs.stream_long, 1000);
	ASSERT_GE(fdinfo_value(fd, "stdout_memory"), 100 * 1000, "memory");
	ASSERT_EQ(stream_drain(fd, STDOUT), 100 * 1000, "text");
	for (i = 0; i < 500 && fdinfo_value(fd, "stdout_memory"); i++)
		usleep(20000);
	ASSERT_EQ(fdinfo_value(fd, "stdout_memory"), 0, "memory of an idle stream");
	run(skel, skel->progs.stream_long, 1);
	ASSERT_OK(skel->bss->err, "print again");
	ASSERT_EQ(stream_drain(fd, STDOUT), 100, "text");
}

static long long cgroup_bytes(void)
{
	return read_number(CGROUP "/memory.current");
}

/* The account follows, after a while. */
static long long cgroup_settled(long long least, long long most)
{
	long long bytes;
	int i;

	for (i = 0; i < 500; i++) {
		bytes = cgroup_bytes();
		if (bytes >= least && bytes <= most)
			break;
		usleep(20000);
	}
	return bytes;
}

/* Loaded by a task of the cgroup, which then leaves it. */
static struct stream_memory *load_in_cgroup(void)
{
	struct stream_memory *skel;

	rmdir(CGROUP);
	if (!ASSERT_OK(write_text(CGROUPS "/cgroup.subtree_control", "+memory"), "controller") ||
	    !ASSERT_OK(mkdir(CGROUP, 0755), "mkdir") ||
	    !ASSERT_OK(write_number(CGROUP "/cgroup.procs", getpid()), "enter"))
		return NULL;
	skel = stream_memory__open_and_load();
	ASSERT_OK(write_number(CGROUPS "/cgroup.procs", getpid()), "leave");
	ASSERT_OK_PTR(skel, "open and load");
	return skel;
}

static void remove_cgroup(void)
{
	int i;

	for (i = 0; i < 500 && rmdir(CGROUP); i++)
		usleep(20000);
}

/* All that is taken is charged to the cgroup that loaded, and all is given back. A cgroup
 * charges in batches of up to 64 pages for each CPU, which are in memory.current before
 * anybody has them.
 */
static void test_charged(struct stream_memory *unused)
{
	const long long batches = 64LL * PAGE * libbpf_num_possible_cpus();
	struct stream_memory *skel = load_in_cgroup();
	long long before, full, text;
	int fd;

	if (!skel)
		return;
	fd = bpf_program__fd(skel->progs.stream_long);
	before = cgroup_bytes();
	run(skel, skel->progs.stream_long, 1 << 20);
	ASSERT_EQ(skel->bss->err, -ENOSPC, "full");
	full = fdinfo_value(fd, "stdout_memory");
	text = fdinfo_value(fd, "stdout_queued");
	ASSERT_GE(text, STREAM_CAPACITY - 100, "text of a full stream");
	ASSERT_GE(full, text, "memory of a full stream");
	ASSERT_LE(full, STREAM_MAX_MEMORY, "memory of a full stream");
	full += before - batches;
	ASSERT_GE(cgroup_settled(full, LLONG_MAX), full, "charged");
	ASSERT_EQ(stream_drain(fd, STDOUT), text, "text");
	ASSERT_LE(cgroup_settled(0, before + batches), before + batches, "given back");

	/* what is unread when the program goes as well */
	run(skel, skel->progs.stream_long, 30000);
	full = before + 3000000 - batches;
	ASSERT_GE(cgroup_settled(full, LLONG_MAX), full, "charged");
	stream_memory__destroy(skel);
	ASSERT_LE(cgroup_settled(0, before + batches), before + batches, "after unload");
	remove_cgroup();
}

/* A cgroup without room: no memory, and no victim. When there is room it goes on. */
static void test_limited(struct stream_memory *unused)
{
	struct stream_memory *skel = load_in_cgroup();
	long long limit;
	int fd, i;

	if (!skel)
		return;
	fd = bpf_program__fd(skel->progs.stream_long);
	limit = cgroup_bytes() + 128 * PAGE;
	ASSERT_OK(write_number(CGROUP "/memory.max", limit), "limit");
	for (i = 0; i < 1000; i++) {
		run(skel, skel->progs.stream_long, 10);
		if (skel->bss->err)
			break;
		usleep(20000);
	}
	ASSERT_EQ(skel->bss->err, -ENOMEM, "over the limit");
	ASSERT_GT(fdinfo_value(fd, "stdout_dropped_memory"), 0, "counted");
	ASSERT_LE(cgroup_bytes(), limit + 256 * PAGE, "over the limit at most");
	ASSERT_EQ(stream_drain(fd, STDOUT), 100LL * skel->bss->printed, "text");
	skel->bss->err = -ENOMEM;
	for (i = 0; i < 500 && skel->bss->err; i++) {
		run(skel, skel->progs.stream_long, 1);
		usleep(20000);
	}
	ASSERT_OK(skel->bss->err, "print when there is room again");
	stream_memory__destroy(skel);
	remove_cgroup();
}

static const struct {
	const char *name;
	void (*run)(struct stream_memory *skel);
} cases[] = {
	{ "interleaved", test_interleaved },
	{ "idle", test_idle },
	{ "charged", test_charged },
	{ "limited", test_limited },
};

/* Serial: it counts pages of the machine, and is in another cgroup for a while. */
void serial_test_stream_memory(void)
{
	run_cases(stream_memory, cases);
}
