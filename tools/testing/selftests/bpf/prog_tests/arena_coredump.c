// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A process with an arena dumps core: without the arena, and without filling it. */
#define _GNU_SOURCE
#include <elf.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "arena_test_helpers.h"

#define PAGES 64
#define SIZE (PAGES * ARENA_PAGE)
#define PATTERN "/proc/sys/kernel/core_pattern"
#define CORE "/tmp/arena_coredump"

/* Shared memory that is no arena: the dump has it */
#define SHARED_ADDR (ARENA_ADDR + GB4)

static int map_and_abort(void *arg)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	char *p = arena_mmap(*(int *)arg, ARENA_ADDR, PAGES), *shared;

	shared = mmap((void *)SHARED_ADDR, SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED || shared == MAP_FAILED)
		return 1;
	p[7 * ARENA_PAGE] = 1;
	shared[7 * ARENA_PAGE] = 1;
	/* All that is shared, of whatever file, and nothing else */
	if (write_text("/proc/self/coredump_filter", "0xa") || setrlimit(RLIMIT_CORE, &limit) ||
	    prctl(PR_SET_DUMPABLE, 1))
		return 2;
	abort();
}

/* How many bytes of the mapping at addr are in the core; -1 if that knows no such mapping */
static long long core_bytes(int core, __u64 addr)
{
	Elf64_Ehdr ehdr = {};
	Elf64_Phdr phdr;
	int i;

	if (pread(core, &ehdr, sizeof(ehdr), 0) != sizeof(ehdr))
		return -1;
	for (i = 0; i < ehdr.e_phnum; i++) {
		if (pread(core, &phdr, sizeof(phdr), ehdr.e_phoff + i * sizeof(phdr)) !=
		    sizeof(phdr))
			return -1;
		if (phdr.p_type == PT_LOAD && phdr.p_vaddr == addr)
			return phdr.p_filesz;
	}
	return -1;
}

static void check_core(void)
{
	int core = open(CORE, O_RDONLY);

	if (!ASSERT_GE(core, 0, "core"))
		return;
	ASSERT_EQ(core_bytes(core, SHARED_ADDR), SIZE, "other shared memory in the core");
	ASSERT_EQ(core_bytes(core, ARENA_ADDR), 0, "arena in the core");
	close(core);
	unlink(CORE);
}

void serial_test_arena_coredump(void)
{
	int fd = arena_create_at(PAGES, 0, ARENA_ADDR), status = 0;
	char pattern[256];
	pid_t pid;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	if (!ASSERT_OK(read_text(PATTERN, pattern, sizeof(pattern)), "core_pattern") ||
	    !ASSERT_OK(write_text(PATTERN, CORE), "core_pattern"))
		goto out;
	pid = start_child(map_and_abort, &fd);
	ASSERT_EQ(waitpid(pid, &status, 0), pid, "child");
	ASSERT_OK(write_text(PATTERN, pattern), "core_pattern, back");
	ASSERT_EQ(WIFSIGNALED(status) ? WTERMSIG(status) : 0, SIGABRT, "signal");
	ASSERT_TRUE(WCOREDUMP(status), "core dumped");
	ASSERT_EQ(fdinfo_value(fd, "pages"), 1, "pages");
	check_core();
out:
	close(fd);
}
