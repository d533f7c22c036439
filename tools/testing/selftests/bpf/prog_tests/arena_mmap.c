// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Where an arena can be mapped, and what can be done to the mapping. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/resource.h>
#include "arena_test_helpers.h"

#define PAGES 16
#define SIZE (PAGES * ARENA_PAGE)

/* The error of an mmap(), 0 if it works, and then nothing stays mapped. */
static int mmap_err(int fd, __u64 addr, __u64 len, int prot, int flags, __u64 offset)
{
	void *p = mmap((void *)addr, len, prot, flags, fd, offset);

	if (p == MAP_FAILED)
		return -errno;
	munmap(p, len);
	return 0;
}

#define RW (PROT_READ | PROT_WRITE)

static void test_placed(void)
{
	int fd = arena_create_at(PAGES, 0, ARENA_ADDR);
	const int fixed = MAP_SHARED | MAP_FIXED;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE, RW, MAP_PRIVATE | MAP_FIXED, 0), -EINVAL,
		  "private");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE, RW, fixed, ARENA_PAGE), -EINVAL, "offset");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE + ARENA_PAGE, RW, fixed, 0), -E2BIG, "longer");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, GB4 + ARENA_PAGE, RW, fixed, 0), -E2BIG,
		  "longer than 4 GiB");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE - ARENA_PAGE, RW, fixed, 0), -EINVAL, "shorter");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR + ARENA_PAGE, SIZE, RW, fixed, 0), -EINVAL, "elsewhere");
	ASSERT_EQ(mmap_err(fd, 0, SIZE, RW, MAP_SHARED, 0), -EINVAL, "anywhere");
	ASSERT_LT(mmap_err(fd, ARENA_ADDR, SIZE, RW | PROT_EXEC, fixed, 0), 0, "executable");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE, RW, fixed, 0), 0, "where it belongs");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE, PROT_READ, fixed, 0), 0, "there again, to read");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE, RW, MAP_SHARED, 0), 0, "there, by a hint");
	close(fd);
}

/* The first mapping says where all others have to be. */
static void test_first_decides(void)
{
	int fd = arena_create_at(PAGES, 0, 0);
	const int fixed = MAP_SHARED | MAP_FIXED;
	char *p;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	ASSERT_EQ(mmap_err(fd, 0, GB4 + ARENA_PAGE, RW, MAP_SHARED, 0), -E2BIG,
		  "longer than 4 GiB");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR + GB4 - ARENA_PAGE, SIZE, RW, fixed, 0), -EINVAL,
		  "across 4 GiB");
	p = arena_mmap(fd, 0, PAGES);
	if (!ASSERT_NEQ(p, MAP_FAILED, "mmap"))
		goto out;
	p[0] = 33;
	ASSERT_EQ(mmap_err(fd, (__u64)p + GB4, SIZE, RW, fixed, 0), -EBUSY, "elsewhere");
	ASSERT_EQ(mmap_err(fd, (__u64)p, SIZE - ARENA_PAGE, RW,
			   MAP_SHARED | MAP_FIXED_NOREPLACE, 0),
		  -EEXIST, "there, twice");
	munmap(p, SIZE);
	ASSERT_EQ(mmap_err(fd, (__u64)p, SIZE - ARENA_PAGE, RW, fixed, 0), -EBUSY, "shorter");
	ASSERT_EQ(mmap_err(fd, (__u64)p, SIZE + ARENA_PAGE, RW, fixed, 0), -EBUSY, "longer");
	ASSERT_EQ(mmap_err(fd, (__u64)p - ARENA_PAGE, SIZE, RW, fixed, 0), -EBUSY, "lower");
	p = arena_mmap(fd, (__u64)p, PAGES);
	if (ASSERT_NEQ(p, MAP_FAILED, "mmap again")) {
		ASSERT_EQ(p[0], 33, "contents");
		munmap(p, SIZE);
	}
out:
	close(fd);
}

static int map_without_memory(void *arg)
{
	const struct rlimit limit = {};

	if (setrlimit(RLIMIT_AS, &limit))
		return 1000;
	return -mmap_err(*(int *)arg, ARENA_ADDR, SIZE, RW, MAP_SHARED | MAP_FIXED, 0);
}

/* A mapping that is refused decides nothing, whoever refuses it. */
static void test_refused_decides_nothing(void)
{
	int fd = arena_create_at(PAGES, 0, 0);
	const int fixed = MAP_SHARED | MAP_FIXED;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE, RW, MAP_PRIVATE | MAP_FIXED, 0), -EINVAL,
		  "private");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE, RW | PROT_EXEC, fixed, 0), -EPERM, "executable");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE, RW, fixed, ARENA_PAGE), -EINVAL, "offset");
	ASSERT_EQ(in_child(map_without_memory, &fd), ENOMEM, "no memory");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR + GB4, SIZE / 2, RW, fixed, 0), 0, "first that works");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE, RW, fixed, 0), -EBUSY, "afterwards");
	close(fd);
}

