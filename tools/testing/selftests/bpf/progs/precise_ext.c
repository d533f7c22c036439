// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Replacements of functions of precise_exit.c and precise_null.c: they have to return what
 * the program that they replace may, and their calls are checked like those of any other.
 */
#include "precise.h"

SEC("freplace")
__naked int sock_create_bad(void)
{
	INSNS(R6_IS("0", "5") "r0 = r6; exit;");
}

SEC("freplace")
__naked int sock_create(void)
{
	INSNS(R6_IS("0", "1") "r0 = r6; exit;");
}

SEC("freplace")
__naked int recvmsg4_bad(void)
{
	INSNS(R6_IS("1", "0") "r0 = r6; exit;");
}

__weak int deref(struct word *p)
{
	return p ? p->word : 0;
}

SEC("freplace")
int deref_bad(struct word *p)
{
	INSNS(R6_IS("0", "r0") "r1 = r6; call deref;");
	return 0;
}

SEC("freplace")
int deref_good(struct word *p)
{
	INSNS(R6_IS("0", "0") "r1 = r6; call deref;");
	return 0;
}
