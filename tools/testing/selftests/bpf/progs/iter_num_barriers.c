// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Loops for programs without CAP_PERFMON: what is behind the branch on an element begins with an
 * insn that the kernel removes, or puts others in place of.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_may_goto.h"

char _license[] SEC("license") = "GPL";

#define FIRST "r1 = r10; r1 += -8; r2 = 0; r3 = 4; call %[new]; r6 = 1;"
#define NEXT "1: r1 = r10; r1 += -8; call %[next];"
#define LAST "2: goto 4f; 4: r1 = r10; r1 += -8; call %[destroy]; r0 = 0; exit;"
#define PROG(name, code)							\
	SEC("syscall") __attribute__((naked)) int name(void)		\
	{									\
		asm volatile(FIRST NEXT code LAST				\
			     : : [new] "i"(bpf_iter_num_new), [next] "i"(bpf_iter_num_next),	\
			       [destroy] "i"(bpf_iter_num_destroy), [loop] "i"(bpf_loop),	\
			       [callback] "i"(callback)				\
			     : "r0", "r1", "r2", "r3", "r4", "r5", "r6");	\
	}

/* As clang compiles it; it gives types to what the others name. */
SEC("syscall")
int plain(void *ctx)
{
	int i, sum = 0;

	bpf_for(i, 0, 4)
		sum += i;
	return sum;
}

static int callback(__u32 i, void *ctx)
{
	return 0;
}

PROG(nop, "if r0 == 0 goto 2f; goto 3f; 3: r0 = *(u32 *)(r0 + 0); goto 1b;")
PROG(dead_branch, "if r0 == 0 goto 2f; if r6 == 0 goto 3f; r0 = *(u32 *)(r0 + 0); 3: goto 1b;")
PROG(inlined,
	"r1 = 4; r2 = %[callback] ll; r3 = 0; r4 = 0; if r0 == 0 goto 2f; call %[loop]; goto 1b;")
