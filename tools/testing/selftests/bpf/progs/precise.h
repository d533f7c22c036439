/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __PRECISE_H
#define __PRECISE_H

/* Programs in which two paths come together that differ in the value of R6 alone. The one
 * with the first value is explored first. The other one must not end there if what follows
 * depends on the value.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"

char _license[] SEC("license") = "GPL";

/* What global functions take a pointer to: functions with pointers to numbers cannot be
 * replaced.
 */
struct word {
	__u64 word;
};

#define __naked __attribute__((naked))
#define STATIC static __attribute__((noinline, used))

/* Enough insns and jumps for the verifier to keep a state, after the last jump. R0 is not
 * touched.
 */
#define STATE								\
	"r1 = 0; r2 = 0; r3 = 0; r4 = 0; r5 = 0; r1 = 0; r2 = 0; r3 = 0;"	\
	"goto +0; goto +0;"

#define R6_IS(first, second)				\
	"r6 = " first ";"				\
	"call %[bpf_get_prandom_u32];"			\
	"if r0 > 7 goto 101f;"				\
	"goto 102f;"					\
	"101: r6 = " second ";"				\
	"102:"						\
	STATE

/* R6 and R7 are the same number on the first path, and R6 is any on the other one. */
#define R6_IS_R7					\
	"call %[bpf_get_prandom_u32];"			\
	"r7 = r0;"					\
	"call %[bpf_get_prandom_u32];"			\
	"r6 = r0;"					\
	"call %[bpf_get_prandom_u32];"			\
	"if r0 > 7 goto 101f;"				\
	"r6 = r7;"					\
	"101:"						\
	STATE

#define HELPER(name) [name]"i"(name)
#define ADDRESS(name) [name]"i"(&name)
#define ALL_REGS "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "memory"

#define INSNS(body, ...)						\
	asm volatile(body :: HELPER(bpf_get_prandom_u32), ##__VA_ARGS__ : ALL_REGS)

#endif
