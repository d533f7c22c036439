/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __MISTAKES_H
#define __MISTAKES_H

/* What the programs of mistakes.c get wrong. Calls that return a pointer: is it NULL? */
enum mistake {
	PRINT_STREAM_3,
	PRINT_FLOAT,
	PRINT_FEW_ARGS,
	PRINT_PRECISION,
	PRINT_TOO_LONG,
	ALLOC_MORE_THAN_ALL,
	ALLOC_NONE,
	ALLOC_FLAG,
	ALLOC_AGAIN,
	RESERVE_IN_USE,
	RESERVE_TOO_MANY,
	USE_AFTER_FREE,
	READ_BEYOND_SAMPLE,
	SLICE_BEYOND_SAMPLE,
	DRAIN_FLAG,
	DRAIN_IN_CALLBACK,
	DRAIN_BAD_SAMPLE,
	NR_MISTAKES,
};

#endif
