/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_HELPERS_H
#define __STREAM_HELPERS_H

#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include "test_progs.h"
#include "progs/stream_msg.h"

#define STDOUT BPF_STREAM_STDOUT
#define STDERR BPF_STREAM_STDERR

/* Text as it was read from a stream, with a NUL behind it. */
struct text {
	char *data;
	size_t len;
};

static inline void text_free(struct text *text)
{
	free(text->data);
	text->data = NULL;
	text->len = 0;
}

/* Read until the stream is empty, chunk bytes at a time. */
static inline int text_read(struct text *text, int fd, int stream, __u32 chunk)
{
	size_t size = text->len;

	for (;;) {
		char *data;
		int n;

		if (size - text->len < chunk) {
			size = 2 * size + chunk;
			data = realloc(text->data, size + 1);
			if (!data)
				return -ENOMEM;
			text->data = data;
		}
		n = bpf_prog_stream_read(fd, stream, text->data + text->len, chunk, NULL);
		if (n < 0)
			return n;
		text->len += n;
		text->data[text->len] = 0;
		if (!n)
			return 0;
	}
}

static inline long long stream_drain(int fd, int stream)
{
	static char buf[1 << 20];
	long long len = 0;
	int n;

	while ((n = bpf_prog_stream_read(fd, stream, buf, sizeof(buf), NULL)) > 0)
		len += n;
	return n < 0 ? n : len;
}

/* Run a SEC("syscall") program. The value is what the test run returned. */
static inline int run_syscall(int fd, void *ctx, size_t ctx_size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.ctx_in = ctx,
		.ctx_size_in = ctx_size,
	);

	return bpf_prog_test_run_opts(fd, &opts);
}

static inline int run_skb(int fd, const void *packet, size_t len, __u32 *retval)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = packet,
		.data_size_in = len,
		.repeat = 1,
	);
	int err;

	err = bpf_prog_test_run_opts(fd, &opts);
	*retval = opts.retval;
	return err;
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
