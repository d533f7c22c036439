// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Who pays for an arena, how much, and that all of it comes back. */
#define _GNU_SOURCE
#include <sys/stat.h>
#include "arena_ops_helpers.h"

#define CGROUP "/sys/fs/cgroup"
#define CHILD CGROUP "/arena_memory"

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

/*
 * When nothing is under way any more. Still some kernel objects of the group come
 * and go by themselves: only what is more than SLACK can be told from them.
 */
static long long charged_at_rest(void)
{
	long long before, now = -1;
	int i, same = 0;

	for (i = 0; i < 50 && same < 2; i++) {
		before = now;
		kern_sync_rcu();
		usleep(100000);
		now = charged();
		same = now == before ? same + 1 : 0;
	}
	return now;
}

#define SLACK (64 * 1024)

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

#define TABLE_SIZE (512 * ARENA_PAGE)
#define EMPTY_TABLES 4	/* one for each GiB */
#define SPREAD ARENA_MAX_OPS

/* One page in each of SPREAD tables: then these cost as much as the pages. */
static void alloc_spread(struct arena *a, __u64 addr, const struct bpf_program *prog)
{
	const long long pages = fdinfo_value(a->fd, "pages") + SPREAD;
	int i;

	for (i = 0; i < SPREAD; i++)
		a->skel->bss->ops[i] = (struct arena_op) { .kind = OP_ALLOC, .cnt = 1, .node = -1,
							   .addr = addr + i * TABLE_SIZE };
	a->skel->bss->nr_ops = SPREAD;
	/* What must not sleep may find a lock taken: once more, then */
	for (i = 0; i < 10 && fdinfo_value(a->fd, "pages") < pages; i++)
		ASSERT_OK(arena_run(bpf_program__fd(prog)), "run");
}

static void touch_spread(__u64 addr)
{
	int i;

	for (i = 0; i < SPREAD; i++)
		*(volatile char *)(addr + i * TABLE_SIZE) = 1;
}

/* Pages and tables beyond those of an empty arena: counted, and paid for. */
static void check_charge(struct arena *a, long long empty, int pages, int tables,
			 const char *what)
{
	const long long cost = (pages + tables) * ARENA_PAGE;
	long long now = charged_at_rest();

	ASSERT_EQ(fdinfo_value(a->fd, "pages"), pages, what);
	ASSERT_EQ(fdinfo_value(a->fd, "page_tables"), tables + EMPTY_TABLES, what);
	ASSERT_GE(now, empty + cost - SLACK, what);
	ASSERT_LE(now, empty + cost + SLACK, what);
}

static void test_charges(void)
{
	const __u64 second = ARENA_ADDR + SPREAD * TABLE_SIZE, third = second + SPREAD * TABLE_SIZE,
		    row = third + SPREAD * TABLE_SIZE;
	long long base, empty;
	struct arena a;

	base = charged_at_rest();
	if (!open_in_group(&a, MAX_PAGES))
		return;
	empty = charged_at_rest();
	ASSERT_GE(empty, base + EMPTY_TABLES * ARENA_PAGE + MAX_PAGES / 8 - SLACK,
		  "charge of an empty arena");
	alloc_spread(&a, ARENA_ADDR, a.skel->progs.run_ops);
	check_charge(&a, empty, SPREAD, SPREAD, "allocated");
	/* the same by a program that must not sleep */
	alloc_spread(&a, second, a.skel->progs.run_ops_in_callback);
	check_charge(&a, empty, 2 * SPREAD, 2 * SPREAD, "allocated in a callback");
	touch_spread(third);
	check_charge(&a, empty, 3 * SPREAD, 3 * SPREAD, "faulted in");
	ASSERT_EQ(arena_alloc(&a, row, 2048), row, "allocation");
	check_charge(&a, empty, 3 * SPREAD + 2048, 3 * SPREAD + 4, "allocated in a row");
	arena_free(&a, ARENA_ADDR, MAX_PAGES);
	check_charge(&a, empty, 0, 3 * SPREAD + 4, "freed");
	arena_close(&a);
	kern_sync_rcu();
	ASSERT_LE(charged_settled(base + SLACK), base + SLACK, "charge after the arena");
}

/*
 * All of 4 GiB, which are more bytes than 32 bits count, whether they are freed in
 * one call or go with the arena. It takes a guest that has them: make test MEM=6G.
 */
static void test_full(void)
{
	long long base, empty;
	struct arena a;

	if (sum_values("/proc/meminfo", "MemAvailable") < 5 << 20 /* KiB */) {
		test__skip();
		return;
	}
	base = charged_at_rest();
	if (!open_in_group(&a, MAX_PAGES))
		return;
	empty = charged_at_rest();
	ASSERT_EQ(arena_alloc(&a, 0, MAX_PAGES), ARENA_ADDR, "allocation");
	check_charge(&a, empty, MAX_PAGES, MAX_PAGES / 512, "allocated");
	arena_free(&a, ARENA_ADDR, MAX_PAGES);
	check_charge(&a, empty, 0, MAX_PAGES / 512, "freed");
	ASSERT_EQ(arena_alloc(&a, 0, MAX_PAGES), ARENA_ADDR, "allocation, again");
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
	const __u32 pages = 4096;
	struct arena_op *op;
	struct arena a;
	long long limit;

	if (!open_in_group(&a, pages))
		return;
	/* Each CPU may hold 64 pages ready that nobody else gets at once */
	limit = charged_at_rest() + 1024 * ARENA_PAGE;
	if (!ASSERT_OK(write_number(CHILD "/memory.max", limit), "limit"))
		goto out;
	ASSERT_EQ(arena_alloc(&a, 0, 2048), 0, "allocation beyond the limit");
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), 0, "pages of it");
	ASSERT_EQ(arena_alloc(&a, ARENA_ADDR, 256), ARENA_ADDR, "allocation within the limit");
	arena_free(&a, ARENA_ADDR, 256);

	op = &a.skel->bss->ops[0];
	*op = (struct arena_op) { .kind = OP_ALLOC, .cnt = 2048, .node = -1, .result = 1 };
	a.skel->bss->nr_ops = 1;
	ASSERT_OK(arena_run(bpf_program__fd(a.skel->progs.run_ops_in_callback)), "run");
	ASSERT_EQ(op->result, 0, "allocation beyond the limit in a callback");
	ASSERT_EQ(arena_pages_settled(a.fd, 0), 0, "pages of it");
	ASSERT_EQ(in_child(touch_all, &a), -SIGSEGV, "faults beyond the limit");
	ASSERT_LE(read_number(CHILD "/memory.current"), limit, "charge");
	ASSERT_GE(fdinfo_value(a.fd, "pages"), 256, "pages of the faults");

	ASSERT_OK(write_text(CHILD "/memory.max", "max"), "no limit");
	arena_free(&a, ARENA_ADDR, pages);
	ASSERT_EQ(arena_alloc(&a, ARENA_ADDR, 2048), ARENA_ADDR, "allocation without a limit");
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
		cost = charged_at_rest() - base;
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
	const int cycles = long_counts() ? 10000 : 1000;
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
	if (test__start_subtest("full"))
		test_full();
	if (test__start_subtest("limit"))
		test_limit();
	if (test__start_subtest("sparse"))
		test_sparse();
	if (test__start_subtest("cycles"))
		test_cycles();
	group_destroy();
}
