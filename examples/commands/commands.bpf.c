// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Take commands from a user ring buffer, and reply over a ring buffer. User space can
 * write to a command at any time: a body is copied first, then checked, then used.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "commands.h"

char _license[] SEC("license") = "GPL";

#define EINVAL		22
#define EOPNOTSUPP	95
#define NR_SYSCALLS	1024

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);	/* bytes */
} commands SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} replies SEC(".maps");

/* One CPU at a time is in a drain, so nobody else writes to these two. */
static struct count counted;
static __u64 max = -1ULL;
static __u64 calls;

static int begin_to_count(struct bpf_dynptr *sample)
{
	struct count body;
	int err = bpf_dynptr_read(&body, sizeof(body), sample, sizeof(struct command), 0);

	if (err)
		return err;
	if (body.nr >= NR_SYSCALLS)
		return -EINVAL;
	counted = body;
	calls = 0;
	return 0;
}

static int set_limit(struct bpf_dynptr *sample)
{
	struct limit body;
	int err = bpf_dynptr_read(&body, sizeof(body), sample, sizeof(struct command), 0);

	if (err)
		return err;
	if (!body.max)
		return -EINVAL;
	max = body.max;
	return 0;
}

static long obey(struct bpf_dynptr *sample, void *ctx)
{
	struct reply reply = {};
	struct command command;

	/* Too short to have an id: nobody waits for a reply. */
	if (bpf_dynptr_read(&command, sizeof(command), sample, 0, 0))
		return 0;
	reply.id = command.id;
	switch (command.type) {
	case COUNT:
		reply.err = begin_to_count(sample);
		break;
	case LIMIT:
		reply.err = set_limit(sample);
		break;
	case REPORT:
		reply.value = calls;
		break;
	default:
		reply.err = -EOPNOTSUPP;
	}
	bpf_ringbuf_output(&replies, &reply, sizeof(reply), 0);
	return 0;
}

/* User space runs this when it has written commands; the result is their number. */
SEC("syscall")
int take_commands(void *ctx)
{
	return bpf_user_ringbuf_drain(&commands, obey, NULL, 0);
}

SEC("raw_tp/sys_enter")
int BPF_PROG(count, struct pt_regs *regs, long nr)
{
	if (nr == counted.nr && bpf_get_current_pid_tgid() >> 32 == counted.tgid && calls < max)
		__sync_fetch_and_add(&calls, 1);
	return 0;
}
