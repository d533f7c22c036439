// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A number above 0, or below that of any error, where the caller of a hook expects 0 or an
 * error. Of security_file_alloc() it makes a pointer that is none. All must be refused.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpf_misc.h"

char _license[] SEC("license") = "GPL";

#define RANGE "should have been in [-4095, 0]"

SEC("lsm/file_alloc_security")
__failure __msg("At program exit the register R0 has smin=1 smax=1 " RANGE)
int BPF_PROG(lsm_above_0, struct file *file)
{
	return 1;
}

SEC("lsm/file_alloc_security")
__failure __msg(RANGE)
int BPF_PROG(lsm_no_error, struct file *file)
{
	return -4096;
}

SEC("lsm/file_alloc_security")
__failure __msg(RANGE)
int BPF_PROG(lsm_any, struct file *file)
{
	return bpf_get_prandom_u32();
}

SEC("lsm/file_open")
__failure __msg(RANGE)
int BPF_PROG(lsm_changes, struct file *file, int ret)
{
	return ret + 1;
}

/* The path with the number is pruned if R0 is not precise. */
SEC("lsm/file_alloc_security")
__failure __msg("At program exit the register R0 has smin=5 smax=5 " RANGE)
__attribute__((naked)) int lsm_pruned(void)
{
	asm volatile("call %[random]; if r0 > 5 goto 1f; r6 = 5; goto 2f; 1: r6 = 0;"
		     "2: r1 = 0; r0 = r6; exit;" : : [random] "i"(bpf_get_prandom_u32)
		     : "r0", "r1", "r6");
}

SEC("fmod_ret/security_file_alloc")
__failure __msg("At program exit the register R0 has smin=1 smax=1 " RANGE)
int BPF_PROG(fmod_ret_above_0, struct file *file)
{
	return 1;
}

SEC("lsm_cgroup/socket_create")
__failure __msg("At bpf_set_retval the register R1 has smin=1 smax=1 " RANGE)
int BPF_PROG(lsm_cgroup_above_0, int family, int type, int protocol, int kern)
{
	bpf_set_retval(1);
	return 0;
}

#define SET(name, section, context, value)				\
SEC(section) __failure __msg("At bpf_set_retval the register R1")	\
int name(context *ctx)							\
{									\
	bpf_set_retval(value);						\
	return 1;							\
}

SET(device_above_0, "cgroup/dev", struct bpf_cgroup_dev_ctx, 1)
SET(device_any, "cgroup/dev", struct bpf_cgroup_dev_ctx, bpf_get_prandom_u32())
SET(sysctl_above_0, "cgroup/sysctl", struct bpf_sysctl, 1)
SET(setsockopt_above_0, "cgroup/setsockopt", struct bpf_sockopt, 1)
SET(bind_above_0, "cgroup/bind4", struct bpf_sock_addr, 1)
