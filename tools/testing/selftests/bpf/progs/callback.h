/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __CALLBACK_H
#define __CALLBACK_H

#include "locks.h"

#define VALUE_SIZE 64

struct value {
	char bytes[VALUE_SIZE];
};

/* A map of its own, so that the message for an access outside names its size */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct value);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} user_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} progs SEC(".maps");

static __always_inline char *value_bytes(void)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&values, &key);

	return value ? value->bytes : 0;
}

/* Some number of calls, which the verifier does not know */
#define SOME() bpf_get_prandom_u32()

#endif
