// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * agent COMMAND [ARGUMENT]...: run the command, and show what the BPF program prints
 * of it. The stream is a file, so that poll() waits for its text and for other things
 * at once: here for the end of the command.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "agent.skel.h"

/* The command stops before it begins, until the program is attached. */
static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (!pid) {
		raise(SIGSTOP);
		execvp(*argv, argv);
		perror(*argv);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, WUNTRACED);
	return pid;
}

/*
 * What was printed can be read when the program is gone as well. So nothing is lost if
 * the program goes first, and the stream is read to its end: read() returns 0 there.
 */
static int forward(struct agent_bpf *skel, int stream, int command)
{
	struct pollfd fds[] = {
		{ .fd = stream, .events = POLLIN },
		{ .fd = command, .events = POLLIN },
	};
	char text[4096];
	ssize_t n = 1;

	while (n > 0 && poll(fds, 2, -1) > 0) {
		if (fds[1].revents) {
			agent_bpf__destroy(skel);
			fds[1].fd = -1;
		} else if (fds[0].revents) {
			n = read(stream, text, sizeof(text));
			if (n > 0)
				fwrite(text, 1, n, stdout);
		}
	}
	return n ? -errno : 0;
}

int main(int argc, char **argv)
{
	struct agent_bpf *skel = agent_bpf__open();
	int stream, err;
	pid_t pid;

	if (argc < 2 || !skel) {
		fprintf(stderr, argc < 2 ? "usage: agent COMMAND [ARGUMENT]...\n" :
			"agent: the BPF program does not open\n");
		return 2;
	}
	pid = start(argv + 1);
	skel->rodata->command = pid;
	err = agent_bpf__load(skel) ?: agent_bpf__attach(skel);
	if (!err) {
		stream = bpf_prog_stream_open(bpf_program__fd(skel->progs.exits),
					      BPF_STREAM_BOTH, NULL);
		kill(pid, SIGCONT);
		err = stream < 0 ? stream : forward(skel, stream, pidfd_open(pid, 0));
	}
	if (err)
		fprintf(stderr, "agent: %s\n", strerror(-err));
	kill(pid, SIGKILL);
	return !!err;
}
