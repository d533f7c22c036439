// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/hardirq.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/pgalloc.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/timekeeping.h>

#include <asm/tlbflush.h>

#include "arena_mem.h"

/* The slots of an arena and their pages: struct bpf_arena explains their life. */

/* Pages allocated, and released, in one go */
#define ARENA_ALLOC_BATCH	32
#define ARENA_RELEASE_BATCH	256

/*
 * Steps of one hold of the lock: pages retired, tables looked for where there is
 * none, and slots that the index gets back one by one
 */
#define ARENA_RETIRE_BATCH	128
#define ARENA_MISSING_BATCH	128
#define ARENA_FREE_BATCH	16

/* ---- Page tables ---- */

/* Neither none nor present: no one may map anything here */
#define PTE_LEAVING swp_entry_to_pte(swp_entry(0, 1))

/* NULL without a table */
static pte_t *arena_pte(struct bpf_arena *arena, unsigned long addr)
{
	pmd_t *pmd = arena_pmd(arena, addr);

	return pmd_none(READ_ONCE(*pmd)) ? NULL : pte_offset_kernel(pmd, addr);
}

/* How many of @cnt slots from @slot have their PTEs in one table */
static u32 arena_in_table(struct bpf_arena *arena, u32 slot, u32 cnt)
{
	u32 left = PTRS_PER_PTE - pte_index(arena_kern_addr(arena, slot));

	return min(cnt, left);
}

/* ---- The lock ---- */

/*
 * The lock of an arena where it is not free.
 *
 * A raw_spinlock_t does not do. To queue for it cannot be given up, but a program
 * has to give up if it is on top of the owner, in an NMI say, or if the owner waits
 * for what the program holds: a program in an NMI on top of the owner wants a
 * bpf_spin_lock, and another one holds that and wants this lock. And to try it
 * fails as long as anyone queues.
 *
 * So all try. Whoever has done so for ARENA_PATIENCE counts as starving, and as long
 * as anyone does, only the starving try. Sections are short, and each of them that a
 * starving one has makes one less, so that it has to wait for one section of each
 * other CPU at most:
 *
 *   CPU0 (owner, again and again)     CPU1 (waits)
 *
 *   owner = 1
 *                                     tries, in vain, for ARENA_PATIENCE
 *                                     starving++
 *   owner = 0
 *   sees starving, does not try       owner = 2
 *                                     starving--
 *
 * Nothing here can be traced or probed: what ran on top of a starving waiter would
 * wait for that. An NMI on top of one does not wait for the starving.
 */

#define ARENA_PATIENCE		((s64)NSEC_PER_MSEC)

/* The longest wait of mainline's resilient locks, in ns */
#define ARENA_LOCK_TIMEOUT	((s64)NSEC_PER_SEC / 4)

/* To read the clock takes long on some machines: tries between two looks at it */
#define ARENA_TRIES		128

static __always_inline bool arena_may_try(const struct arena_lock *lock, bool starving)
{
	if (atomic_read(&lock->owner))
		return false;
	return starving || in_nmi() || !atomic_read(&lock->starving);
}

static __always_inline bool arena_is_owner(const struct arena_lock *lock)
{
	return atomic_read(&lock->owner) == raw_smp_processor_id() + 1;
}

/* With interrupts on, if they may be: a starving one keeps all others waiting. */
static __always_inline void arena_relax(unsigned long *flags, bool irqs)
{
	if (irqs)
		local_irq_restore(*flags);
	cpu_relax();
	if (irqs)
		local_irq_save(*flags);
}

notrace bool arena_lock_slow(struct arena_lock *lock, unsigned long *flags, bool may_sleep)
{
	bool starving = false, locked = false;
	u64 start = ktime_get_mono_fast_ns();
	u32 tries = 0;
	s64 waited;

	while (!arena_is_owner(lock)) {
		locked = arena_may_try(lock, starving) && __arena_lock_try(lock);
		if (locked)
			break;
		if (!(++tries % ARENA_TRIES)) {
			waited = ktime_get_mono_fast_ns() - start;
			if (waited > ARENA_LOCK_TIMEOUT && !may_sleep)
				break;
			if (waited > ARENA_PATIENCE && !starving) {
				starving = true;
				atomic_inc(&lock->starving);
			}
		}
		arena_relax(flags, may_sleep && !starving);
	}
	if (starving)
		atomic_dec(&lock->starving);
	if (!locked)
		local_irq_restore(*flags);
	return locked;
}

NOKPROBE_SYMBOL(arena_lock_slow);

/* ---- The index ---- */

