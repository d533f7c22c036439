/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_TEST_HELPERS_H
#define __ARENA_TEST_HELPERS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "modern_helpers.h"
#include "progs/arena_test.h"

#define GB4 (1ULL << 32)
#define MAX_PAGES (1U << 20)

/* Nobody else maps anything here; a multiple of 4 GiB */
#define ARENA_ADDR 0x7e0000000000ULL

/* There, but no multiple of 4 GiB: the first page is the first to be handed out */
#define ARENA_WINDOW (ARENA_ADDR + 16 * ARENA_PAGE)

static inline int arena_create_at(__u32 pages, __u32 flags, __u64 addr)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE | flags,
		    .map_extra = addr);

	return bpf_map_create(BPF_MAP_TYPE_ARENA, "arena", 0, 0, pages, &opts);
}

/* MAP_FAILED has errno in it. Replaces what is mapped there. */
static inline void *arena_mmap(int fd, __u64 addr, __u64 pages)
{
	return mmap((void *)addr, pages * ARENA_PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | (addr ? MAP_FIXED : 0), fd, 0);
}

/* Frees that may be deferred have happened when this returns pages, or never. */
static inline long long arena_pages_settled(int fd, long long pages)
{
	long long now = -1;
	int i;

	for (i = 0; i < 300; i++) {
		now = fdinfo_value(fd, "pages");
		if (now == pages)
			break;
		usleep(10000);
	}
	return now;
}

static inline int arena_run(int prog_fd)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(prog_fd, &opts);
}

/* What became of a child: its exit status, or minus the signal that killed it */
static inline int child_result(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1000;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* A child that exits with what the function returns, and dies of any signal. */
static inline pid_t start_child(int (*fn)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	signal(SIGSEGV, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	_exit(fn(arg));
}

static inline int in_child(int (*fn)(void *arg), void *arg)
{
	return child_result(start_child(fn, arg));
}

static inline int touch(void *addr)
{
	*(volatile char *)addr;
	return 0;
}

#endif
