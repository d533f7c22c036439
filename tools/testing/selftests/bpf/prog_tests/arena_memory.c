// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Who pays for an arena, how much, and that all of it comes back. */
#define _GNU_SOURCE
#include <sys/stat.h>
#include "stream_helpers.h"
#include "arena_ops_helpers.h"

#define CGROUP "/sys/fs/cgroup"
#define CHILD CGROUP "/arena_memory"

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	n = n < 0 ? -errno : 0;
	close(fd);
	return n;
}

static int write_number(const char *path, long long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", number);
	return write_text(path, text);
}

static long long read_number(const char *path)
{
	char text[32] = {};
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return atoll(text);
}

/*
 * What is charged to the group, without what the CPUs hold ready for it: they
 * give that up, a little later, when the limit sinks below the sum.
 */
static long long charged(void)
{
	long long now = read_number(CHILD "/memory.current"), before;

	do {
		before = now;
		if (now > 0)
			write_number(CHILD "/memory.high", now - ARENA_PAGE);
		usleep(20000);
		now = read_number(CHILD "/memory.current");
	} while (now < before);
	write_text(CHILD "/memory.high", "max");
	return now;
}

/* When nothing is under way any more. */
static long long charged_at_rest(void)
{
	long long before, now = -1;
	int i;

	for (i = 0; i < 50; i++) {
		before = now;
		kern_sync_rcu();
		usleep(100000);
		now = charged();
		if (now == before)
			break;
	}
	return now;
}

/* Deferred work may have to be waited for. */
static long long charged_settled(long long at_most)
{
	long long now = -1;
	int i;

	for (i = 0; i < 100; i++) {
		now = charged();
		if (now <= at_most)
			break;
		usleep(20000);
	}
	return now;
}

static bool group_create(void)
{
	return ASSERT_OK(write_text(CGROUP "/cgroup.subtree_control", "+memory"), "controller") &&
	       ASSERT_OK(mkdir(CHILD, 0755), "group");
}

static void group_destroy(void)
{
	ASSERT_OK(rmdir(CHILD), "removal of the group");
}

/* The creator pays: the tests join to create it, and leave before they use it. */
static int create_in_group(__u32 pages, __u32 flags)
{
	int fd;

	if (!ASSERT_OK(write_number(CHILD "/cgroup.procs", getpid()), "join"))
		return -1;
	fd = arena_create_at(pages, flags, ARENA_ADDR);
	ASSERT_OK(write_number(CGROUP "/cgroup.procs", getpid()), "leave");
	ASSERT_GE(fd, 0, "map");
	return fd;
}

static bool open_in_group(struct arena *a, __u32 pages)
{
	*a = (struct arena) { .addr = ARENA_ADDR, .pages = pages };
	a->fd = create_in_group(pages, 0);
	if (a->fd < 0)
		return false;
	a->mem = arena_mmap(a->fd, ARENA_ADDR, pages);
	a->skel = arena_ops__open();
	if (ASSERT_NEQ(a->mem, MAP_FAILED, "mmap") && ASSERT_OK_PTR(a->skel, "open") &&
	    ASSERT_OK(bpf_map__reuse_fd(a->skel->maps.arena, a->fd), "reuse") &&
	    ASSERT_OK(arena_ops__load(a->skel), "load"))
		return true;
	arena_close(a);
	return false;
}

/* Of the group there may be some kernel objects left, but no arena. */
#define SLACK (64 * 1024)