/*
 * In a window that begins at a multiple of 4 GiB, a program's pointer to the first page
 * is 0: the program takes that for NULL, and so do the conversion to an address of user
 * space and a free. So this page is given to those who ask for it, and to others only if
 * it is the last one. While its slot is free, it is kept: marked as taken.
 */
static void arena_keep_null(struct bpf_arena *arena)
{
	arena_index_take(&arena->index, 0, 1);
	arena->null_kept = true;
}

static void arena_release_slots(struct bpf_arena *arena, u32 slot, u32 cnt)
{
	arena_index_release(&arena->index, slot, cnt);
	if (unlikely(!slot) && cnt && !(u32)arena->user_vm_start)
		arena_keep_null(arena);
}

static bool arena_is_taken(struct bpf_arena *arena, u32 slot)
{
	return arena_index_test(&arena->index, slot) && !(arena->null_kept && !slot);
}

static long arena_find_slots(struct bpf_arena *arena, long slot, u32 cnt)
{
	if (slot < 0)
		return arena_index_find(&arena->index, cnt);
	return arena_index_is_free(&arena->index, slot, cnt) ? slot : -EBUSY;
}

/* The same with the slot that is kept */
static long arena_find_with_null(struct bpf_arena *arena, long slot, u32 cnt)
{
	arena_index_release(&arena->index, 0, 1);
	arena->null_kept = false;
	slot = arena_find_slots(arena, slot, cnt);
	if (slot)
		arena_keep_null(arena);
	return slot;
}

/* ---- Retire: what a free does in any context ---- */

/* Returns whether the caller is to see that arena_release() is called */
static bool arena_retire_page(struct bpf_arena *arena, struct page *page, u32 slot)
{
	if (page_private(page))
		return false;
	/* arena_fault_insert() looks at it without the lock */
	WRITE_ONCE(page->private, 1);
	page->index = slot;
	list_add_tail(&page->lru, &arena->retired);
	WRITE_ONCE(arena->nr_retired, arena->nr_retired + 1);
	return arena->nr_retired == 1;
}

/* Free slots of one table, with the lock held. Returns as above. */
static bool arena_retire_in_table(struct bpf_arena *arena, u32 slot, u32 cnt)
{
	pte_t *pte = arena_pte(arena, arena_kern_addr(arena, slot));
	u32 i, none = 0;	/* slots just before i without a page */
	bool first = false;

	for (i = 0; i < cnt; i++, pte++) {
		if (pte_none(*pte)) {
			none++;
			continue;
		}
		arena_release_slots(arena, slot + i - none, none);
		none = 0;
		if (pte_present(*pte))
			first |= arena_retire_page(arena, pte_page(*pte), slot + i);
	}
	arena_release_slots(arena, slot + i - none, none);
	return first;
}

/* How many of @cnt slots from @slot have no table, with the lock held */
static u32 arena_without_table(struct bpf_arena *arena, u32 slot, u32 cnt)
{
	u32 tables, n = 0;

	for (tables = 0; n < cnt && tables < ARENA_MISSING_BATCH; tables++) {
		if (arena_pte(arena, arena_kern_addr(arena, slot + n)))
			break;
		n += arena_in_table(arena, slot + n, cnt - n);
	}
	return n;
}

/* Free as many of @cnt slots as one section has time for, and say how many. */
static u32 arena_retire_some(struct bpf_arena *arena, u32 slot, u32 cnt, bool *first)
{
	u32 n = arena_without_table(arena, slot, cnt);

	if (n) {
		arena_release_slots(arena, slot, n);
		return n;
	}
	n = arena_in_table(arena, slot, min_t(u32, cnt, ARENA_RETIRE_BATCH));
	*first |= arena_retire_in_table(arena, slot, n);
	return n;
}

/* Leave a range to arena_release(), where the lock cannot be had. */
static void arena_retire_later(struct bpf_arena *arena, u32 slot, u32 cnt)
{
	u64 range = (u64)slot << 32 | cnt;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(arena->later); i++) {
		if (!atomic64_cmpxchg(&arena->later[i], 0, range)) {
			/* Pairs with arena_retire_deferred(): the range comes first */
			smp_store_release(&arena->any_later, 1);
			arena_kick(arena);
			return;
		}
	}
	atomic_inc(&arena->frees_dropped);
}

/* Returns whether to see that arena_release() is called. */
static bool arena_retire(struct bpf_arena *arena, u32 slot, u32 cnt, bool may_sleep)
{
	bool first = false;
	unsigned long flags;
	u32 n;

	for (; cnt; slot += n, cnt -= n) {
		if (!arena_lock(&arena->lock, &flags, may_sleep)) {
			arena_retire_later(arena, slot, cnt);
			break;
		}
		n = arena_retire_some(arena, slot, cnt, &first);
		arena_unlock(&arena->lock, flags);
	}
	return first;
}

