// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Scalars that are equal share their bounds. A path on which they are not equal, or the
 * one that is compared has other bounds, must not end at a state where they are. All must
 * be refused; stock 6.1 accepts all and lets them read outside of the value.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "callback.h"

char _license[] SEC("license") = "GPL";

/* R9: a value of 64 bytes, R6 to R8: some number */
#define PROLOGUE					\
	"*(u32 *)(r10 - 4) = 0;"			\
	"r1 = %[values] ll;"				\
	"r2 = r10;"					\
	"r2 += -4;"					\
	"call %[bpf_map_lookup_elem];"			\
	"if r0 == 0 goto 9f;"				\
	"r9 = r0;"					\
	"call %[bpf_get_prandom_u32];"			\
	"r6 = r0;"					\
	"call %[bpf_get_prandom_u32];"			\
	"r8 = r0;"					\
	"call %[bpf_get_prandom_u32];"			\
	"r7 = r0;"					\
	"r1 = 0; r2 = 0; r3 = 0; r4 = 0; r5 = 0;"

/* Here paths come together, far enough from the last state for another one */
#define JOIN						\
	"r1 = r10; r1 = 0; r2 = 0; r3 = 0; r4 = 0; r5 = 0;"	\
	"goto +0; goto +0;"

#define EPILOGUE					\
	"r9 += r8;"					\
	"r0 = *(u8 *)(r9 + 0);"				\
"9:"	"r0 = 0;"					\
	"exit;"

#define PROGRAM(body)								\
	asm volatile(PROLOGUE body EPILOGUE					\
		     :: [values]"i"(&values),					\
			[bpf_map_lookup_elem]"i"(bpf_map_lookup_elem),		\
			[bpf_get_prandom_u32]"i"(bpf_get_prandom_u32)		\
		     : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "memory")

/* R8 is R6 only on the path that is explored first. */
SEC("socket")
__failure __msg("math between map_value pointer and register with unbounded min value")
__attribute__((naked)) int link_missing(void)
{
	PROGRAM("if r7 > 7 goto 1f;"
		"r8 = r6;"
	"1:"	JOIN
		"if r6 > 63 goto 9f;");
}

/* R8 is R6 on both paths, and R6 is compared with another limit. */
SEC("socket")
__failure __msg("invalid access to map value, value_size=64 off=1000 size=1")
__attribute__((naked)) int limit_imprecise(void)
{
	PROGRAM("r8 = r6;"
		"r5 = 63;"
		"if r7 <= 7 goto 1f;"
		"goto 2f;"
	"1:"	"r5 = 1000;"
	"2:"	"r1 = r10; r1 = 0; r2 = 0; r3 = 0; r4 = 0;"
		"goto +0; goto +0;"
		"if r6 > r5 goto 9f;");
}

/* R8 comes from the stack. */
SEC("socket")
__failure __msg("invalid access to map value, value_size=64 off=65535 size=1")
__attribute__((naked)) int link_missing_on_stack(void)
{
	PROGRAM("r6 &= 0xffff;"
		"r8 &= 0xffff;"
		"*(u64 *)(r10 - 16) = r8;"
		"r5 = r6;"
		"if r7 > 7 goto 1f;"
		"*(u64 *)(r10 - 16) = r6;"
	"1:"	JOIN
		"if r6 > 63 goto 9f;"
		"r8 = *(u64 *)(r10 - 16);");
}

/* There are more registers that are equal than the history has room for. */
SEC("socket")
__failure __msg("invalid access to map value, value_size=64 off=65535 size=1")
__attribute__((naked)) int many_links(void)
{
	PROGRAM("r6 &= 0xffff;"
		"r8 &= 0xffff;"
		"if r7 > 7 goto 1f;"
		"r8 = r6;"
	"1:"	"r1 = r10; r1 = r6; r2 = r6; r3 = r6; r4 = r6; r5 = r6;"
		"*(u64 *)(r10 - 16) = r6;"
		"*(u64 *)(r10 - 24) = r6;"
		"goto +0; goto +0;"
		"if r6 > 63 goto 9f;");
}