static void test_charges(void)
{
	const __u32 pages = 4096;
	long long base, empty, now;
	struct arena a;

	base = charged_at_rest();
	if (!open_in_group(&a, pages))
		return;
	empty = charged();
	ASSERT_GE(empty, base, "charge of an empty arena");
	ASSERT_EQ(arena_alloc(&a, 0, 2048), ARENA_ADDR, "allocation");
	now = charged();
	/* 2048 pages in a row have 4 tables */
	ASSERT_GE(now - empty, (2048 + 4) * ARENA_PAGE, "charge of pages and tables");
	ASSERT_LE(now - empty, (2048 + 4) * ARENA_PAGE + SLACK, "and of nothing else");
	memset(a.mem + 2048 * ARENA_PAGE, 1, 1024 * ARENA_PAGE);
	now = charged();
	ASSERT_GE(now - empty, (3072 + 6) * ARENA_PAGE, "charge of faults");
	ASSERT_LE(now - empty, (3072 + 6) * ARENA_PAGE + SLACK, "and of nothing else");
	arena_free(&a, ARENA_ADDR, pages);
	ASSERT_LE(charged_settled(empty + 8 * ARENA_PAGE + SLACK),
		  empty + 8 * ARENA_PAGE + SLACK, "charge after the free");

	/* the same by a program that must not sleep */
	a.skel->bss->ops[0] = (struct arena_op) { .kind = OP_ALLOC, .cnt = 1024, .node = -1 };
	a.skel->bss->nr_ops = 1;
	ASSERT_OK(arena_run(bpf_program__fd(a.skel->progs.run_ops_in_callback)), "run");
	ASSERT_EQ(a.skel->bss->ops[0].result, ARENA_ADDR, "allocation in a callback");
	ASSERT_GE(charged() - empty, 1024 * ARENA_PAGE, "charge of a callback");
	arena_close(&a);
	kern_sync_rcu();
	ASSERT_LE(charged_settled(base + SLACK), base + SLACK, "charge after the arena");
}

static int touch_all(void *arg)
{
	struct arena *a = arg;
	__u32 i;
	char *mem = arena_mmap(a->fd, ARENA_ADDR, a->pages);

	if (mem == MAP_FAILED)
		return 1;
	for (i = 0; i < a->pages; i++)
		mem[i * ARENA_PAGE] = 1;
	return 0;
}

/* At the limit there is no page: NULL for a program, SIGSEGV for a process. */
static void test_limit(void)
{
	const __u32 pages = 2048;
	struct arena_op *op;
	struct arena a;
	long long limit;

	if (!open_in_group(&a, pages))
		return;
	limit = charged() + 512 * ARENA_PAGE;
	if (!ASSERT_OK(write_number(CHILD "/memory.max", limit), "limit"))
		goto out;
	ASSERT_EQ(arena_alloc(&a, 0, 1024), 0, "allocation beyond the limit");
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), 0, "pages of it");
	ASSERT_EQ(arena_alloc(&a, 0, 256), ARENA_ADDR, "allocation within the limit");
	arena_free(&a, ARENA_ADDR, 256);

	op = &a.skel->bss->ops[0];
	*op = (struct arena_op) { .kind = OP_ALLOC, .cnt = 1024, .node = -1, .result = 1 };
	a.skel->bss->nr_ops = 1;
	ASSERT_OK(arena_run(bpf_program__fd(a.skel->progs.run_ops_in_callback)), "run");
	ASSERT_EQ(op->result, 0, "allocation beyond the limit in a callback");
	ASSERT_EQ(arena_pages_settled(a.fd, 0), 0, "pages of it");
	ASSERT_EQ(in_child(touch_all, &a), -SIGSEGV, "faults beyond the limit");
	ASSERT_LE(read_number(CHILD "/memory.current"), limit, "charge");
	ASSERT_GE(fdinfo_value(a.fd, "pages"), 256, "pages of the faults");

	ASSERT_OK(write_text(CHILD "/memory.max", "max"), "no limit");
	arena_free(&a, ARENA_ADDR, pages);
	ASSERT_EQ(arena_alloc(&a, 0, 1024), ARENA_ADDR, "allocation without a limit");
out:
	write_text(CHILD "/memory.max", "max");
	arena_close(&a);
}

