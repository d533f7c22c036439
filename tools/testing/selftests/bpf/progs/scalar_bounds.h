/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs that compute an index into an array of 64 bytes from two unknown numbers, r7 and
 * r8, which no constant bounds: CHECKED(code) reads there.
 */
#define __naked __attribute__((naked))

#define SIZE 64

/* Nothing lies behind them in their map. */
char bytes[SIZE] SEC(".data.bytes");

#define CHECKED(code)							\
	asm volatile("r6 = %[bytes] ll;"				\
		     "call %[random]; r7 = r0; call %[random]; r8 = r0;"	\
		     code						\
		     "r6 += r7; r0 = *(u8 *)(r6 + 0); 9: r0 = 0; exit;"	\
		     : : [bytes] "i"(&bytes), [random] "i"(bpf_get_prandom_u32),	\
		       [cpu] "i"(bpf_get_smp_processor_id)		\
		     : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "memory")
