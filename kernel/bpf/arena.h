/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _KERNEL_BPF_ARENA_H
#define _KERNEL_BPF_ARENA_H

#include <linux/bpf.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/pgtable.h>
#include <linux/workqueue.h>

#include "arena_index.h"
#include "arena_lock.h"

/* Frees that wait for the lock in arena_release() */
#define ARENA_MAX_LATER		64

/*
 * Memory that BPF programs and processes share: up to 4 GiB of address space,
 * populated page by page. "Slot" n is the page at offset n * PAGE_SIZE of the
 * window that user space maps, and the low 32 bits of its address are the same
 * on both sides:
 *
 *   kernel  |guard|. . . . . . . [ window ] . . . . . . . . .|guard|
 *                 ^kern_vm_start  |slot 0                    ^+ 4 GiB
 *   user    ..... [ window ] .....
 *                 ^user_vm_start, low 32 bits as above
 *
 * The life of a slot, as told by its bit in the index and its kernel PTE:
 *
 *   free       0, none
 *   reserved   1, none             allocated, no page yet; a fault may be faster
 *   populated  1, present
 *   retired    1, present          freed, page_private() set, on arena->retired
 *   leaving    1, PTE_LEAVING      unmapped, TLBs not flushed everywhere
 *
 * A page is given back, and then its slot, only once no translation to it is
 * left on any CPU. Freeing needs no memory for that: what is retired is linked
 * through its struct page. To retire is possible in any context; arena_release()
 * does the rest, and may sleep.
 *
 * Locks, from the outside in: mmap_lock, unmap_mutex, i_mmap_rwsem, page table
 * lock; arena->lock is innermost and any context may ask for it, see arena_lock().
 */
struct bpf_arena {
	struct bpf_map map;
	u64 user_vm_start;		/* set once, under mmap_mutex */
	u64 user_vm_end;		/* before user_vm_start */
	struct vm_struct *kern_vm;
	struct list_head areas;		/* all that have a kern_vm, see arena_mem.c */
	kuid_t creator;
	struct file *file;		/* of all VMAs: its mapping finds them */
	struct obj_cgroup *objcg;	/* who pays, or NULL */

	struct arena_lock lock;		/* and the kernel PTEs */
	struct arena_index index;	/* under lock */
	struct list_head retired;	/* under lock, through page->lru */
	bool null_kept;			/* under lock, see arena_keep_null() */
	/* Written under lock, and read without */
	u32 nr_retired;
	u32 nr_pages;			/* those that leave included */
	u32 nr_tables;			/* none goes before the map */
	u32 nr_pmd_tables;		/* of these: the ones below, each for PUD_SIZE */
	pmd_t *pmds[4];			/* from kern_vm_start on; set once */

	/* Ranges to retire, slot << 32 | cnt or 0: any context adds, xchg() takes */
	atomic64_t later[ARENA_MAX_LATER];
	u32 any_later;			/* set after one is added, cleared before a look */
	atomic_t debt;			/* pages to charge, to uncharge if negative */
	atomic_t frees_dropped;		/* calls */
	struct mutex unmap_mutex;	/* leaving, being mapped by a fault, or uncharged */
	struct mutex mmap_mutex;
	struct irq_work irq_work;	/* queues work */
	struct work_struct work;	/* releases what is retired, settles debt */
};

static inline struct bpf_arena *map_to_arena(const struct bpf_map *map)
{
	return container_of(map, struct bpf_arena, map);
}

/* Slots that exist, 0 as long as the window is not known */
static inline u32 arena_slots(const struct bpf_arena *arena)
{
	/* Pairs with arena_set_window() */
	u64 start = smp_load_acquire(&arena->user_vm_start);

	if (!start)
		return 0;
	return min_t(u64, (arena->user_vm_end - start) >> PAGE_SHIFT,
		     arena->map.max_entries);
}

/* Beyond what arena_slots() returns, if @addr is not in the window */
static inline u32 arena_slot(const struct bpf_arena *arena, unsigned long addr)
{
	return (u32)(addr - arena->user_vm_start) >> PAGE_SHIFT;
}

static inline u64 arena_user_addr(const struct bpf_arena *arena, u32 slot)
{
	return arena->user_vm_start + ((u64)slot << PAGE_SHIFT);
}

/* arena_pages.c: the slots and their pages */

int arena_pages_init(struct bpf_arena *arena);
/* Undoes what there is of the above, and frees all pages. Nobody else is left. */
void arena_pages_exit(struct bpf_arena *arena);

/* The window begins at @start. Take all slots from @slots on, for good: it ends there. */
void arena_limit_slots(struct bpf_arena *arena, u64 start, u32 slots);

/*
 * Take @cnt slots from @slot, or where they are free if that is negative. Any
 * context, unless @may_sleep.
 */
long arena_take_slots(struct bpf_arena *arena, long slot, u32 cnt, bool may_sleep);

/* The same, with pages */
long arena_alloc_slots(struct bpf_arena *arena, long slot, u32 cnt, int nid,
		       bool may_sleep);

/* The pages are gone when this returns if @may_sleep, and soon if not. */
void arena_free_slots(struct bpf_arena *arena, u32 slot, u32 cnt, bool may_sleep);

/* Map the page to user space, a new one if there is none and it may be. */
vm_fault_t arena_fault_slot(struct bpf_arena *arena, struct vm_fault *vmf);

#endif /* _KERNEL_BPF_ARENA_H */
