// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Helpers that do not fill the memory they are given: they leave nothing there of what another
 * function of the program had on its stack. Each program returns what is there.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"

#define STATIC static __attribute__((naked, noinline, used))

char _license[] SEC("license") = "GPL";

char value[8];

/* The next function that is called has the same stack. */
STATIC int leave(void)
{
	asm volatile("r0 = 0x5a5a5a5a;"
		     "*(u64 *)(r10 - 8) = r0; *(u64 *)(r10 - 16) = r0; *(u64 *)(r10 - 24) = r0;"
		     "*(u64 *)(r10 - 32) = r0; *(u64 *)(r10 - 40) = r0; *(u64 *)(r10 - 48) = r0;"
		     "*(u64 *)(r10 - 56) = r0; *(u64 *)(r10 - 64) = r0; exit;" ::: "r0");
}

#define FIND(name, helper, code)						\
	STATIC int name(void *ptr)						\
	{									\
		asm volatile(code : : [f] "i"(helper)				\
			     : "r0", "r1", "r2", "r3", "r4", "r5");		\
	}

FIND(find_dynptr, bpf_dynptr_read,
	"r3 = r1; r1 = r10; r1 += -64; r2 = 8; r4 = 1000; r5 = 0; call %[f];"
	"r0 = *(u64 *)(r10 - 64); exit;")
FIND(find_flags, bpf_dynptr_read,
	"r3 = r1; r1 = r10; r1 += -64; r2 = 8; r4 = 0; r5 = 1; call %[f];"
	"r0 = *(u64 *)(r10 - 64); exit;")
FIND(find_packet, bpf_xdp_load_bytes,
	"r2 = 60000; r3 = r10; r3 += -64; r4 = 8; call %[f]; r0 = *(u64 *)(r10 - 64); exit;")
FIND(find_comm, bpf_get_current_comm,
	"r1 = r10; r1 += -64; r2 = 64; call %[f]; r0 = *(u64 *)(r10 - 8); exit;")
FIND(find_branches, bpf_get_branch_snapshot,
	"r1 = r10; r1 += -64; r2 = 64; r3 = 0; call %[f]; r0 = *(u64 *)(r10 - 8); exit;")
FIND(find_task, bpf_copy_from_user_task,
	"r4 = r1; r1 = r10; r1 += -64; r2 = 8; r3 = 0; r5 = 1; call %[f];"
	"r0 = *(u64 *)(r10 - 64); exit;")

SEC("syscall")
int dynptr_short(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_mem(value, sizeof(value), 0, &ptr);
	leave();
	return find_dynptr(&ptr);
}

SEC("syscall")
int dynptr_flags(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_mem(value, sizeof(value), 0, &ptr);
	leave();
	return find_flags(&ptr);
}

SEC("xdp")
int packet(struct xdp_md *xdp)
{
	leave();
	return find_packet(xdp);
}

SEC("syscall")
int comm(void *ctx)
{
	leave();
	return find_comm(NULL);
}

SEC("syscall")
int branches(void *ctx)
{
	leave();
	return find_branches(NULL);
}

SEC("syscall")
int task(void *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();

	leave();
	return find_task(current);
}
