/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _KERNEL_BPF_ARENA_MEM_H
#define _KERNEL_BPF_ARENA_MEM_H

#include <linux/bpf_arena.h>
#include <linux/gfp.h>
#include <linux/irq_work.h>
#include <linux/pgtable.h>

#include "arena.h"

/* Reclaims as long as it helps, and then fails: callers cope with that */
#define ARENA_GFP (GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

static inline unsigned long arena_kern_addr(struct bpf_arena *arena, u32 slot)
{
	return bpf_arena_get_kern_vm_start(arena) + (u32)arena_user_addr(arena, slot);
}

/* The tables of PMDs exist as long as the arena does */
static inline pmd_t *arena_pmd(struct bpf_arena *arena, unsigned long addr)
{
	return arena->pmds[(addr - bpf_arena_get_kern_vm_start(arena)) / PUD_SIZE] +
	       pmd_index(addr);
}

/* See that arena_release() is called. Any context. */
static inline void arena_kick(struct bpf_arena *arena)
{
	irq_work_queue(&arena->irq_work);
}

/* Any context. It is arena_settle() that gives it to the memcg. */
void arena_uncharge(struct bpf_arena *arena, u32 nr);
void arena_settle(struct bpf_arena *arena);

/* Zeroed and paid for; returns how many of @nr there are. Any context if not @may_sleep. */
u32 arena_get_pages(struct bpf_arena *arena, bool may_sleep, int nid, struct page **pages,
		    u32 nr);
/* Frees those that are not NULL; any context. */
void arena_drop_pages(struct bpf_arena *arena, struct page **pages, u32 nr);
/* Those on a list, not uncharged. A page that is pinned stays with whoever pinned it. */
void arena_put_pages(struct list_head *pages);

/* The address space, the tables of PMDs, the index and the file */
int arena_mem_init(struct bpf_arena *arena);
/* Undoes what there is of the above, and frees all pages. Nobody else is left. */
void arena_mem_exit(struct bpf_arena *arena);

#endif /* _KERNEL_BPF_ARENA_MEM_H */
