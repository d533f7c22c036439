/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_TEST_H
#define __ARENA_TEST_H

/*
 * What a program is told to do with an arena, and what came of it. The tests
 * fill an array of these and let a program run it.
 */
enum arena_op_kind {
	OP_ALLOC,	/* result: the address */
	OP_FREE,
	OP_RESERVE,	/* err */
	OP_LOAD,	/* seen: what is at the address */
	OP_STORE,	/* of flags, at the address */
	OP_LOAD_LOW,	/* a byte, 32768 below the address */
	OP_STORE_LOW,
	OP_LOAD_HIGH,	/* a byte, 32767 above the address */
	OP_STORE_HIGH,
	OP_ALLOC_STAMP,	/* seen: the first and last page before they are stamped */
	OP_FREE_LOAD,	/* seen: what is there afterwards */
};

struct arena_op {
	__u32 kind;
	__u32 cnt;
	__s32 node;
	__s32 err;
	__u64 flags;
	__u64 addr;
	__u64 result;
	__u64 seen;
};

#define ARENA_MAX_OPS 256
#define ARENA_STAMP 0x5741505f45564f4cULL
#define ARENA_PAGE 4096ULL

#ifdef __BPF__
#define __arena __attribute__((address_space(1)))
#define __noinline_global __weak __attribute__((noinline))

void __arena *bpf_arena_alloc_pages(void *map, void __arena *addr, __u32 page_cnt, int node_id,
				    __u64 flags) __ksym __weak;
void bpf_arena_free_pages(void *map, void __arena *ptr, __u32 page_cnt) __ksym __weak;
int bpf_arena_reserve_pages(void *map, void __arena *ptr, __u32 page_cnt) __ksym __weak;

/* Its size and place are for the user side to say. */
#define DEFINE_ARENA()					\
	struct {					\
		__uint(type, 33);			\
		__uint(map_flags, BPF_F_MMAPABLE);	\
		__uint(max_entries, 1);			\
	} arena SEC(".maps")

#define arena_ptr(addr) ((void __arena *)(unsigned long)(addr))
#define arena_word(addr) (*(volatile __u64 __arena *)arena_ptr(addr))
#endif

#endif