/* 0 stands for no address yet: no arena is there, even where the page may be used. */
static void test_null(void)
{
	static const char min_addr[] = "/proc/sys/vm/mmap_min_addr";
	int fd = arena_create_at(PAGES, 0, 0);
	const int fixed = MAP_SHARED | MAP_FIXED;
	long long old = read_number(min_addr);

	if (!ASSERT_GE(fd, 0, "map") || !ASSERT_OK(write_number(min_addr, 0), "mmap_min_addr"))
		goto out;
	ASSERT_EQ(mmap_err(-1, 0, SIZE, RW, fixed | MAP_ANONYMOUS, 0), 0, "no arena");
	ASSERT_EQ(mmap_err(fd, 0, SIZE, RW, fixed, 0), -EINVAL, "arena");
	ASSERT_OK(write_number(min_addr, old), "mmap_min_addr, back");
	ASSERT_EQ(mmap_err(fd, ARENA_ADDR, SIZE, RW, fixed, 0), 0, "elsewhere, afterwards");
out:
	close(fd);
}

/* Wherever the kernel puts it, no arena crosses 4 GiB. */
static void test_anywhere(void)
{
	static const __u64 pages[] = { 1, 3, 1 << 18, 3 << 18, MAX_PAGES - 1, MAX_PAGES };
	int i, fd[ARRAY_SIZE(pages)];
	__u64 start, end;
	char *p[ARRAY_SIZE(pages)];

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		fd[i] = arena_create_at(pages[i], 0, 0);
		if (!ASSERT_GE(fd[i], 0, "map"))
			return;
		p[i] = arena_mmap(fd[i], 0, pages[i]);
		if (!ASSERT_NEQ(p[i], MAP_FAILED, "mmap"))
			continue;
		start = (__u64)p[i];
		end = start + pages[i] * ARENA_PAGE;
		ASSERT_EQ((end - 1) >> 32, start >> 32, "upper half of the addresses");
		p[i][0] = 1;
		*(char *)(end - 1) = 2;
	}
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		ASSERT_EQ(fdinfo_value(fd[i], "pages"), pages[i] > 1 ? 2 : 1, "pages");
		munmap(p[i], pages[i] * ARENA_PAGE);
		close(fd[i]);
	}
}

#define REFUSED(call, error, what) ASSERT_EQ((call) ? -errno : 0, -(error), what)

/* A mapping is there as a whole, or not. */
static void test_whole(void)
{
	int fd = arena_create_at(PAGES, 0, ARENA_ADDR), i;
	char *p = arena_mmap(fd, ARENA_ADDR, PAGES);

	if (!ASSERT_NEQ(p, MAP_FAILED, "mmap"))
		goto out;
	for (i = 0; i < PAGES; i++)
		p[i * ARENA_PAGE] = i + 1;
	REFUSED(munmap(p, ARENA_PAGE), EINVAL, "munmap of the head");
	REFUSED(munmap(p + SIZE / 2, SIZE / 2), EINVAL, "munmap of the tail");
	REFUSED(munmap(p + ARENA_PAGE, ARENA_PAGE), EINVAL, "munmap of a hole");
	REFUSED(mprotect(p + ARENA_PAGE, ARENA_PAGE, PROT_READ), EINVAL, "mprotect of a part");
	REFUSED(mprotect(p, SIZE, RW | PROT_EXEC), EACCES, "mprotect to execute");
	REFUSED(madvise(p, ARENA_PAGE, MADV_DOFORK), EINVAL, "MADV_DOFORK");
	REFUSED(madvise(p, SIZE, MADV_DODUMP), EINVAL, "MADV_DODUMP");
	REFUSED(madvise(p, ARENA_PAGE, MADV_SEQUENTIAL), EINVAL, "madvise that splits");
	ASSERT_EQ(mremap(p, SIZE, 2 * SIZE, MREMAP_MAYMOVE), MAP_FAILED, "mremap to grow");
	ASSERT_EQ(mremap(p, SIZE, SIZE - ARENA_PAGE, 0), MAP_FAILED, "mremap to shrink");
	ASSERT_EQ(mremap(p, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, p + GB4), MAP_FAILED,
		  "mremap to move");
	ASSERT_EQ(mremap(p, 0, SIZE, MREMAP_MAYMOVE), MAP_FAILED, "mremap to copy");
	for (i = 0; i < PAGES; i++)
		ASSERT_EQ(p[i * ARENA_PAGE], i + 1, "contents");
	ASSERT_OK(mprotect(p, SIZE, PROT_READ), "mprotect of the whole");
	ASSERT_OK(mprotect(p, SIZE, RW), "mprotect of the whole, back");
	p[0] = 77;
	ASSERT_OK(munmap(p, SIZE), "munmap of the whole");
out:
	close(fd);
}

