// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* An arena in several processes, and what is left of it when they go. */
#define _GNU_SOURCE
#include <sys/prctl.h>
#include "arena_ops_helpers.h"

#define PAGES 64
#define SIZE (PAGES * ARENA_PAGE)

/* A fork has no mapping, only the descriptor. */
static int touch_here(void *arg)
{
	return touch((void *)ARENA_ADDR);
}

static int map_here(void *arg)
{
	volatile int *p = arena_mmap(*(int *)arg, ARENA_ADDR, PAGES);

	if (p == MAP_FAILED)
		return 1;
	if (p[0] != 41)
		return 2;
	p[1] = 42;
	return 0;
}

static int map_elsewhere(void *arg)
{
	return arena_mmap(*(int *)arg, ARENA_ADDR + GB4, PAGES) == MAP_FAILED ? errno : 0;
}

/* The first to map it here has decided for the others. */
static void test_two_processes(void)
{
	int fd = arena_create_at(PAGES, 0, 0);
	volatile int *p;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	p = arena_mmap(fd, ARENA_ADDR, PAGES);
	if (!ASSERT_NEQ(p, MAP_FAILED, "mmap"))
		goto out;
	p[0] = 41;
	ASSERT_EQ(in_child(touch_here, NULL), -SIGSEGV, "access of a fork");
	ASSERT_EQ(in_child(map_here, &fd), 0, "fork with a mapping of its own");
	ASSERT_EQ(p[1], 42, "what it wrote");
	ASSERT_EQ(in_child(map_elsewhere, &fd), EBUSY, "third process at another address");
	ASSERT_EQ(fdinfo_value(fd, "pages"), 1, "pages");
	munmap((void *)p, SIZE);
out:
	close(fd);
}

static int map_and_exec(void *arg)
{
	char *p = arena_mmap(*(int *)arg, ARENA_ADDR, PAGES);

	if (p == MAP_FAILED)
		return 1;
	p[5 * ARENA_PAGE] = 17;
	execl("/bin/true", "true", NULL);
	return 2;
}

static int map_and_abort(void *arg)
{
	char *p = arena_mmap(*(int *)arg, ARENA_ADDR, PAGES);

	if (p == MAP_FAILED)
		return 1;
	p[6 * ARENA_PAGE] = 18;
	prctl(PR_SET_DUMPABLE, 1);
	abort();
}

/* The pages stay as long as the map does. */
static void test_exec_and_abort(void)
{
	int fd = arena_create_at(PAGES, 0, ARENA_ADDR);
	char *p;

	ASSERT_EQ(in_child(map_and_exec, &fd), 0, "exec");
	ASSERT_EQ(in_child(map_and_abort, &fd), -SIGABRT, "abort");
	ASSERT_EQ(fdinfo_value(fd, "pages"), 2, "pages");
	p = arena_mmap(fd, ARENA_ADDR, PAGES);
	if (ASSERT_NEQ(p, MAP_FAILED, "mmap")) {
		ASSERT_EQ(p[5 * ARENA_PAGE], 17, "what was written before the exec");
		ASSERT_EQ(p[6 * ARENA_PAGE], 18, "what was written before the abort");
		munmap(p, SIZE);
	}
	close(fd);
}

static int touch_own(void *arg)
{
	char *p = arena_mmap(*(int *)arg, ARENA_ADDR, PAGES);

	return p == MAP_FAILED ? 1 : touch(p) + touch(p + ARENA_PAGE);
}

/* Whoever touches what is not there dies, and nobody else. */
static void test_segv_on_fault(void)
{
	int fd = arena_create_at(PAGES, BPF_F_SEGV_ON_FAULT, ARENA_ADDR);
	struct arena a = { .fd = fd, .addr = ARENA_ADDR, .pages = PAGES };

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	a.mem = arena_mmap(fd, ARENA_ADDR, PAGES);
	a.skel = arena_ops__open();
	if (!ASSERT_NEQ(a.mem, MAP_FAILED, "mmap") || !ASSERT_OK_PTR(a.skel, "open"))
		return;
	if (!ASSERT_OK(bpf_map__reuse_fd(a.skel->maps.arena, fd), "reuse") ||
	    !ASSERT_OK(arena_ops__load(a.skel), "load"))
		goto out;
	ASSERT_EQ(in_child(touch_own, &fd), -SIGSEGV, "no page");
	ASSERT_EQ(fdinfo_value(fd, "pages"), 0, "pages after a fault");
	ASSERT_EQ(arena_alloc(&a, ARENA_ADDR, 1), ARENA_ADDR, "allocation");
	a.mem[0] = 3;
	ASSERT_EQ(in_child(touch_own, &fd), -SIGSEGV, "one of two pages");
	ASSERT_EQ(arena_alloc(&a, ARENA_ADDR + ARENA_PAGE, 1), ARENA_ADDR + ARENA_PAGE,
		  "second allocation");
	ASSERT_EQ(in_child(touch_own, &fd), 0, "both pages");
	ASSERT_EQ(arena_reserve(&a, ARENA_ADDR + 2 * ARENA_PAGE, 1), 0, "reservation");
	arena_free(&a, ARENA_ADDR, 1);
	ASSERT_EQ(in_child(touch_own, &fd), -SIGSEGV, "page that was freed");
	ASSERT_EQ(fdinfo_value(fd, "pages"), 1, "pages");
out:
	arena_close(&a);
}

