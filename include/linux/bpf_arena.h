/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _LINUX_BPF_ARENA_H
#define _LINUX_BPF_ARENA_H

#include <linux/types.h>

struct bpf_arena;
struct bpf_map;

#if defined(CONFIG_BPF_SYSCALL) && defined(CONFIG_MMU) && defined(CONFIG_64BIT)
/*
 * The kernel address of arena offset 0: what a program sees as the 32-bit
 * pointer p is the byte at bpf_arena_get_kern_vm_start() + (u32)p. 0 without
 * an arena.
 */
u64 bpf_arena_get_kern_vm_start(struct bpf_arena *arena);

/* Where user space has it, 0 as long as that is not decided. */
u64 bpf_arena_get_user_vm_start(struct bpf_arena *arena);
#else
static inline u64 bpf_arena_get_kern_vm_start(struct bpf_arena *arena)
{
	return 0;
}

static inline u64 bpf_arena_get_user_vm_start(struct bpf_arena *arena)
{
	return 0;
}
#endif

/*
 * What bpf_arena_alloc_pages() and bpf_arena_free_pages() are where the caller
 * may sleep: the verifier replaces the target of a call by these.
 */
void *bpf_arena_alloc_pages_sleepable(struct bpf_map *map, void *addr,
				      u32 page_cnt, int node_id, u64 flags);
void bpf_arena_free_pages_sleepable(struct bpf_map *map, void *ptr,
				    u32 page_cnt);

#endif /* _LINUX_BPF_ARENA_H */