/* Neither a fork nor a core dump takes it along. */
static void test_vm_flags(void)
{
	int fd = arena_create_at(PAGES, 0, ARENA_ADDR);
	char *p = arena_mmap(fd, ARENA_ADDR, PAGES), line[512];
	bool inside = false, seen = false;
	FILE *f = fopen("/proc/self/smaps", "r");

	if (!ASSERT_NEQ(p, MAP_FAILED, "mmap") || !ASSERT_OK_PTR(f, "smaps"))
		goto out;
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "7e0000000000-", 13)) {
			inside = true;
			ASSERT_HAS_SUBSTR(line, "bpf-map", "name");
		}
		if (!inside || strncmp(line, "VmFlags:", 8))
			continue;
		ASSERT_HAS_SUBSTR(line, " dc", "not copied");
		ASSERT_HAS_SUBSTR(line, " dd", "not dumped");
		ASSERT_HAS_SUBSTR(line, " de", "not expanded");
		seen = true;
		break;
	}
	ASSERT_TRUE(seen, "mapping in smaps");
	ASSERT_EQ(fdinfo_value(fd, "pages"), 0, "pages of who looked only");
	munmap(p, SIZE);
out:
	if (f)
		fclose(f);
	close(fd);
}

/* Nothing but what exists can be touched: the window may be larger than the arena, or smaller. */
static int touch_last(void *arg)
{
	return touch(arg + (PAGES - 1) * ARENA_PAGE);
}

static int touch_behind(void *arg)
{
	return touch(arg + PAGES * ARENA_PAGE);
}

struct window {
	int fd;
	int (*touch)(void *addr);
	__u64 pages;
};

static int map_and_touch(void *arg)
{
	struct window *w = arg;
	void *p = arena_mmap(w->fd, ARENA_ADDR, w->pages);

	return p == MAP_FAILED ? errno : w->touch(p);
}

static void test_window(__u64 pages, int (*inside)(void *addr), int (*outside)(void *addr))
{
	struct window w = { .fd = arena_create_at(PAGES, 0, 0), .pages = pages };

	if (!ASSERT_GE(w.fd, 0, "map"))
		return;
	w.touch = inside;
	ASSERT_EQ(in_child(map_and_touch, &w), 0, "page inside");
	w.touch = outside;
	ASSERT_EQ(in_child(map_and_touch, &w), -SIGSEGV, "page outside");
	ASSERT_EQ(fdinfo_value(w.fd, "pages"), 1, "pages");
	close(w.fd);
}

/* Pages come with a fault, by any system call too, and are zero. */
static void test_populate(void)
{
	int fd = arena_create_at(PAGES, 0, ARENA_ADDR), pipes[2];
	char *p = arena_mmap(fd, ARENA_ADDR, PAGES), buf[64];
	int i, sum = 0, self = open("/proc/self/mem", O_RDONLY);

	if (!ASSERT_NEQ(p, MAP_FAILED, "mmap") || !ASSERT_OK(pipe(pipes), "pipe"))
		goto out;
	for (i = 0; i < ARENA_PAGE; i++)
		sum |= p[i];
	ASSERT_EQ(sum, 0, "contents of a new page");
	ASSERT_EQ(fdinfo_value(fd, "pages"), 1, "pages after a read");
	ASSERT_EQ(write(pipes[1], "arena", 5), 5, "write to the pipe");
	ASSERT_EQ(read(pipes[0], p + ARENA_PAGE + 10, 5), 5, "read into the arena");
	ASSERT_STRNEQ(p + ARENA_PAGE + 10, "arena", 5, "what was read");
	ASSERT_EQ(write(pipes[1], p + ARENA_PAGE + 10, 5), 5, "write from the arena");
	p[2 * ARENA_PAGE - 1] = 1;
	p[2 * ARENA_PAGE] = 2;
	/* as a debugger reads it, with a page that is not there yet */
	p[3 * ARENA_PAGE - 1] = 3;
	ASSERT_EQ(pread(self, buf, 3, (off_t)p + 2 * ARENA_PAGE - 1), 3, "read of 2 pages");
	ASSERT_EQ(buf[0], 1, "end of a page");
	ASSERT_EQ(buf[1], 2, "start of a page");
	ASSERT_EQ(pread(self, buf, 2, (off_t)p + 3 * ARENA_PAGE - 1), 2, "read of a new page");
	ASSERT_EQ(buf[0], 3, "end of an old page");
	ASSERT_EQ(buf[1], 0, "start of a new page");
	ASSERT_EQ(fdinfo_value(fd, "pages"), 4, "pages");
	close(pipes[0]);
	close(pipes[1]);
	munmap(p, SIZE);
out:
	close(self);
	close(fd);
}

void test_arena_mmap(void)
{
	if (test__start_subtest("placed"))
		test_placed();
	if (test__start_subtest("first_decides"))
		test_first_decides();
	if (test__start_subtest("refused_decides_nothing"))
		test_refused_decides_nothing();
	if (test__start_subtest("null"))
		test_null();
	if (test__start_subtest("anywhere"))
		test_anywhere();
	if (test__start_subtest("whole"))
		test_whole();
	if (test__start_subtest("vm_flags"))
		test_vm_flags();
	if (test__start_subtest("larger_window"))
		test_window(2 * PAGES, touch_last, touch_behind);
	if (test__start_subtest("smaller_window"))
		test_window(PAGES / 2, touch, touch_last);
	if (test__start_subtest("populate"))
		test_populate();
}
