// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * An agent that forwards what its BPF programs print, of several programs at once,
 * each line with the name of its program, until it is told to end (SIGINT or SIGTERM)
 * and the programs are gone. Copy it and replace progs/stream_agent.c.
 *
 * Nothing is lost at the end: the signal unloads the programs, and what they have
 * printed until then can still be read. A stream is closed when it is at its end,
 * and when all are closed there is nothing left to do.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "stream_agent.skel.h"

struct source {
	int fd;
	FILE *out;
	char name[32];
	size_t len;		/* bytes in text: a line that is not complete */
	char text[4096];
};

static int epoll_fd, sources;

static int add_fd(int fd, void *data)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = data };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int add_stream(const struct bpf_program *prog, __u32 stream_id, FILE *out)
{
	LIBBPF_OPTS(bpf_prog_stream_open_opts, opts, .flags = BPF_F_STREAM_NONBLOCK);
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return -1;
	snprintf(source->name, sizeof(source->name), "%s", bpf_program__name(prog));
	source->out = out;
	source->fd = bpf_prog_stream_open(bpf_program__fd(prog), stream_id, &opts);
	if (source->fd < 0 || add_fd(source->fd, source)) {
		free(source);
		return -1;
	}
	sources++;
	return 0;
}

static int add_programs(const struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
		if (add_stream(prog, BPF_STREAM_STDOUT, stdout) ||
		    add_stream(prog, BPF_STREAM_STDERR, stderr))
			return -1;
	return 0;
}

/* Print the lines that are complete, or all of the text. */
static void print_lines(struct source *source, bool all)
{
	char *line = source->text, *stop = line + source->len, *end;

	for (; line < stop; line = end < stop ? end + 1 : stop) {
		end = memchr(line, '\n', stop - line);
		if (!end && !all)
			break;
		if (!end)
			end = stop;
		fprintf(source->out, "%s: %.*s\n", source->name, (int)(end - line), line);
	}
	source->len = stop - line;
	memmove(source->text, line, source->len);
}

/* What is not read now makes epoll_wait() return again: it is level triggered. */
static void read_source(struct source *source)
{
	ssize_t n;

	n = read(source->fd, source->text + source->len, sizeof(source->text) - source->len);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		source->len += n;
	print_lines(source, n <= 0 || source->len == sizeof(source->text));
	if (n > 0)
		return;
	close(source->fd);
	free(source);
	sources--;
}

static void run(struct stream_agent *skel, int signal_fd)
{
	struct epoll_event event;

	while (sources) {
		if (epoll_wait(epoll_fd, &event, 1, -1) != 1)
			continue;
		if (event.data.ptr) {
			read_source(event.data.ptr);
		} else {
			stream_agent__destroy(skel);
			skel = NULL;
			close(signal_fd);
		}
	}
	stream_agent__destroy(skel);
}

int main(void)
{
	struct stream_agent *skel;
	sigset_t signals;
	int signal_fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	setlinebuf(stdout);

	skel = stream_agent__open_and_load();
	if (!skel || add_fd(signal_fd, NULL) || add_programs(skel->obj) ||
	    stream_agent__attach(skel)) {
		fprintf(stderr, "stream_agent_demo: %s\n", strerror(errno));
		return 1;
	}
	run(skel, signal_fd);
	return 0;
}