static void arena_retire_deferred(struct bpf_arena *arena)
{
	u64 range;
	u32 i;

	/* What comes later has arena_release() called again */
	if (likely(!READ_ONCE(arena->any_later)))
		return;
	/* Pairs with arena_retire_later() */
	xchg(&arena->any_later, 0);
	for (i = 0; i < ARRAY_SIZE(arena->later); i++) {
		if (!atomic64_read(&arena->later[i]))
			continue;
		range = atomic64_xchg(&arena->later[i], 0);
		arena_retire(arena, range >> 32, (u32)range, true);
	}
}

/* ---- Populate ---- */

/* See that there is a table for the PTE of @slot. */
static bool arena_get_table(struct bpf_arena *arena, bool may_sleep, u32 slot)
{
	pmd_t *pmd = arena_pmd(arena, arena_kern_addr(arena, slot));
	unsigned long flags;
	struct page *page;

	if (likely(!pmd_none(READ_ONCE(*pmd))))
		return true;
	if (!arena_get_pages(arena, may_sleep, NUMA_NO_NODE, &page, 1))
		return false;

	if (arena_lock(&arena->lock, &flags, may_sleep)) {
		if (pmd_none(*pmd)) {
			/* Others walk without the lock: zeros first */
			smp_wmb();
			pmd_populate_kernel(&init_mm, pmd, page_address(page));
			WRITE_ONCE(arena->nr_tables, arena->nr_tables + 1);
			page = NULL;
		}
		arena_unlock(&arena->lock, flags);
	}
	arena_drop_pages(arena, &page, 1);
	return !pmd_none(READ_ONCE(*pmd));
}

/* With the lock held */
static void arena_map_page(struct bpf_arena *arena, unsigned long addr, pte_t *pte,
			   struct page *page)
{
	set_pte_at(&init_mm, addr, pte, mk_pte(page, PAGE_KERNEL));
	WRITE_ONCE(arena->nr_pages, arena->nr_pages + 1);
}

/*
 * Map pages to slots of one table. A fault may have been faster, or the slot is
 * not the caller's any more, if the program frees what it is still allocating.
 */
static bool arena_map_pages(struct bpf_arena *arena, bool may_sleep, u32 slot,
			    struct page **pages, u32 nr)
{
	unsigned long addr = arena_kern_addr(arena, slot), flags;
	pte_t *pte = arena_pte(arena, addr);
	u32 i, mapped = 0;
	bool locked;

	locked = arena_lock(&arena->lock, &flags, may_sleep);
	if (locked) {
		for (i = 0; i < nr; i++, pte++, addr += PAGE_SIZE) {
			if (!pte_none(*pte) || !arena_is_taken(arena, slot + i))
				continue;
			arena_map_page(arena, addr, pte, pages[i]);
			pages[i] = NULL;
			mapped++;
		}
		arena_unlock(&arena->lock, flags);
	}
	if (unlikely(mapped < nr))
		arena_drop_pages(arena, pages, nr);
	return locked;
}

static int arena_populate(struct bpf_arena *arena, bool may_sleep, int nid, u32 slot, u32 cnt)
{
	struct page *pages[ARENA_ALLOC_BATCH];
	u32 n;

	for (; cnt; slot += n, cnt -= n) {
		if (!arena_get_table(arena, may_sleep, slot))
			return -ENOMEM;
		n = arena_in_table(arena, slot, min_t(u32, cnt, ARENA_ALLOC_BATCH));
		n = arena_get_pages(arena, may_sleep, nid, pages, n);
		if (!n)
			return -ENOMEM;
		if (!arena_map_pages(arena, may_sleep, slot, pages, n))
			return -EBUSY;
	}
	return 0;
}

/* ---- Release ---- */

struct arena_batch {
	struct list_head pages;
	u32 nr;
	u32 first;
	u32 last;
};

/* Unmap some of what is retired in the kernel. */
static void arena_unmap_retired(struct bpf_arena *arena, struct arena_batch *batch)
{
	unsigned long flags, addr;
	struct page *page;

	arena_lock(&arena->lock, &flags, true);
	while (batch->nr < ARENA_RELEASE_BATCH && !list_empty(&arena->retired)) {
		page = list_first_entry(&arena->retired, struct page, lru);
		list_move_tail(&page->lru, &batch->pages);
		addr = arena_kern_addr(arena, page->index);
		set_pte_at(&init_mm, addr, arena_pte(arena, addr), PTE_LEAVING);
		batch->first = min_t(u32, batch->first, page->index);
		batch->last = max_t(u32, batch->last, page->index);
		batch->nr++;
	}
	WRITE_ONCE(arena->nr_retired, arena->nr_retired - batch->nr);
	arena_unlock(&arena->lock, flags);
}

