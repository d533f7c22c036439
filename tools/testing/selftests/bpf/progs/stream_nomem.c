// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Makes the page allocator fail while this object's own program prints. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

const volatile int target_pid;
__u32 failing;
__u32 refused;		/* allocations */
__u32 printing;

__u32 accepted;
__u32 failed;
int err;

SEC("fmod_ret/should_fail_alloc_page")
int BPF_PROG(refuse_page, unsigned int gfp_mask, unsigned int order, int ret)
{
	if (!failing || !printing || (__u32)bpf_get_current_pid_tgid() != target_pid)
		return 0;
	__sync_fetch_and_add(&refused, 1);
	return 1;
}

static long print_until_error(__u32 i, void *ctx)
{
	err = bpf_stream_printk(BPF_STDOUT, "%100u\n", i);
	if (err) {
		failed++;
		return 1;
	}
	accepted++;
	return 0;
}

static long print_always(__u32 i, void *ctx)
{
	if (bpf_stream_printk(BPF_STDOUT, "%1000u\n", i))
		failed++;
	else
		accepted++;
	return 0;
}

SEC("syscall")
int print_lines(void *ctx)
{
	printing = 1;
	bpf_loop(50000, print_until_error, NULL, 0);
	printing = 0;
	return 0;
}

/* Messages larger than what is left of a page, so none of them can be stored. */
SEC("syscall")
int print_lines_again(void *ctx)
{
	printing = 1;
	bpf_loop(20000, print_always, NULL, 0);
	printing = 0;
	return 0;
}
