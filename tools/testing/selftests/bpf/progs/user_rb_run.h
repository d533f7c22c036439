/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __USER_RB_RUN_H
#define __USER_RB_RUN_H

/*
 * One call of the program "drain" of user_rb.c. What comes after the arguments
 * is 0 before.
 */
struct user_rb_run {
	__u64 flags;
	__u32 stop_after;	/* samples; 0: all there are */
	__u32 wait_after;	/* samples; 0: never */
	__u64 nested;		/* drain from the callback, too */

	__s64 ret;		/* of the helper */
	__u64 calls;
	__u64 bytes;		/* in all samples */
	__u64 longest;		/* bytes in one sample */
	__u64 first;		/* value of the first sample of 8 bytes or more */
	__u64 last;		/* and of the last one */
	__u64 disorder;		/* times a value was not the one before plus 1 */
	__u64 low;		/* least and greatest address of a sample's bytes */
	__u64 high;
	__s64 nested_ret;	/* of a drain from the callback */
};

#endif
