// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs that return to hooks 0 or an error, and such that may return anything. All must
 * load; sound_retval_fail.c has those that return what makes the kernel's callers fault.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpf_misc.h"

char _license[] SEC("license") = "GPL";

SEC("lsm/file_open")
__success
int BPF_PROG(lsm_error, struct file *file, int ret)
{
	return bpf_get_prandom_u32() & 1 ? -1 : -4095;
}

/* What the program before it has returned */
SEC("lsm/file_open")
__success
int BPF_PROG(lsm_passes_on, struct file *file, int ret)
{
	return ret ?: -13;
}

SEC("lsm/file_free_security")
__success
int BPF_PROG(lsm_void, struct file *file)
{
	return 1;
}

/* A function of the program is not the hook. */
__attribute__((noinline)) int count(int n)
{
	return n + 17;
}

SEC("lsm/file_open")
__success
int BPF_PROG(lsm_function, struct file *file, int ret)
{
	return count(ret) == 17 ? 0 : -1;
}

SEC("fmod_ret/security_file_open")
__success
int BPF_PROG(fmod_ret_error, struct file *file, int ret)
{
	return ret ?: -1;
}

/* Returns a length */
SEC("fmod_ret/security_inode_listsecurity")
__success
int BPF_PROG(fmod_ret_number, struct inode *inode)
{
	return 17;
}

SEC("cgroup/dev")
__success
int set_error(struct bpf_cgroup_dev_ctx *ctx)
{
	bpf_set_retval(-4095);
	return 0;
}

SEC("cgroup/dev")
__success
int set_again(struct bpf_cgroup_dev_ctx *ctx)
{
	int ret = bpf_get_retval();

	bpf_set_retval(ret ?: -13);
	return 0;
}

SEC("cgroup/getsockopt")
__success
int set_any(struct bpf_sockopt *ctx)
{
	bpf_set_retval(17);
	return 1;
}
