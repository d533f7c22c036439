// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Run each program of recipes.bpf.c. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "recipes.h"
#include "recipes.skel.h"

static struct recipes_bpf *skel;

static int run_with(const struct bpf_program *prog, struct bpf_test_run_opts *opts)
{
	if (bpf_prog_test_run_opts(bpf_program__fd(prog), opts))
		return -errno;
	return 0;
}

static int run(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = run_with(prog, &opts);

	if (!err)
		printf("%s: %u\n", bpf_program__name(prog), opts.retval);
	return err;
}

/* What two programs print, each as it comes, until both are gone */
static int follow(struct pollfd fds[2], const char *names[2])
{
	char text[4096];
	int i, left = 2;
	ssize_t n;

	while (left && poll(fds, 2, -1) > 0) {
		for (i = 0; i < 2; i++) {
			if (!fds[i].revents)
				continue;
			n = read(fds[i].fd, text, sizeof(text));
			if (n > 0) {
				printf("%s: %.*s", names[i], (int)n, text);
			} else {	/* the end, or an error */
				close(fds[i].fd);
				fds[i].fd = -1;
				left--;
			}
		}
	}
	return left ? -errno : 0;
}

static int open_stream(const struct bpf_program *prog)
{
	return bpf_prog_stream_open(bpf_program__fd(prog), BPF_STREAM_STDOUT, NULL);
}

static int send_packets(struct recipes_bpf *to, int size, int count)
{
	char packet[64] = "";
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = size,
		    .repeat = count);

	return run_with(to->progs.tell, &opts);
}

static int print_a_few(void)
{
	int err = send_packets(skel, 64, 100), fd = bpf_program__fd(skel->progs.tell), n;
	__u64 held_back = skel->bss->held_back, shown = 0;
	char text[4096], *at;

	n = bpf_prog_stream_read(fd, BPF_STREAM_STDOUT, text, sizeof(text), NULL);
	for (at = text; at < text + n; at++)
		shown += *at == '\n';
	printf("shown and held back: %llu\n", shown + held_back);
	printf("some of each: %s\n", shown && held_back ? "yes" : "no");
	return err;
}

static int follow_two(void)
{
	struct recipes_bpf *other = recipes_bpf__open_and_load();
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	const char *names[2] = { "one", "other" };
	int err;

	if (!other)
		return -errno;
	fds[0].fd = open_stream(skel->progs.tell);
	fds[1].fd = open_stream(other->progs.tell);
	skel->bss->lines = 0;
	skel->bss->held_back = 0;
	err = send_packets(skel, 64, 1) ?: send_packets(other, 32, 1);
	recipes_bpf__destroy(other);
	recipes_bpf__destroy(skel);
	skel = NULL;
	return err ?: follow(fds, names);
}

/* ---- The system calls, for those whose loader does not know them ---- */

static int sys_bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* The number of bytes, 0 if there is no text, or -1 with errno */
static int raw_stream_read(int prog_fd, __u32 stream_id, char *text, __u32 len)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_stream_read.stream_buf = (unsigned long)text;
	attr.prog_stream_read.stream_buf_len = len;
	attr.prog_stream_read.stream_id = stream_id;
	attr.prog_stream_read.prog_fd = prog_fd;
	return sys_bpf(BPF_PROG_STREAM_READ_BY_FD, &attr);
}

/* A file for read() and poll(), or -1 with errno */
static int raw_stream_open(int prog_fd, __u32 stream_id, __u32 flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_stream_open.prog_fd = prog_fd;
	attr.prog_stream_open.stream_id = stream_id;
	attr.prog_stream_open.flags = flags;
	return sys_bpf(BPF_PROG_STREAM_OPEN, &attr);
}

/* Before a program that uses it is loaded */
static void *raw_arena(int *map_fd, __u32 pages)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARENA;
	attr.map_flags = BPF_F_MMAPABLE;
	attr.max_entries = pages;
	*map_fd = sys_bpf(BPF_MAP_CREATE, &attr);
	if (*map_fd < 0)
		return MAP_FAILED;
	return mmap(NULL, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, *map_fd, 0);
}