/* A large arena with one page, wherever that is, costs little beside the page. */
static void test_sparse(void)
{
	static const __u64 offsets[] = { 0, GB4 / 2 + ARENA_PAGE, GB4 - ARENA_PAGE };
	long long base, cost;
	struct arena a;
	int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		base = charged_at_rest();
		if (!open_in_group(&a, MAX_PAGES))
			return;
		ASSERT_EQ(arena_alloc(&a, ARENA_ADDR + offsets[i], 1), ARENA_ADDR + offsets[i],
			  "allocation");
		cost = charged() - base;
		ASSERT_GE(cost, 2 * ARENA_PAGE, "page and its table");
		ASSERT_LE(cost, 256 * 1024 + ARENA_PAGE, "cost of a page");
		arena_close(&a);
		kern_sync_rcu();
		ASSERT_LE(charged_settled(base + SLACK), base + SLACK, "charge afterwards");
	}
}

/* Those of arenas: their address space, and what they allocate. */
static long vmalloc_areas(void)
{
	FILE *f = fopen("/proc/vmallocinfo", "r");
	char line[512];
	long n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += !!strstr(line, "arena");
	if (f)
		fclose(f);
	return n;
}

struct usage {
	long pages, areas, tables, slab;
};

static struct usage usage_now(void)
{
	long pages = direct_pages();	/* and the other counters are exact */

	return (struct usage) {
		.pages = pages,
		.areas = vmalloc_areas(),
		.tables = sum_values("/proc/vmstat", "nr_page_table_pages"),
		.slab = sum_values("/proc/vmstat", "nr_slab_unreclaimable"),
	};
}

/* Created, mapped, used at both ends, gone. */
static bool cycle(int i)
{
	int fd = arena_create_at(MAX_PAGES, 0, i % 2 ? ARENA_ADDR : 0);
	char *p;

	if (fd < 0)
		return false;
	if (i % 4 < 2) {
		p = arena_mmap(fd, i % 2 ? ARENA_ADDR : 0, MAX_PAGES);
		if (p == MAP_FAILED) {
			close(fd);
			return false;
		}
		p[0] = 1;
		p[GB4 - 1] = 1;
		munmap(p, GB4);
	}
	close(fd);
	return true;
}

static bool run_cycles(int cycles)
{
	int i;

	for (i = 0; i < cycles && cycle(i); i++)
		if (i % 200 == 199)
			kern_sync_rcu();
	return ASSERT_EQ(i, cycles, "cycles");
}

static bool back_to(const struct usage *before, const struct usage *now)
{
	return now->areas <= before->areas && now->pages <= before->pages + 512;
}

/* Nothing is left, for one cycle or each: the bounds are what moves by itself. */
static void test_cycles(void)
{
	const int cycles = arena_stress_seconds() < 60 ? 1000 : 10000;
	struct usage before, now;
	long long base;
	int i, fd;

	if (!ASSERT_OK(write_number(CHILD "/cgroup.procs", getpid()), "join"))
		return;
	if (!run_cycles(200))
		goto out;
	kern_sync_rcu();
	base = charged_at_rest();
	before = usage_now();
	fd = arena_create_at(MAX_PAGES, 0, ARENA_ADDR);
	ASSERT_GT(vmalloc_areas(), before.areas, "vmalloc areas of an arena");
	close(fd);
	if (!run_cycles(cycles))
		goto out;
	for (i = 0; i < 100; i++) {
		kern_sync_rcu();
		now = usage_now();
		if (back_to(&before, &now))
			break;
		usleep(100000);
	}
	ASSERT_LE(now.areas, before.areas, "vmalloc areas");
	ASSERT_LE(now.pages, before.pages + 512, "pages");
	/* Some of the kernel's upper tables stay for the next area there. */
	ASSERT_LE(now.tables, before.tables + 512, "page tables");
	ASSERT_LE(now.slab, before.slab + 1024, "slab pages");
	ASSERT_LE(charged_settled(base + 1024 * 1024), base + 1024 * 1024, "charge");
out:
	ASSERT_OK(write_number(CGROUP "/cgroup.procs", getpid()), "leave");
}

void serial_test_arena_memory(void)
{
	if (!group_create())
		return;
	if (test__start_subtest("charges"))
		test_charges();
	if (test__start_subtest("limit"))
		test_limit();
	if (test__start_subtest("sparse"))
		test_sparse();
	if (test__start_subtest("cycles"))
		test_cycles();
	group_destroy();
}
