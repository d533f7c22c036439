// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs that are loaded and unloaded all the time while they print and are read. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

#define ENOSPC 28

__u64 task_messages;
__u64 irq_messages;
__u64 strange_errors;

static __always_inline void print_letters(int stream, __u64 *messages)
{
	int err;

	err = bpf_stream_printk(stream, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\n");
	if (!err)
		__sync_fetch_and_add(messages, 1);
	else if (err != -ENOSPC)
		__sync_fetch_and_add(&strange_errors, 1);
}

SEC("raw_tp")
int in_task(void *ctx)
{
	int i;

	for (i = 0; i < 50; i++) {
		print_letters(BPF_STDOUT, &task_messages);
		print_letters(BPF_STDERR, &task_messages);
	}
	return 0;
}

SEC("raw_tp")
int in_interrupt(void *ctx)
{
	print_letters(BPF_STDOUT, &irq_messages);
	print_letters(BPF_STDERR, &irq_messages);
	return 0;
}