static int without_libbpf(void)
{
	int prog_fd = bpf_program__fd(skel->progs.tell), map_fd, stream, n, err;
	char text[4096], *memory = raw_arena(&map_fd, 10);

	if (memory == MAP_FAILED)
		return -errno;
	memory[5 * PAGE_SIZE] = 1;
	stream = raw_stream_open(prog_fd, BPF_STREAM_BOTH, BPF_F_STREAM_NONBLOCK);
	if (stream < 0)
		return -errno;
	skel->bss->lines = 0;
	skel->bss->held_back = 0;
	err = send_packets(skel, 48, 1);
	n = raw_stream_read(prog_fd, BPF_STREAM_STDOUT, text, sizeof(text));
	if (n < 0)
		return -errno;
	printf("without libbpf: %.*s", n, text);
	n = read(stream, text, sizeof(text));
	printf("nothing is left: %s\n", n < 0 && errno == EAGAIN ? "yes" : "no");
	close(stream);
	return err;
}

static bool ring_take(struct ring *ring, __u64 *tail, __u64 *value)
{
	struct slot *slot = &ring->slots[*tail % SLOTS];
	__u64 turn = *tail / SLOTS * 2;

	if (__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) != turn + 1)
		return false;
	*value = slot->value;
	__atomic_store_n(&slot->turn, turn + 2, __ATOMIC_RELEASE);
	++*tail;
	return true;
}

static int share_ring(void)
{
	__u64 tail = 0, value, total = 0;
	int err, i;

	for (i = 0, err = 0; i < 2 && !err; i++) {
		err = run(skel->progs.put_100);
		while (ring_take(&skel->arena->ring, &tail, &value))
			total += value;
	}
	printf("taken: %llu, their sum: %llu, lost: %llu\n", tail, total, skel->arena->ring.lost);
	return err;
}

static int lock(void)
{
	struct sum *sum = &skel->arena->sum;
	int err = run(skel->progs.add_with_try_lock) ?: run(skel->progs.add_with_spin_lock);

	sum->lock = 1;	/* and nobody to unlock it */
	err = err ?: run(skel->progs.add_with_try_lock);
	printf("count: %llu, total: %llu, skipped: %u\n", sum->count, sum->total, sum->skipped);
	return err;
}

static int loop(void)
{
	int i;

	for (i = 0; i < NR_VALUES; i++)
		skel->bss->values[i] = i;
	skel->bss->nr_values = 100;
	strcpy(skel->bss->line, "a \"quoted \\\" word\" and 2 more");
	return run(skel->progs.sum_all) ?: run(skel->progs.sum_some) ?:
	       run(skel->progs.count_words) ?: run(skel->progs.wait_for_zero);
}

static int post(struct user_ring_buffer *samples, __u32 size, __u32 len)
{
	struct sample *sample = user_ring_buffer__reserve(samples, sizeof(*sample) + size);

	if (!sample)
		return -errno;
	sample->len = len;
	memset(sample->text, 'x', size);
	user_ring_buffer__submit(samples, sample);
	return 0;
}

static int send_samples(void)
{
	struct user_ring_buffer *samples;
	int err;

	samples = user_ring_buffer__new(bpf_map__fd(skel->maps.samples), NULL);
	if (!samples)
		return -errno;
	/* the third one says that it is longer than it is */
	err = post(samples, 3, 3) ?: post(samples, 200, 200) ?: post(samples, 4, 1000);
	err = err ?: run(skel->progs.take_text);
	printf("letters: %llu, too short: %llu\n", skel->bss->letters, skel->bss->too_short);
	err = err ?: post(samples, 0, 0) ?: post(samples, 1001, 0);
	err = err ?: run(skel->progs.take_sizes);
	printf("bytes: %llu, x: %llu\n", skel->bss->nr_bytes, skel->bss->nr_x);
	user_ring_buffer__free(samples);
	return err;
}

int main(void)
{
	int err;

	skel = recipes_bpf__open_and_load();
	if (skel)
		err = share_ring() ?: lock() ?: loop() ?: send_samples() ?: print_a_few() ?:
		      without_libbpf() ?: follow_two();
	else
		err = -errno;
	if (err)
		fprintf(stderr, "recipes: %s\n", strerror(-err));
	recipes_bpf__destroy(skel);
	return !!err;
}
