/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_FD_H
#define __STREAM_FD_H

#define STREAM_FD_BOTH 3
#define STREAM_FD_FORMAT "writer %u number %u\n"

/* Context of stream_fd_print(): what to print, and the last error. */
struct stream_fd_print {
	__u32 stream;	/* STREAM_FD_BOTH: now one, now the other */
	__u32 count;
	__u32 writer;
	__u32 first;
	__s32 err;
	__u32 pad;
};

#endif
