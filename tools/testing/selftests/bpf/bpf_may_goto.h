/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#pragma once

/*
 * may_goto loops: the verifier need not know how often they go round, because the kernel
 * ends them, and says so on stderr of the program, after 250 ms, or after BPF_MAX_LOOPS
 * (2^23) iterations where it has no clock for them. All loops of one call of a function
 * have one limit together.
 *
 *	for (e = head; e && can_loop; e = e->next)
 *		sum += e->value;
 *
 *	while (true) {
 *		if (found(pos++))
 *			break;
 *		cond_break;
 *	}
 *
 * See Documentation/bpf/loops.rst.
 */

/* Jump to the label if loops went round for too long. The compiler knows it from clang 19 on. */
#ifdef __BPF_FEATURE_MAY_GOTO
#define cond_break_label(label) asm volatile goto("may_goto %l0" : : : : label)
#elif __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define cond_break_label(label)						\
	asm volatile goto("1: .byte 0xe5, 0;"				\
			  ".long ((%l0 - 1b - 8) / 8) & 0xffff;"	\
			  ".short 0" : : : : label)
#else
#define cond_break_label(label)						\
	asm volatile goto("1: .byte 0xe5, 0;"				\
			  ".long (((%l0 - 1b - 8) / 8) & 0xffff) << 16;"\
			  ".short 0" : : : : label)
#endif

/* False if loops went round for too long; for use in the condition of a loop */
#define can_loop							\
	({								\
		__label__ __over;					\
		bool __go_on = false;					\
									\
		cond_break_label(__over);				\
		__go_on = true;						\
	__over:;							\
		__go_on;						\
	})

/* Leave the loop if loops went round for too long; for use in the body of a loop */
#define cond_break							\
	({								\
		if (!can_loop)						\
			break;						\
	})
