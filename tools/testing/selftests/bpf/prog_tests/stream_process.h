/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_PROCESS_H
#define __STREAM_PROCESS_H

/* Run a command beside the test and look at what it prints while it does. */

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include "stream_helpers.h"

#define PROCESS_TIMEOUT_MS 60000

struct process {
	pid_t pid;
	int fds[2];		/* its stdout and stderr, -1 once they are at their end */
	struct text text[2];	/* what was read from them */
};

#define process_stdout(p) ((p)->text[0].data ?: "")
#define process_stderr(p) ((p)->text[1].data ?: "")

/* The child calls prepare() before it becomes the command. It is killed with the test. */
static inline int process_start(struct process *p, char *const argv[], void (*prepare)(void))
{
	int out[2], err[2];

	*p = (struct process){ .fds = { -1, -1 } };
	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return -errno;
	p->pid = fork();
	if (!p->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		if (prepare)
			prepare();
		execvp(argv[0], argv);
		_exit(127);
	}
	close(out[1]);
	close(err[1]);
	p->fds[0] = out[0];
	p->fds[1] = err[0];
	return p->pid < 0 ? -errno : 0;
}

static inline void process_read(struct process *p, int i)
{
	struct text *text = &p->text[i];
	char buf[65536], *data;
	ssize_t n;

	n = read(p->fds[i], buf, sizeof(buf));
	if (n <= 0) {
		close(p->fds[i]);
		p->fds[i] = -1;
		return;
	}
	data = realloc(text->data, text->len + n + 1);
	if (!ASSERT_OK_PTR(data, "memory for the output"))
		return;
	memcpy(data + text->len, buf, n);
	text->data = data;
	text->len += n;
	data[text->len] = 0;
}

/* Read once. False if it takes too long or nothing is left. */
static inline bool process_poll(struct process *p)
{
	struct pollfd pfds[2] = {
		{ .fd = p->fds[0], .events = POLLIN },
		{ .fd = p->fds[1], .events = POLLIN },
	};
	int i;

	if (p->fds[0] < 0 && p->fds[1] < 0)
		return false;
	if (poll(pfds, 2, PROCESS_TIMEOUT_MS) <= 0)
		return false;
	for (i = 0; i < 2; i++)
		if (pfds[i].revents)
			process_read(p, i);
	return true;
}

/* Read until the stdout or stderr of the command contains the string. */
static inline bool process_prints(struct process *p, const char *string)
{
	while (!strstr(process_stdout(p), string) && !strstr(process_stderr(p), string))
		if (!process_poll(p))
			return ASSERT_HAS_SUBSTR(process_stdout(p), string, "output");
	return true;
}

/* Is it a zombie, its output not read yet? */
static inline bool process_has_ended(const struct process *p)
{
	siginfo_t info = {};

	return !waitid(P_PID, p->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

/* Read all that is left and return the status as of waitpid(). */
static inline int process_end(struct process *p)
{
	int status = -1;

	while (process_poll(p))
		;
	if (p->fds[0] >= 0 || p->fds[1] >= 0) {
		PRINT_FAIL("the command does not end\n");
		kill(p->pid, SIGKILL);
	}
	waitpid(p->pid, &status, 0);
	close(p->fds[0]);
	close(p->fds[1]);
	return status;
}

static inline void process_free(struct process *p)
{
	text_free(&p->text[0]);
	text_free(&p->text[1]);
}

#endif
