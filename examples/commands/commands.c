// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Send commands to the program of commands.bpf.c, good ones and bad ones. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "commands.h"
#include "commands.skel.h"

static struct user_ring_buffer *commands;
static struct ring_buffer *replies;
static struct reply reply;	/* the last one */
static int take_commands;
static __u32 last_id;

static int handle_reply(void *ctx, void *data, size_t size)
{
	if (size != sizeof(reply))
		return -EPROTO;
	memcpy(&reply, data, size);
	return 0;
}

/* One command at a time. More could be written before the program runs. */
static int tell(const char *what, __u32 type, const void *body, size_t size)
{
	struct command *command = user_ring_buffer__reserve(commands, sizeof(*command) + size);
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int n;

	if (!command)
		return -errno;
	command->type = type;
	command->id = ++last_id;
	memcpy(command + 1, body, size);
	user_ring_buffer__submit(commands, command);
	if (bpf_prog_test_run_opts(take_commands, &opts))
		return -errno;
	n = ring_buffer__consume(replies);
	if (opts.retval != 1 || n != 1 || reply.id != last_id)
		return -EPROTO;
	printf("%s: %s\n", what, strerror(-reply.err));
	return 0;
}

static int talk(void)
{
	struct count count = { .nr = SYS_getpgid, .tgid = getpid() };
	struct count no_call = { .nr = 5000 };
	struct limit limit = { .max = 5 };
	int i, err;

	err = tell("count getpgid", COUNT, &count, sizeof(count));
	for (i = 0; i < 3; i++)
		getpgid(0);
	err = err ?: tell("report", REPORT, "", 0);
	printf("there were %llu calls\n", reply.value);

	err = err ?: tell("limit", LIMIT, &limit, sizeof(limit));
	for (i = 0; i < 10; i++)
		getpgid(0);
	err = err ?: tell("report", REPORT, "", 0);
	printf("there were %llu calls\n", reply.value);

	err = err ?: tell("count call 5000", COUNT, &no_call, sizeof(no_call));
	err = err ?: tell("count half a body", COUNT, &count, sizeof(count) / 2);
	return err ?: tell("type 99", 99, NULL, 0);
}

int main(void)
{
	struct commands_bpf *skel = commands_bpf__open_and_load();
	int err = skel ? commands_bpf__attach(skel) : -errno;

	if (err)
		goto out;
	take_commands = bpf_program__fd(skel->progs.take_commands);
	commands = user_ring_buffer__new(bpf_map__fd(skel->maps.commands), NULL);
	replies = ring_buffer__new(bpf_map__fd(skel->maps.replies), handle_reply, NULL, NULL);
	err = commands && replies ? talk() : -errno;
out:
	if (err)
		fprintf(stderr, "commands: %s\n", strerror(-err));
	user_ring_buffer__free(commands);
	ring_buffer__free(replies);
	commands_bpf__destroy(skel);
	return !!err;
}
