// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Tell how a command, and each process that it starts, has ended. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

const volatile int command;	/* its pid, which user space sets before it loads this */

SEC("tp_btf/sched_process_exit")
int BPF_PROG(exits, struct task_struct *task)
{
	int code = task->exit_code;

	if (task->pid != command && task->real_parent->tgid != command)
		return 0;
	if (code & 0x7f)
		bpf_stream_printk(BPF_STDERR, "%s was killed by signal %d\n", task->comm,
				  code & 0x7f);
	else
		bpf_stream_printk(BPF_STDOUT, "%s has ended with status %d\n", task->comm,
				  code >> 8);
	return 0;
}
