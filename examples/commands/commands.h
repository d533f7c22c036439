/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __COMMANDS_H
#define __COMMANDS_H

/*
 * What goes over the two rings. A command is a header and the body of its type; each one
 * has a reply.
 */
enum command_type { COUNT = 1, LIMIT, REPORT };

struct command {
	__u32 type;
	__u32 id;	/* for the reply */
};

struct count {	/* begin to count this system call of this process */
	__u32 nr;
	__u32 tgid;
};

struct limit {	/* and count no further than this */
	__u64 max;
};

/* REPORT has no body. */

struct reply {
	__u32 id;
	__s32 err;	/* 0 or a negative error number */
	__u64 value;	/* of a report */
};

#endif