/*
 * Unmap them from all processes, row by row. While unmap_mutex is held, a process
 * gets one only by a fork (after MADV_DOFORK) of another that has it, so those that
 * none has can be left out. One that is just being unmapped there is kept by the
 * mmu_gather until the TLBs are flushed.
 */
static void arena_zap(struct bpf_arena *arena, struct arena_batch *batch)
{
	u32 start = 0, nr = 0;
	struct page *page;

	list_for_each_entry(page, &batch->pages, lru) {
		if (!page_mapped(page))
			continue;
		if (nr && page->index == start + nr) {
			nr++;
			continue;
		}
		if (nr)
			unmap_mapping_pages(arena->file->f_mapping, start, nr, false);
		start = page->index;
		nr = 1;
	}
	if (nr)
		unmap_mapping_pages(arena->file->f_mapping, start, nr, false);
}

/* The lock is given back now and then: all of this is gone for everyone else. */
static void arena_free_batch(struct bpf_arena *arena, struct arena_batch *batch)
{
	struct page *page = list_first_entry(&batch->pages, struct page, lru);
	unsigned long flags, addr;
	u32 left = batch->nr, n;

	while (left) {
		n = min_t(u32, left, ARENA_FREE_BATCH);
		left -= n;
		arena_lock(&arena->lock, &flags, true);
		WRITE_ONCE(arena->nr_pages, arena->nr_pages - n);
		for (; n; n--, page = list_next_entry(page, lru)) {
			addr = arena_kern_addr(arena, page->index);
			pte_clear(&init_mm, addr, arena_pte(arena, addr));
			arena_release_slots(arena, page->index, 1);
		}
		arena_unlock(&arena->lock, flags);
	}
}

/* Returns how many were released. With unmap_mutex held. */
static u32 arena_release_batch(struct bpf_arena *arena)
{
	struct arena_batch batch = {
		.pages = LIST_HEAD_INIT(batch.pages),
		.first = U32_MAX,
	};

	arena_unmap_retired(arena, &batch);
	if (!batch.nr)
		return 0;
	arena_zap(arena, &batch);
	flush_tlb_kernel_range(arena_kern_addr(arena, batch.first),
			       arena_kern_addr(arena, batch.last) + PAGE_SIZE);
	arena_free_batch(arena, &batch);
	arena_put_pages(&batch.pages);
	arena_uncharge(arena, batch.nr);
	return batch.nr;
}

/*
 * Complete all frees so far, oldest first. Returns whether there are later ones.
 * A fault maps a page to user space with the mutex held, too: either before the
 * page is zapped, or it does not find it.
 *
 * No lock of a process is taken, since the caller may be a program in a hook
 * that holds mmap_lock.
 */
static bool arena_release(struct bpf_arena *arena)
{
	u32 left, nr;

	arena_retire_deferred(arena);
	left = READ_ONCE(arena->nr_retired);
	do {
		mutex_lock(&arena->unmap_mutex);
		nr = arena_release_batch(arena);
		mutex_unlock(&arena->unmap_mutex);
		left -= min(nr, left);
	} while (nr && left);
	arena_settle(arena);
	return READ_ONCE(arena->nr_retired);
}

/* The same, and what comes later is left to the work. */
static void arena_release_now(struct bpf_arena *arena)
{
	if (arena_release(arena))
		arena_kick(arena);
}

/* Does not queue the irq_work, see arena_pages_exit(). */
static void arena_work(struct work_struct *work)
{
	struct bpf_arena *arena = container_of(work, struct bpf_arena, work);

	if (arena_release(arena))
		schedule_work(work);
}

static void arena_irq_work(struct irq_work *irq_work)
{
	schedule_work(&container_of(irq_work, struct bpf_arena, irq_work)->work);
}

/* ---- Slots ---- */

void arena_free_slots(struct bpf_arena *arena, u32 slot, u32 cnt, bool may_sleep)
{
	bool first = arena_retire(arena, slot, cnt, may_sleep);

	if (may_sleep)
		arena_release_now(arena);
	else if (first)
		arena_kick(arena);
}

