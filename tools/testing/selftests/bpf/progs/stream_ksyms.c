// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

extern int bpf_stream_vprintk_impl(int stream_id, const char *fmt__str, const void *args,
				   __u32 len__sz, void *aux__prog) __weak __ksym;
extern int bpf_no_such_stream_kfunc(int stream_id, const char *fmt__str) __weak __ksym;

const volatile bool call_absent;
int absent_called;

/* A kfunc that the kernel has not, called only where the verifier sees it dead. */
SEC("syscall")
int call_no_such_kfunc(void *ctx)
{
	static const char text[] = "absent\n";

	if (call_absent) {
		absent_called++;
		return bpf_no_such_stream_kfunc(BPF_STDOUT, text);
	}
	return bpf_stream_printk(BPF_STDOUT, "the kfunc is absent\n");
}

/* The address of a weak kfunc tells whether the kernel has it. */
SEC("syscall")
int ask_for_kfuncs(void *ctx)
{
	if (bpf_no_such_stream_kfunc)
		absent_called++;
	if (bpf_stream_vprintk)
		return bpf_stream_printk(BPF_STDOUT, "the kfunc is present\n");
	return -1;
}

const char impl[] = "impl";

/* What programs of the kernels that had this name for it pass. */
SEC("syscall")
int call_impl(void *ctx)
{
	static const char fmt[] = "%s %llu\n";
	__u64 args[2];

	args[0] = (unsigned long)impl;
	args[1] = 5;
	return bpf_stream_vprintk_impl(BPF_STDERR, fmt, args, sizeof(args), NULL);
}
