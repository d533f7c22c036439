// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Helpers are not to write to constants. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpf_misc.h"

#define FORBIDDEN __failure __msg("write into map forbidden")

char _license[] SEC("license") = "GPL";

static const volatile char constant[64] = { 1 };
#define CONSTANT ((void *)constant)

SEC("tc")
FORBIDDEN
int skb_fib(struct __sk_buff *skb)
{
	return bpf_fib_lookup(skb, CONSTANT, sizeof(struct bpf_fib_lookup), 0);
}

SEC("xdp")
FORBIDDEN
int xdp_fib(struct xdp_md *xdp)
{
	return bpf_fib_lookup(xdp, CONSTANT, sizeof(struct bpf_fib_lookup), 0);
}

SEC("cgroup/sysctl")
FORBIDDEN
int sysctl_name(struct bpf_sysctl *ctx)
{
	bpf_sysctl_get_name(ctx, CONSTANT, sizeof(constant), 0);
	return 1;
}

SEC("syscall")
FORBIDDEN
int print(void *ctx)
{
	static const char fmt[] = "text";

	return bpf_snprintf(CONSTANT, sizeof(constant), fmt, NULL, 0);
}

SEC("syscall")
FORBIDDEN
int print_btf(void *ctx)
{
	struct btf_ptr ptr = {};

	return bpf_snprintf_btf(CONSTANT, sizeof(constant), &ptr, sizeof(ptr), 0);
}

SEC("fentry/filp_close")
FORBIDDEN
int BPF_PROG(path, struct file *file)
{
	return bpf_d_path(&file->f_path, CONSTANT, sizeof(constant));
}

SEC("perf_event")
FORBIDDEN
int branch_records(void *ctx)
{
	return bpf_read_branch_records(ctx, CONSTANT, sizeof(constant), 0);
}

SEC("raw_tp/sys_enter")
FORBIDDEN
int stack(void *ctx)
{
	return bpf_get_stack(ctx, CONSTANT, sizeof(constant), 0);
}

/* Nothing has to be in what is written. */
SEC("raw_tp/sys_enter")
__success
int stack_of_its_own(void *ctx)
{
	char buf[64];

	return bpf_get_stack(ctx, buf, sizeof(buf), 0) < 0 ? 0 : buf[0];
}
