// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

int stream;
char bytes[8];
int err;

/* A message of eight bytes of any kind. */
SEC("syscall")
int stream_say(void *ctx)
{
	err = bpf_stream_printk(stream, "%c%c%c%c%c%c%c%c", bytes[0], bytes[1], bytes[2],
				bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
	return 0;
}

/* Eight messages to stdout and stderr in turn. */
SEC("syscall")
int stream_alternate(void *ctx)
{
	int i;

	for (i = 0; i < 8; i++)
		err = bpf_stream_printk(i & 1 ? BPF_STDERR : BPF_STDOUT, "line %d\n", i) ?: err;
	return 0;
}

/* A program that cannot write a stream. */
SEC("syscall")
int stream_mute(void *ctx)
{
	return 0;
}