long arena_take_slots(struct bpf_arena *arena, long slot, u32 cnt, bool may_sleep)
{
	unsigned long flags;
	long found;

	if (!arena_lock(&arena->lock, &flags, may_sleep))
		return -EBUSY;
	found = arena_find_slots(arena, slot, cnt);
	if (found < 0 && arena->null_kept && slot <= 0)
		found = arena_find_with_null(arena, slot, cnt);
	if (found >= 0)
		arena_index_take(&arena->index, found, cnt);
	arena_unlock(&arena->lock, flags);
	return found;
}

long arena_alloc_slots(struct bpf_arena *arena, long slot, u32 cnt, int nid,
		       bool may_sleep)
{
	int err;

	slot = arena_take_slots(arena, slot, cnt, may_sleep);
	if (slot < 0)
		return slot;
	err = arena_populate(arena, may_sleep, nid, slot, cnt);
	if (err) {
		arena_free_slots(arena, slot, cnt, may_sleep);
		return err;
	}
	return slot;
}

void arena_limit_slots(struct bpf_arena *arena, u64 start, u32 slots)
{
	unsigned long flags;

	arena_lock(&arena->lock, &flags, true);
	arena_index_take(&arena->index, slots, arena->map.max_entries - slots);
	if (!(u32)start)
		arena_keep_null(arena);
	arena_unlock(&arena->lock, flags);
}

/* ---- Faults ---- */

/* The page of @slot, or else *@new, which it takes. With unmap_mutex held. */
static struct page *arena_fault_page(struct bpf_arena *arena, u32 slot, struct page **new)
{
	unsigned long addr = arena_kern_addr(arena, slot), flags;
	pte_t *pte = arena_pte(arena, addr);
	struct page *page = NULL;

	if (!pte)
		return NULL;
	arena_lock(&arena->lock, &flags, true);
	if (pte_present(*pte)) {
		page = pte_page(*pte);
	} else if (*new) {
		page = *new;
		*new = NULL;
		arena_index_take(&arena->index, slot, 1);
		if (!slot)
			arena->null_kept = false;
		arena_map_page(arena, addr, pte, page);
	}
	arena_unlock(&arena->lock, flags);
	return page;
}

/*
 * Nothing in here reclaims memory: arena_release() waits for the mutex. The page
 * may be retired at any time, but not leave.
 */
static int arena_fault_insert(struct bpf_arena *arena, struct vm_fault *vmf,
			      struct page **new)
{
	struct page *page;
	int err = -ENOENT;

	mutex_lock(&arena->unmap_mutex);
	page = arena_fault_page(arena, vmf->pgoff, new);
	if (page && READ_ONCE(page->private))
		err = -EAGAIN;
	else if (page)
		err = vm_insert_page(vmf->vma, vmf->address & PAGE_MASK, page);
	mutex_unlock(&arena->unmap_mutex);
	return err;
}

static vm_fault_t arena_fault_retry(struct bpf_arena *arena, struct vm_fault *vmf,
				    struct page **new)
{
	int err;

	for (;;) {
		err = arena_fault_insert(arena, vmf, new);
		if (!err || err == -EBUSY)	/* another thread was faster */
			return VM_FAULT_NOPAGE;
		if (err == -EAGAIN) {
			arena_release_now(arena);
			continue;
		}
		if (err != -ENOENT)
			return vmf_error(err);
		if (arena->map.map_flags & BPF_F_SEGV_ON_FAULT ||
		    !arena_get_table(arena, true, vmf->pgoff) ||
		    !arena_get_pages(arena, true, NUMA_NO_NODE, new, 1))
			return VM_FAULT_SIGSEGV;
	}
}

vm_fault_t arena_fault_slot(struct bpf_arena *arena, struct vm_fault *vmf)
{
	struct page *new = NULL;
	vm_fault_t ret;

	/* vm_insert_page() would allocate the table under the mutex */
	if (pte_alloc(vmf->vma->vm_mm, vmf->pmd))
		return VM_FAULT_OOM;

	ret = arena_fault_retry(arena, vmf, &new);
	arena_drop_pages(arena, &new, 1);
	return ret;
}

/* ---- The beginning and the end ---- */

int arena_pages_init(struct bpf_arena *arena)
{
	INIT_LIST_HEAD(&arena->retired);
	mutex_init(&arena->unmap_mutex);
	init_irq_work(&arena->irq_work, arena_irq_work);
	INIT_WORK(&arena->work, arena_work);
	return arena_mem_init(arena);
}

/*
 * The irq_work is queued by programs and faults, of which none is left. The work is
 * queued by the irq_work, which is waited for first, and by itself, which
 * cancel_work_sync() prevents.
 */
void arena_pages_exit(struct bpf_arena *arena)
{
	irq_work_sync(&arena->irq_work);
	cancel_work_sync(&arena->work);
	arena_mem_exit(arena);
}
