// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Calls a kfunc with the arguments that it has in the headers of Linux 6.17. */
#define BPF_NO_KFUNC_PROTOTYPES
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

extern int bpf_stream_vprintk(int stream_id, const char *fmt__str, const void *args,
			      __u32 len__sz, void *aux__prog) __ksym;

SEC("syscall")
int five_arguments(void *ctx)
{
	static const char text[] = "text\n";
	__u64 none = 0;

	return bpf_stream_vprintk(BPF_STDOUT, text, &none, 0, NULL);
}
