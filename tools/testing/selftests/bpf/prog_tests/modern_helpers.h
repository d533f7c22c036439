/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __MODERN_HELPERS_H
#define __MODERN_HELPERS_H

/* What the tests of all parts of the series use. */

#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include "cap_helpers.h"
#include "test_progs.h"

/* How long stress tests last */
static inline int stress_seconds(void)
{
	const char *value = getenv("STREAM_STRESS_SECONDS");

	return value ? atoi(value) : 60;
}

/* Is there time for counts that take minutes where the CPU is emulated? */
static inline bool long_counts(void)
{
	return stress_seconds() >= 60 || getenv("TEST_LONG_COUNTS");
}

/* Does the kernel look for its own errors, and take ten times as long for everything? */
static inline bool debug_kernel(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

/* RUN_TESTS() of programs that must not see what is in the kernel */
#define RUN_TESTS_WITHOUT_PERFMON(skel) ({					\
	__u64 caps = 1ULL << CAP_SYS_ADMIN | 1ULL << CAP_PERFMON;		\
										\
	if (ASSERT_OK(cap_disable_effective(caps, &caps), "drop of capabilities")) {	\
		RUN_TESTS(skel);						\
		ASSERT_OK(cap_enable_effective(caps, NULL), "restore of capabilities");	\
	}									\
})

/* Have nothing loaded but the programs named, also may be NULL. */
static inline void autoload_only(struct bpf_object *obj, const char *name, const char *also)
{
	struct bpf_program *prog;
	const char *prog_name;

	bpf_object__for_each_program(prog, obj) {
		prog_name = bpf_program__name(prog);
		bpf_program__set_autoload(prog, !strcmp(prog_name, name) ||
					  (also && !strcmp(prog_name, also)));
	}
}

/* A subtest for each program of an object that was to be loaded: it has been. */
static inline void test_loaded_programs(struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
		if (bpf_program__autoload(prog) && test__start_subtest(bpf_program__name(prog)))
			ASSERT_GE(bpf_program__fd(prog), 0, "loaded");
}

/* Run an array of { name, run } as subtests, each with a skeleton of its own. */
#define run_cases(skeleton, cases)						\
do {										\
	struct skeleton *__skel;						\
	int __i;								\
										\
	for (__i = 0; __i < ARRAY_SIZE(cases); __i++) {				\
		if (!test__start_subtest(cases[__i].name))			\
			continue;						\
		__skel = skeleton##__open_and_load();				\
		if (!ASSERT_OK_PTR(__skel, "open and load"))			\
			continue;						\
		cases[__i].run(__skel);						\
		skeleton##__destroy(__skel);					\
	}									\
} while (0)

static inline int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	n = n < 0 ? -errno : 0;
	close(fd);
	return n;
}

static inline int write_number(const char *path, long long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", number);
	return write_text(path, text);
}

static inline int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY), n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	text[n < 0 ? 0 : n] = 0;
	n = n < 0 ? -errno : 0;
	close(fd);
	return n;
}

static inline long long read_number(const char *path)
{
	char text[32];
	int err = read_text(path, text, sizeof(text));

	return err ?: atoll(text);
}

/* A line of the fdinfo, -1 if there is none */
static inline long long fdinfo_value(int fd, const char *name)
{
	char path[64], line[256];
	long long value = -1;
	size_t len = strlen(name);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, len) && line[len] == ':')
			value = strtoll(line + len + 1, NULL, 0);
	fclose(f);
	return value;
}

static inline int pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static inline int bring_up_loopback(void)
{
	struct ifreq req = { .ifr_name = "lo" };
	int fd, err;

	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		return -errno;
	err = ioctl(fd, SIOCGIFFLAGS, &req);
	req.ifr_flags |= IFF_UP;
	if (!err)
		err = ioctl(fd, SIOCSIFFLAGS, &req);
	close(fd);
	return err;
}

/* Sum of the values that follow name in a file of lines "<name> <value>". */
static inline long sum_values(const char *path, const char *name)
{
	size_t len = strlen(name);
	char line[256], *p;
	long sum = 0;
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		for (p = line; *p == ' '; p++)
			;
		if (!strncmp(p, name, len) && (p[len] == ' ' || p[len] == ':'))
			sum += strtol(p + len + 1, NULL, 10);
	}
	fclose(f);
	return sum;
}

/*
 * Pages that somebody took from the page allocator for himself, as streams do:
 * all memory without what is free, on the lists of a CPU, in the page cache, of
 * a process, of slab, vmalloc and percpu. Moves by a few pages at any time.
 */
static inline long direct_pages(void)
{
	static const char * const vm[] = {
		"nr_free_pages", "nr_inactive_anon", "nr_active_anon", "nr_inactive_file",
		"nr_active_file", "nr_unevictable", "nr_slab_reclaimable",
		"nr_slab_unreclaimable", "nr_page_table_pages",
	};
	static const char * const kb[] = { "VmallocUsed", "Percpu" };
	long pages, i;
	int fd;

	fd = open("/proc/sys/vm/stat_refresh", O_WRONLY);
	if (fd >= 0) {
		if (write(fd, "1", 1) != 1)
			perror("stat_refresh");
		close(fd);
	}
	pages = sum_values("/proc/meminfo", "MemTotal") / 4;
	pages -= sum_values("/proc/zoneinfo", "count");
	for (i = 0; i < ARRAY_SIZE(vm); i++)
		pages -= sum_values("/proc/vmstat", vm[i]);
	for (i = 0; i < ARRAY_SIZE(kb); i++)
		pages -= sum_values("/proc/meminfo", kb[i]) / 4;
	return pages;
}

/* Programs go after a grace period and through a work: wait for it to happen. */
static inline long direct_pages_settled(long at_most)
{
	long pages;
	int i;

	for (i = 0; i < 50; i++) {
		kern_sync_rcu();
		pages = direct_pages();
		if (pages <= at_most)
			break;
		usleep(100000);
	}
	return pages;
}

#endif
