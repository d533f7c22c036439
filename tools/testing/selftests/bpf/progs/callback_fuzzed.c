// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs that were accepted once, and read out of bounds, cut down to what matters. All
 * must be refused.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"

char _license[] SEC("license") = "GPL";

#define __naked __attribute__((naked))
#define STATIC static __attribute__((noinline, used))

/* A may_goto to the next insn: the verifier keeps a state here, and does not end it. */
#define STATE ".byte 0xe5, 0; .short 0; .long 0;"

/* All of .bss */
char bytes[64];

/* R1 is the packet, R2 the frame of the caller. A load that fails returns: what comes before
 * is not to be taken for part of the caller, the R7 of which is another one.
 */
STATIC __naked int load_or_leave(void)
{
	asm volatile("r6 = r1;"
		     "r8 = r2;"
		     "*(u64 *)(r2 - 8) = 0;"
		     "r7 = 0;"
		     "r0 = *(u8 *)skb[10000];"
		     "*(u64 *)(r8 - 8) = 1;"
		     "r0 = 1;"
		     "exit;"
		     ::: "memory");
}

SEC("tc")
__failure __msg("invalid access to map value, value_size=64 off=500 size=1")
__naked int precision_through_load(void)
{
	asm volatile("r6 = r1;"
		     "r8 = *(u32 *)(r1 + %[mark]);"
		     "r7 = 500;"
		     "if r8 == 7 goto 1f;"
		     "r7 = 5;"
		     "1:"
		     STATE
		     "r1 = r6;"
		     "r2 = r10;"
		     "call load_or_leave;"
		     "r0 = *(u64 *)(r10 - 8);"
		     "if r0 != 0 goto 2f;"
		     "r3 = %[bytes] ll;"
		     "r3 += r7;"
		     "r0 = *(u8 *)(r3 + 0);"
		     "2:"
		     "r0 = 0;"
		     "exit;"
		     : : [mark] "i"(offsetof(struct __sk_buff, mark)), [bytes] "i"(bytes)
		     : "memory");
}
