/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_FD_HELPERS_H
#define __STREAM_FD_HELPERS_H

#include <poll.h>
#include <pthread.h>
#include "stream_helpers.h"
#include "progs/stream_fd.h"
#include "stream_fd.skel.h"

#define BOTH BPF_STREAM_BOTH
#define NONBLOCK BPF_F_STREAM_NONBLOCK
#define STAMPS BPF_F_STREAM_TIMESTAMPS
#define IDS BPF_F_STREAM_IDS

static inline int stream_open(int prog_fd, __u32 stream, __u32 flags)
{
	LIBBPF_OPTS(bpf_prog_stream_open_opts, opts, .flags = flags);

	return bpf_prog_stream_open(prog_fd, stream, &opts);
}

static inline int printer_fd(struct stream_fd *skel)
{
	return bpf_program__fd(skel->progs.stream_fd_print);
}

/* Open a stream of the program that prints; a failure is reported. */
static inline int printer_open(struct stream_fd *skel, __u32 stream, __u32 flags)
{
	int fd = stream_open(printer_fd(skel), stream, flags);

	ASSERT_GE(fd, 0, "open of a stream");
	return fd;
}

static inline bool print(struct stream_fd *skel, __u32 stream, __u32 first, __u32 count)
{
	struct stream_fd_print p = { .stream = stream, .first = first, .count = count };

	return ASSERT_OK(run_syscall(printer_fd(skel), &p, sizeof(p)), "run") &&
	       ASSERT_OK(p.err, "print");
}

/* What read() returned, or the negative error. */
static inline int fd_read(int fd, void *buf, size_t len)
{
	int n = read(fd, buf, len);

	return n < 0 ? -errno : n;
}

/* One read of at most 255 bytes gives this text. */
static inline bool fd_gives(int fd, const char *expected, const char *name)
{
	char buf[256] = {};
	int n = fd_read(fd, buf, sizeof(buf) - 1);

	return ASSERT_EQ(n, strlen(expected), name) && ASSERT_STREQ(buf, expected, name);
}

/* What poll() tells at once. */
static inline int fd_events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDNORM };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

#define READABLE (POLLIN | POLLRDNORM)

/* Read what there is, chunk bytes at a time. Returns 0 at the end, or the error. */
static inline int fd_read_all(int fd, struct text *text, size_t chunk)
{
	int n;

	do {
		char *data = realloc(text->data, text->len + chunk + 1);

		if (!data)
			return -ENOMEM;
		text->data = data;
		n = fd_read(fd, data + text->len, chunk);
		text->len += n > 0 ? n : 0;
		data[text->len] = 0;
	} while (n > 0);
	return n;
}

/* Programs go after grace periods and through works. */
static inline bool wait_for_hangup(int fd)
{
	struct pollfd p = { .fd = fd };

	return ASSERT_EQ(poll(&p, 1, 20000), 1, "wait for the end of the program") &&
	       ASSERT_EQ(p.revents & POLLHUP, POLLHUP, "POLLHUP");
}

/* A read in a thread of its own. */
struct blocked_read {
	pthread_t thread;
	int fd;
	volatile int tid;
	volatile bool done;
	int n;			/* as of fd_read() */
	char buf[256];
};

static inline void *blocked_read_run(void *arg)
{
	struct blocked_read *r = arg;

	r->tid = gettid();
	r->n = fd_read(r->fd, r->buf, sizeof(r->buf) - 1);
	r->done = true;
	return NULL;
}

static inline char thread_state(int tid)
{
	char path[64], text[512], *p;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	if (read_text(path, text, sizeof(text)))
		return 0;
	p = strrchr(text, ')');
	return p ? p[2] : 0;
}

/* Start it, and return when it sleeps. */
static inline bool blocked_read_start(struct blocked_read *r, int fd)
{
	int i;

	memset(r, 0, sizeof(*r));
	r->fd = fd;
	if (!ASSERT_OK(pthread_create(&r->thread, NULL, blocked_read_run, r), "thread"))
		return false;
	for (i = 0; i < 2000; i++) {
		if (r->tid && thread_state(r->tid) == 'S')
			break;
		usleep(1000);
	}
	usleep(20000);
	return ASSERT_FALSE(r->done, "the read waits");
}

/* Its end, and what it returned. */
static inline int blocked_read_join(struct blocked_read *r)
{
	int i;

	for (i = 0; i < 20000 && !r->done; i++)
		usleep(1000);
	if (!r->done)
		pthread_cancel(r->thread);
	pthread_join(r->thread, NULL);
	return r->done ? r->n : -ETIMEDOUT;
}

#endif
