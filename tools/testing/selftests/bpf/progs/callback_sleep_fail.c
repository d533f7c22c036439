// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Callbacks in which even a sleepable program must not sleep. All must be refused; stock 6.1
 * accepts all.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "callback.h"

char _license[] SEC("license") = "GPL";

static __noinline int copy(void)
{
	char c;

	return bpf_copy_from_user(&c, 1, NULL);
}

static int copy_for_elem(void *map, __u32 *key, void *value, void *unused)
{
	return copy() & 1;
}

SEC("syscall")
__failure __msg("helper call might sleep in a callback that must not")
int for_each(void *unused)
{
	bpf_for_each_map_elem(&hash, copy_for_elem, NULL, 0);
	return 0;
}

static int copy_for_vma(struct task_struct *task, struct vm_area_struct *vma, void *unused)
{
	return copy() & 1;
}

SEC("syscall")
__failure __msg("helper call might sleep in a callback that must not")
int find_vma(void *unused)
{
	bpf_find_vma(bpf_get_current_task_btf(), 0, copy_for_vma, NULL, 0);
	return 0;
}

static int copy_in_loop(__u32 n, void *unused)
{
	return copy() & 1;
}

static int loop_for_elem(void *map, __u32 *key, void *value, void *unused)
{
	bpf_loop(SOME(), copy_in_loop, NULL, 0);
	return 0;
}

SEC("syscall")
__failure __msg("helper call might sleep in a callback that must not")
int loop_in_for_each(void *unused)
{
	bpf_for_each_map_elem(&hash, loop_for_elem, NULL, 0);
	return 0;
}

__noinline int copy_in_global(void)
{
	return copy();
}

static int call_global(void *map, __u32 *key, void *value, void *unused)
{
	return copy_in_global() & 1;
}

SEC("syscall")
__failure __msg("global functions that may sleep are not allowed in non-sleepable context")
int global_in_for_each(void *unused)
{
	bpf_for_each_map_elem(&hash, call_global, NULL, 0);
	return 0;
}
