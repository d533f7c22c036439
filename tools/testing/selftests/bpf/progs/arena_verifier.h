/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_VERIFIER_H
#define __ARENA_VERIFIER_H

#define __arena __attribute__((address_space(1)))
#define __arena_tag __attribute__((btf_type_tag("arena")))
#define __arg_arena __attribute__((btf_decl_tag("arg:arena")))

#ifndef BPF_F_MMAPABLE
#define BPF_F_MMAPABLE (1U << 10)
#endif

struct {
	__uint(type, 33); /* BPF_MAP_TYPE_ARENA */
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
	__uint(map_extra, 0x10000000);
} arena SEC(".maps");

/* A program has the arena that it names. */
#define USE_ARENA() asm volatile("" : : "r"(&arena))

struct item {
	long value;
	struct item __arena __arena_tag *next;
};

void __arena *bpf_arena_alloc_pages(void *map, void __arena *addr, __u32 page_cnt, int node_id,
				    __u64 flags) __ksym __weak;
void bpf_arena_free_pages(void *map, void __arena *ptr, __u32 page_cnt) __ksym __weak;
int bpf_arena_reserve_pages(void *map, void __arena *ptr, __u32 page_cnt) __ksym __weak;

/* Some address, which the compiler does not know. */
static __always_inline struct item __arena *item_somewhere(void)
{
	return (struct item __arena *)(unsigned long)bpf_get_prandom_u32();
}

#endif