/* Fault pages in and write them until somebody kills us. */
static int write_for_ever(void *arg)
{
	char *p = arena_mmap(*(int *)arg, ARENA_ADDR, PAGES);
	__u64 i;

	if (p == MAP_FAILED)
		return 1;
	for (i = 0;; i++)
		p[i % PAGES * ARENA_PAGE] = i;
}

/* Processes die in the middle of faults, while a program frees below them. */
static void test_kill(void)
{
	struct arena a;
	pid_t pids[2];
	int i, j;

	if (!arena_open(&a, PAGES, ARENA_ADDR))
		return;
	for (i = 0; i < 20; i++) {
		for (j = 0; j < 2; j++)
			pids[j] = start_child(write_for_ever, &a.fd);
		for (j = 0; j < 10; j++)
			arena_free(&a, ARENA_ADDR, PAGES);
		usleep(i * 500);
		for (j = 0; j < 2; j++) {
			ASSERT_OK(kill(pids[j], SIGKILL), "kill");
			ASSERT_EQ(child_result(pids[j]), -SIGKILL, "child");
		}
	}
	arena_free(&a, ARENA_ADDR, PAGES);
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), 0, "pages afterwards");
	a.mem[0] = 1;
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), 1, "page of who is left");
	arena_close(&a);
}

static bool map_exists(__u32 id)
{
	int fd = bpf_map_get_fd_by_id(id);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static __u32 map_id(int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

static bool map_goes(__u32 id)
{
	int i;

	for (i = 0; i < 300 && map_exists(id); i++)
		usleep(10000);
	return !map_exists(id);
}

/* A mapping keeps its map. */
static void test_mapped_without_fd(void)
{
	int fd = arena_create_at(PAGES, 0, ARENA_ADDR);
	__u32 id = map_id(fd);
	char *p = arena_mmap(fd, ARENA_ADDR, PAGES);

	close(fd);
	if (!ASSERT_NEQ(p, MAP_FAILED, "mmap") || !ASSERT_GT(id, 0, "id"))
		return;
	memset(p, 1, SIZE);
	ASSERT_TRUE(map_exists(id), "map without descriptors");
	fd = bpf_map_get_fd_by_id(id);
	ASSERT_EQ(fdinfo_value(fd, "pages"), PAGES, "pages");
	close(fd);
	munmap(p, SIZE);
	ASSERT_TRUE(map_goes(id), "map goes with its mapping");
}

struct keeper {
	int fd, ready[2], go[2];
};

static int keep_mapped(void *arg)
{
	struct keeper *k = arg;
	char *p = arena_mmap(k->fd, ARENA_ADDR, PAGES), c;
	int i;

	close(k->fd);
	if (p == MAP_FAILED || write(k->ready[1], "r", 1) != 1 || read(k->go[0], &c, 1) != 1)
		return 1;
	for (i = 0; i < PAGES; i++)
		p[i * ARENA_PAGE] = 1;
	return 0;
}

/* The last reference is the mapping of another process, which ends. */
static void test_freed_by_another(void)
{
	struct keeper k = { .fd = arena_create_at(PAGES, 0, ARENA_ADDR) };
	__u32 id = map_id(k.fd);
	pid_t pid;
	char c;

	if (!ASSERT_GT(id, 0, "id") || !ASSERT_OK(pipe(k.ready), "pipe") ||
	    !ASSERT_OK(pipe(k.go), "pipe"))
		return;
	pid = start_child(keep_mapped, &k);
	ASSERT_EQ(read(k.ready[0], &c, 1), 1, "child is ready");
	close(k.fd);
	ASSERT_TRUE(map_exists(id), "map of the child");
	ASSERT_EQ(write(k.go[1], "g", 1), 1, "go");
	ASSERT_EQ(child_result(pid), 0, "child");
	ASSERT_TRUE(map_goes(id), "map goes with the child");
	close(k.ready[0]);
	close(k.ready[1]);
	close(k.go[0]);
	close(k.go[1]);
}

/* Programs come and go while user space faults. */
static void test_unload(void)
{
	int fd = arena_create_at(PAGES, 0, ARENA_ADDR), i;
	struct arena a;
	pid_t pid;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	pid = start_child(write_for_ever, &fd);
	for (i = 0; i < 5; i++) {
		a = (struct arena) { .fd = -1, .skel = arena_ops__open() };
		if (!ASSERT_OK_PTR(a.skel, "open"))
			break;
		if (ASSERT_OK(bpf_map__reuse_fd(a.skel->maps.arena, fd), "reuse") &&
		    ASSERT_OK(arena_ops__load(a.skel), "load"))
			arena_free(&a, ARENA_ADDR, PAGES);
		arena_close(&a);
	}
	ASSERT_OK(kill(pid, SIGKILL), "kill");
	ASSERT_EQ(child_result(pid), -SIGKILL, "child");
	ASSERT_GE(fdinfo_value(fd, "pages"), 0, "pages");
	close(fd);
}

void test_arena_process(void)
{
	if (test__start_subtest("two_processes"))
		test_two_processes();
	if (test__start_subtest("exec_and_abort"))
		test_exec_and_abort();
	if (test__start_subtest("segv_on_fault"))
		test_segv_on_fault();
	if (test__start_subtest("kill"))
		test_kill();
	if (test__start_subtest("mapped_without_fd"))
		test_mapped_without_fd();
	if (test__start_subtest("freed_by_another"))
		test_freed_by_another();
	if (test__start_subtest("unload"))
		test_unload();
}
