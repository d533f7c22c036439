// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* With BPF_F_TEST_RND_HI32 an insn that defines the lower half of a register leaves some
 * number in the upper one, unless somebody is known to read it. All return 0, for packets
 * of any length.
 */
#include "precise.h"

#define NR_CALLS 10

/* What they read is not seen where they are called. */
__weak long upper_of_first(unsigned long first)
{
	return first >> 32;
}

__weak long upper_of_last(long a, long b, long c, long d, unsigned long last)
{
	return last >> 32;
}

SEC("tc")
__naked int first_argument(void)
{
	INSNS("w1 = 5; call upper_of_first; exit;");
}

SEC("tc")
__naked int last_argument(void)
{
	INSNS("r1 = 0; r2 = 0; r3 = 0; r4 = 0;"
	      "w5 = -5;"
	      "call upper_of_last;"
	      "exit;");
}

SEC("tc")
__naked int computed_argument(void)
{
	INSNS("r1 = *(u32 *)(r1 + 0);"
	      "w1 *= 3;"
	      "call upper_of_first;"
	      "exit;");
}

/* The path of long packets ends where the other one came by. */
SEC("tc")
__naked int pruned_argument(void)
{
	INSNS("r2 = *(u32 *)(r1 + 0);"
	      "if r2 > 100 goto 1f;"
	      "w6 = 5;"
	      "goto 2f;"
	"1:"  "w6 = 6;"
	"2:"  STATE
	      "r1 = r6;"
	      "call upper_of_first;"
	      "exit;");
}

STATIC __naked int pass_on(void)
{
	INSNS("call upper_of_first; exit;");
}

SEC("tc")
__naked int argument_passed_on(void)
{
	INSNS("w1 = 5; call pass_on; exit;");
}

STATIC __naked int count_to_end(void)
{
	INSNS("r1 = *(u64 *)(r2 + 0);"
	      "r1 += 1;"
	      "*(u64 *)(r2 + 0) = r1;"
	      "w0 = 0;"
	      "exit;");
}

/* A callback that returns anything but 0 is not called any more. */
SEC("tc")
__naked int callback_result(void)
{
	INSNS("*(u64 *)(r10 - 8) = 0;"
	      "r1 = %[nr_calls];"
	      "r2 = %[count_to_end] ll;"
	      "r3 = r10;"
	      "r3 += -8;"
	      "r4 = 0;"
	      "call %[bpf_loop];"
	      "r0 = *(u64 *)(r10 - 8);"
	      "r0 -= %[nr_calls];"
	      "exit;", HELPER(bpf_loop), [count_to_end]"i"(count_to_end), [nr_calls]"i"(NR_CALLS));
}
