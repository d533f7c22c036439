// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs that return to a hook, and such that were verified for something else: another
 * hook, whose caller takes any number, or a function of a program.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} progs SEC(".maps");

/* The functions that these two are attached to have the same prototype. */
SEC("fmod_ret/security_inode_readlink")
int hooked(unsigned long long *ctx)
{
	bpf_tail_call(ctx, &progs, 0);
	return 0;
}

SEC("fmod_ret/security_inode_need_killpriv")
int number(unsigned long long *ctx)
{
	return 17;
}

SEC("fmod_ret/security_inode_readlink")
int error(unsigned long long *ctx)
{
	return -1;
}

__attribute__((noinline)) int count(void)
{
	return bpf_get_prandom_u32();
}

SEC("lsm/file_open")
int whole(void)
{
	return count() == 17 ? -1 : 0;
}
