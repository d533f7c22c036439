/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_REPORT_LIMIT_H
#define __STREAM_REPORT_LIMIT_H

/* With the one in the loop, as many as the kernel tells apart. */
#define REPORT_LIMIT_PLACES 63

/* Context of the program. */
struct report_limit_run {
	__u32 times;	/* faults in the loop */
	__u32 places;	/* whether to fault once in each of the places as well */
};

#endif
