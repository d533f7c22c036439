/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __TABLE_H
#define __TABLE_H

/* What lies in the arena, for the program and for user space */
#include <bpf/bpf_arena_malloc.h>

#define BUCKETS 16	/* few, for long chains */

struct elem {
	struct elem __arena *next;
	__u64 key;
	__u64 count;
};

/* A list of system calls, which user space makes and the program walks */
struct call {
	struct call __arena *next;
	__u64 nr;
};

/*
 * Programs insert at the head of a chain, each with a compare-and-exchange, on all CPUs at
 * once. User space takes whole chains out with an exchange. A program that was there before
 * may still use such a chain: it is in one of users[], and nothing is freed before each of
 * the two was seen at 0. New ones enter by the other one, so that this comes to pass.
 */
struct table {
	struct elem __arena *buckets[BUCKETS];
	__u64 users[2];
	__u64 phase;	/* which of users[] is for those who enter */
	__u64 full;	/* calls for which there was no memory */
	struct call __arena *calls;
	struct arena_pool __arena *heap;
};

#define TABLE_KEY(nr, argument) ((__u64)(nr) << 32 | (__u32)(argument))

#endif
