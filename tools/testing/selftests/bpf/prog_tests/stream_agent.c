// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The agent of benchs/stream_agent_demo.c. */

#define _GNU_SOURCE
#include <sys/prctl.h>
#include "stream_process.h"

/* A child that ends with the signal or else with status 3. */
static pid_t run_child(int signal)
{
	pid_t pid = fork();

	if (!pid) {
		if (signal)
			kill(getpid(), signal);
		execlp("sh", "sh", "-c", "exit 3", NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	return pid;
}

static void expect(const char *text, const char *fmt, pid_t pid)
{
	char line[64];

	snprintf(line, sizeof(line), fmt, pid);
	ASSERT_HAS_SUBSTR(text, line, "output");
}

/* Its programs are attached when it prints. */
static void wait_for_agent(struct process *agent)
{
	struct pollfd pfd = { .fd = agent->fds[0], .events = POLLIN };
	int i;

	for (i = 0; i < 600 && !poll(&pfd, 1, 100); i++)
		run_child(0);
}

void serial_test_stream_agent(void)
{
	char *argv[] = { "./stream_agent_demo", NULL };
	struct process agent;
	pid_t killed, ended;
	int i;

	if (!ASSERT_OK(process_start(&agent, argv, NULL), "start"))
		return;
	wait_for_agent(&agent);
	killed = run_child(SIGKILL);
	process_prints(&agent, "was killed by signal 9\n");

	/* What was printed last of all is not lost. */
	for (i = 0; i < 100; i++)
		ended = run_child(0);
	kill(agent.pid, SIGTERM);
	ASSERT_EQ(process_end(&agent), 0, "status");

	expect(process_stderr(&agent), "exits: %d (test_progs) was killed by signal 9\n", killed);
	expect(process_stdout(&agent), " has a child %d\n", ended);
	expect(process_stdout(&agent), "execs: %d runs sh\n", ended);
	expect(process_stdout(&agent), "exits: %d has ended with status 3\n", ended);
	process_free(&agent);
}
