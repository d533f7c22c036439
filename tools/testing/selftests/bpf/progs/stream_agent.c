// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Tell of the life of processes. Run by benchs/stream_agent_demo.c. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

SEC("tp_btf/sched_process_fork")
int BPF_PROG(forks, struct task_struct *parent, struct task_struct *child)
{
	bpf_stream_printk(BPF_STDOUT, "%d has a child %d\n", parent->tgid, child->pid);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(execs, struct task_struct *task, pid_t old_pid)
{
	bpf_stream_printk(BPF_STDOUT, "%d runs %s\n", task->pid, task->comm);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(exits, struct task_struct *task)
{
	int signal = task->exit_code & 0x7f;

	if (signal)
		bpf_stream_printk(BPF_STDERR, "%d (%s) was killed by signal %d\n", task->pid,
				  task->comm, signal);
	else
		bpf_stream_printk(BPF_STDOUT, "%d has ended with status %d\n", task->pid,
				  task->exit_code >> 8);
	return 0;
}
