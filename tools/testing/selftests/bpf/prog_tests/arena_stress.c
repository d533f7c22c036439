// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Programs own pages for a moment: in tasks that may sleep, and in tasks,
 * softirqs, hardirqs and NMIs that must not. Whoever gets a page finds zeros, and
 * his stamp as long as he has it. Meanwhile user space looks at all pages through
 * a mapping that is older than any owner.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include "arena_test_helpers.h"
#include "context_helpers.h"
#include "arena_stress.skel.h"

#define PAGES 16

static volatile bool finished;
static volatile bool seen_any;	/* a looker has seen a stamp */

/* As the program has it. */
struct stress_owner {
	__u64 page;
	__u64 stamp;
};

struct worker {
	pthread_t thread;
	struct arena_stress *skel;
	char *mem;
	int cpu;
	int err;
	__u64 rounds;
	__u64 seen;	/* stamps */
	__u64 backwards;	/* a page with an older owner than before */
};

/* Allocate and free in a program that may sleep, and make softirqs and events. */
static void *run_owner(void *arg)
{
	struct worker *w = arg;
	int fd = bpf_program__fd(w->skel->progs.own_in_task);
	struct stress_owner own = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &own, .ctx_size_in = sizeof(own));

	pin_to_cpu(w->cpu);
	for (; !finished && !w->err; w->rounds++) {
		if (bpf_prog_test_run_opts(fd, &opts))
			w->err = -errno;
		syscall(__NR_getpgid, 0);
	}
	return NULL;
}

static __thread sigjmp_buf no_page;

static void on_segv(int sig)
{
	siglongjmp(no_page, 1);
}

/* 0 also where there is no page */
static __u64 look(const char *addr)
{
	return sigsetjmp(no_page, 1) ? 0 : *(volatile const __u64 *)addr;
}

/*
 * The stamps of owners only grow. A smaller one than has been seen at an address
 * is the old owner's page, which a translation outlived.
 */
static void *run_looker(void *arg)
{
	static __thread __u64 newest[PAGES];
	struct worker *w = arg;
	__u64 i, stamp;

	pin_to_cpu(w->cpu);
	for (; !finished; w->rounds++) {
		i = w->rounds % PAGES;
		stamp = look(w->mem + i * ARENA_PAGE);
		w->seen += !!stamp;
		if (stamp)
			seen_any = true;
		if (stamp && stamp < newest[i])
			w->backwards++;
		if (stamp > newest[i])
			newest[i] = stamp;
	}
	return NULL;
}

static bool enough(struct arena_stress *skel)
{
	volatile __u64 *got = skel->bss->got, *tried = skel->bss->tried;

	return seen_any && got[TASK] && got[SOFTIRQ] && got[HARDIRQ] && got[NMI] &&
	       tried[NMI] >= MIN_NMIS;
}

/* For some seconds, and longer if a context has not come yet. */
static void run_contexts(struct arena_stress *skel, int seconds)
{
	__u64 end = get_time_ns() + seconds * 1000000000ULL;
	char printk[64];
	int i, err = 0;

	if (!ASSERT_OK(console_silence(printk), "console level"))
		return;
	for (i = 0; i < 6000 && (get_time_ns() < end || !enough(skel)); i++) {
		if (i % 8 == 0 && skel->bss->tried[NMI] < 2 * MIN_NMIS)
			err = err ?: request_nmis();
		usleep(10000);
	}
	ASSERT_OK(err, "sysrq l");
	ASSERT_OK(console_restore(printk), "console level");
}

static void check_counts(struct arena_stress *skel)
{
	int i;

	for (i = 0; i < NR_LEVELS; i++) {
		ASSERT_EQ(skel->bss->not_zero[i], 0, level_names[i]);
		ASSERT_EQ(skel->bss->not_own[i], 0, level_names[i]);
		ASSERT_EQ(skel->bss->bad_address[i], 0, level_names[i]);
		ASSERT_GT(skel->bss->got[i], 0, level_names[i]);
		printf("%s: %llu of %llu\n", level_names[i], skel->bss->got[i],
		       skel->bss->tried[i]);
	}
	ASSERT_GE(skel->bss->tried[NMI], MIN_NMIS, "NMIs");
}

static void run_workers(struct arena_stress *skel, char *mem, int seconds)
{
	struct sigaction segv = { .sa_handler = on_segv }, old;
	struct worker workers[4] = {};
	int i, started, nr_cpus = get_nprocs();
	__u64 seen = 0;

	finished = false;
	seen_any = false;
	sigaction(SIGSEGV, &segv, &old);
	for (started = 0; started < ARRAY_SIZE(workers); started++) {
		struct worker *w = &workers[started];

		*w = (struct worker) { .skel = skel, .mem = mem, .cpu = started % nr_cpus };
		if (!ASSERT_OK(pthread_create(&w->thread, NULL,
					      started % 2 ? run_looker : run_owner, w), "thread"))
			break;
	}
	if (started == ARRAY_SIZE(workers))
		run_contexts(skel, seconds);
	finished = true;
	for (i = 0; i < started; i++) {
		pthread_join(workers[i].thread, NULL);
		ASSERT_OK(workers[i].err, "worker");
		ASSERT_GT(workers[i].rounds, 0, "rounds");
		ASSERT_EQ(workers[i].backwards, 0, "pages of old owners");
		printf("worker %d: %llu rounds, %llu stamps seen\n", i, workers[i].rounds,
		       workers[i].seen);
		seen += workers[i].seen;
	}
	sigaction(SIGSEGV, &old, NULL);
	ASSERT_GT(seen, 0, "stamps seen by user space");
}

static bool load(struct arena_stress *skel, int arena_fd)
{
	int fd;
	__u32 key = 0;

	skel->rodata->target_tgid = getpid();
	skel->rodata->target_syscall = __NR_getpgid;
	skel->bss->first_page = ARENA_ADDR;
	skel->bss->nr_pages = PAGES;
	bpf_program__set_autoattach(skel->progs.own_in_context, false);
	if (!ASSERT_OK(bpf_map__reuse_fd(skel->maps.arena, arena_fd), "reuse") ||
	    !ASSERT_OK(arena_stress__load(skel), "load"))
		return false;
	fd = bpf_program__fd(skel->progs.own_in_context);
	return ASSERT_OK(bpf_map_update_elem(bpf_map__fd(skel->maps.owner), &key, &fd, BPF_ANY),
			 "update") &&
	       ASSERT_OK(arena_stress__attach(skel), "attach");
}

/* Whatever context interrupts which, no page is lost and none has two owners. */
void serial_test_arena_stress(void)
{
	const int seconds = stress_seconds();
	int fd = arena_create_at(PAGES, BPF_F_SEGV_ON_FAULT, ARENA_ADDR);
	struct arena_stress *skel;
	char *mem;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	mem = arena_mmap(fd, ARENA_ADDR, PAGES);
	skel = arena_stress__open();
	if (!ASSERT_NEQ(mem, MAP_FAILED, "mmap") || !ASSERT_OK_PTR(skel, "open"))
		return;
	if (load(skel, fd)) {
		run_workers(skel, mem, seconds);
		arena_stress__detach(skel);
		kern_sync_rcu();
		check_counts(skel);
		ASSERT_EQ(fdinfo_value(fd, "frees_dropped"), 0, "dropped frees");
	}
	arena_stress__destroy(skel);
	munmap(mem, PAGES * ARENA_PAGE);
	close(fd);
}
