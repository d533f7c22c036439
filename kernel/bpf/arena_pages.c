// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/anon_inodes.h>
#include <linux/bpf_arena.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pgalloc.h>
#include <linux/pgtable.h>
#include <linux/sizes.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/vmalloc.h>

#include <asm/tlbflush.h>

#include "arena.h"

/* An access is at most 32 KiB from the 4 GiB: the offset is an s16. The rest makes
 * the tables within the arena its own, down from those of PMDs. It costs addresses
 * only.
 */
#define ARENA_GUARD		PUD_SIZE

/* Pages handled in one go: allocated, and released (with the lock held) */
#define ARENA_ALLOC_BATCH	32
#define ARENA_RELEASE_BATCH	256

/* Pages taken where nothing can be charged, and not charged yet, at most */
#define ARENA_MAX_DEBT		128

/* Frees to remember for a CPU that was interrupted in its own section */
#define ARENA_MAX_LATER		16

/* Reclaims as long as it helps, and then fails: who gets NULL copes with it */
#define ARENA_GFP (GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/* A free that came while this CPU was in the section of an arena lock */
struct arena_later {
	struct bpf_arena *arena;
	u32 slot;
	u32 cnt;
};

struct arena_cpu {
	int busy;	/* in such a section, of whichever arena */
	u32 nr;		/* used in later[] */
	struct arena_later later[ARENA_MAX_LATER];
};

static DEFINE_PER_CPU(struct arena_cpu, arena_cpu);

u64 bpf_arena_get_kern_vm_start(struct bpf_arena *arena)
{
	return arena ? (u64)arena->kern_vm->addr + ARENA_GUARD : 0;
}

static unsigned long arena_kern_addr(struct bpf_arena *arena, u32 slot)
{
	return bpf_arena_get_kern_vm_start(arena) + (u32)arena_user_addr(arena, slot);
}

/* ---- Page tables: those of PMDs exist, see arena_alloc_pmds() ---- */

/* Neither none nor present: no one may map anything here */
#define PTE_LEAVING swp_entry_to_pte(swp_entry(0, 1))

static pud_t *arena_pud(unsigned long addr)
{
	return pud_offset(p4d_offset(pgd_offset_k(addr), addr), addr);
}

static pmd_t *arena_pmd(unsigned long addr)
{
	return pmd_offset(arena_pud(addr), addr);
}

/* NULL without a table */
static pte_t *arena_pte(unsigned long addr)
{
	pmd_t *pmd = arena_pmd(addr);

	return pmd_none(READ_ONCE(*pmd)) ? NULL : pte_offset_kernel(pmd, addr);
}

/* How many of @cnt slots from @slot have their PTEs in one table */
static u32 arena_in_table(struct bpf_arena *arena, u32 slot, u32 cnt)
{
	u32 left = PTRS_PER_PTE - pte_index(arena_kern_addr(arena, slot));

	return min(cnt, left);
}

/* ---- The lock ---- */

static void arena_kick(struct bpf_arena *arena)
{
	irq_work_queue(&arena->irq_work);
}

/* Returns whether the caller is to see that arena_release() is called */
static bool arena_retire_page(struct bpf_arena *arena, struct page *page, u32 slot)
{
	bool first = list_empty(&arena->retired);

	if (page_private(page))
		return false;
	set_page_private(page, 1);
	page->index = slot;
	list_add_tail(&page->lru, &arena->retired);
	return first;
}

/* Free slots of one table, with the lock held. Returns as above. */
static bool __arena_retire(struct bpf_arena *arena, u32 slot, u32 cnt)
{
	pte_t *pte = arena_pte(arena_kern_addr(arena, slot));
	bool first = false;
	u32 i;

	if (!pte) {
		arena_index_release(&arena->index, slot, cnt);
		return false;
	}
	for (i = 0; i < cnt; i++, pte++) {
		if (pte_none(*pte))
			arena_index_release(&arena->index, slot + i, 1);
		else if (pte_present(*pte))
			first |= arena_retire_page(arena, pte_page(*pte), slot + i);
	}
	return first;
}

/*
 * lockdep wants locks that are not only for NMI to be tried there. sparse is told
 * nothing of the lock, because arena_lock() may fail.
 */
static void arena_spin_lock(struct bpf_arena *arena)
{
	if (in_nmi()) {
		while (!raw_spin_trylock(&arena->lock))
			cpu_relax();
	} else {
		raw_spin_lock(&arena->lock);
	}
	__release(&arena->lock);
}

static void arena_spin_unlock(struct bpf_arena *arena)
{
	__acquire(&arena->lock);
	raw_spin_unlock(&arena->lock);
}

/* The interrupts are off, and no arena lock is held by this CPU */
static void arena_retire_later(const struct arena_later *later)
{
	struct bpf_arena *arena = later->arena;
	u32 slot = later->slot, left = later->cnt, n;
	bool first = false;

	for (; left; slot += n, left -= n) {
		n = arena_in_table(arena, slot, left);
		arena_spin_lock(arena);
		first |= __arena_retire(arena, slot, n);
		arena_spin_unlock(arena);
	}
	if (first)
		arena_kick(arena);
}

/*
 * Where an NMI, or a kprobe within the section, finds its CPU busy, it has to do
 * without: the lock that it wants may be the one that it interrupted, and if it
 * is another, whoever holds that may wait for the first. Otherwise the lock is
 * only ever waited for while no other is held, by or below the waiter.
 */
static bool arena_lock(struct bpf_arena *arena, unsigned long *flags)
{
	local_irq_save(*flags);
	if (__this_cpu_read(arena_cpu.busy)) {
		local_irq_restore(*flags);
		return false;
	}
	__this_cpu_write(arena_cpu.busy, 1);
	arena_spin_lock(arena);
	return true;
}

/* Does what those that interrupted this section wanted to free. */
static void arena_replay(struct arena_cpu *cpu)
{
	u32 i = 0;

	do {
		for (; i < READ_ONCE(cpu->nr); i++)
			arena_retire_later(&cpu->later[i]);
	} while (cmpxchg_local(&cpu->nr, i, 0) != i);
}

static void arena_unlock(struct bpf_arena *arena, unsigned long flags)
{
	struct arena_cpu *cpu = this_cpu_ptr(&arena_cpu);

	arena_spin_unlock(arena);
	WRITE_ONCE(cpu->busy, 0);
	/* The look comes last: from here on, nothing is added any more */
	barrier();
	while (unlikely(READ_ONCE(cpu->nr))) {
		WRITE_ONCE(cpu->busy, 1);
		arena_replay(cpu);
		WRITE_ONCE(cpu->busy, 0);
		barrier();
	}
	local_irq_restore(flags);
}

/*
 * To be called on top of the section that made arena_lock() fail. The entry is
 * complete before that goes on, and whoever comes on top of this takes another.
 * The arena lives: the caller has it from a program that cannot be freed before
 * this CPU enables interrupts.
 */
static void arena_remember(struct bpf_arena *arena, u32 slot, u32 cnt)
{
	u32 i = this_cpu_inc_return(arena_cpu.nr) - 1;

	if (i >= ARENA_MAX_LATER) {
		this_cpu_dec(arena_cpu.nr);
		atomic_inc(&arena->frees_dropped);
		return;
	}
	*this_cpu_ptr(&arena_cpu.later[i]) = (struct arena_later){ arena, slot, cnt };
}

/* Frees slots, up to arena_release(). Returns whether to see that it is called. */
static bool arena_retire(struct bpf_arena *arena, u32 slot, u32 cnt)
{
	bool first = false;
	unsigned long flags;
	u32 n;

	for (; cnt; slot += n, cnt -= n) {
		n = arena_in_table(arena, slot, cnt);
		if (!arena_lock(arena, &flags)) {
			arena_remember(arena, slot, cnt);
			break;
		}
		first |= __arena_retire(arena, slot, n);
		arena_unlock(arena, flags);
	}
	return first;
}

/* ---- Who pays ---- */

/*
 * Whether the locks of memcg may be taken, which hold interrupts off (and that
 * of a runqueue or a workqueue, which they may lead to, as well): where they are
 * enabled, this CPU has none of them. On PREEMPT_RT some of them sleep.
 */
static bool arena_may_charge(void)
{
	if (in_nmi() || irqs_disabled())
		return false;
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || preemptible();
}

#ifdef CONFIG_MEMCG_KMEM
static int arena_memcg_charge(struct bpf_arena *arena, gfp_t gfp, u32 nr)
{
	return obj_cgroup_charge(arena->objcg, gfp, (size_t)nr << PAGE_SHIFT);
}

/* In parts: refill_obj_stock() counts bytes in 32 bits, and 4 GiB are more. */
static void arena_memcg_uncharge(struct bpf_arena *arena, u32 nr)
{
	u32 n;

	for (; nr; nr -= n) {
		n = min_t(u32, nr, SZ_1G >> PAGE_SHIFT);
		obj_cgroup_uncharge(arena->objcg, (size_t)n << PAGE_SHIFT);
	}
}

static void arena_memcg_init(struct bpf_arena *arena)
{
	arena->objcg = get_obj_cgroup_from_current();
}

static void arena_memcg_exit(struct bpf_arena *arena)
{
	if (arena->objcg)
		obj_cgroup_put(arena->objcg);
}
#else
static int arena_memcg_charge(struct bpf_arena *arena, gfp_t gfp, u32 nr)
{
	return 0;
}

static void arena_memcg_uncharge(struct bpf_arena *arena, u32 nr) { }
static void arena_memcg_init(struct bpf_arena *arena) { }
static void arena_memcg_exit(struct bpf_arena *arena) { }
#endif

static int arena_borrow(struct bpf_arena *arena, u32 nr)
{
	int err = 0;

	if (atomic_add_return(nr, &arena->debt) > ARENA_MAX_DEBT) {
		atomic_sub(nr, &arena->debt);
		err = -ENOMEM;
	}
	arena_kick(arena);
	return err;
}

/* @gfp is 0 in any context */
static int arena_charge(struct bpf_arena *arena, gfp_t gfp, u32 nr)
{
	if (!arena->objcg)
		return 0;
	if (gfp)
		return arena_memcg_charge(arena, gfp & ~__GFP_ZERO, nr);
	if (arena_may_charge())
		return arena_memcg_charge(arena, __GFP_NOWARN, nr);
	return arena_borrow(arena, nr);
}

/* Any context. It is arena_settle() that gives it to the memcg. */
static void arena_uncharge(struct bpf_arena *arena, u32 nr)
{
	if (arena->objcg)
		atomic_sub(nr, &arena->debt);
}

static void arena_settle(struct bpf_arena *arena)
{
	int nr;

	if (!arena->objcg)
		return;
	nr = atomic_xchg(&arena->debt, 0);
	if (nr < 0)
		arena_memcg_uncharge(arena, -nr);
	else if (nr && arena_memcg_charge(arena, ARENA_GFP & ~__GFP_ZERO, nr))
		atomic_add(nr, &arena->debt);
}

/* ---- Pages ---- */

/* Frees those that are not NULL; any context. */
static void arena_drop_pages(struct bpf_arena *arena, struct page **pages, u32 nr)
{
	u32 i, dropped = 0;

	for (i = 0; i < nr; i++) {
		if (!pages[i])
			continue;
		free_pages_nolock(pages[i], 0);
		dropped++;
	}
	if (!dropped)
		return;
	arena_uncharge(arena, dropped);
	if (arena->objcg)
		arena_kick(arena);
}

static u32 arena_alloc_nolock(int nid, struct page **pages, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		pages[i] = alloc_pages_nolock(nid, 0);
		if (!pages[i])
			break;
	}
	return i;
}

static u32 arena_alloc_bulk(gfp_t gfp, int nid, struct page **pages, u32 nr)
{
	if (nr == 1) {
		pages[0] = alloc_pages_node(nid, gfp, 0);
		return !!pages[0];
	}
	memset(pages, 0, nr * sizeof(*pages));
	return alloc_pages_bulk_array_node(gfp, nid, nr, pages);
}

/* Zeroed and paid for; returns how many of @nr there are. */
static u32 arena_get_pages(struct bpf_arena *arena, gfp_t gfp, int nid,
			   struct page **pages, u32 nr)
{
	u32 got;

	if (arena_charge(arena, gfp, nr))
		return 0;
	got = gfp ? arena_alloc_bulk(gfp, nid, pages, nr) :
		    arena_alloc_nolock(nid, pages, nr);
	if (unlikely(got < nr)) {
		arena_uncharge(arena, nr - got);
		if (arena->objcg)
			arena_kick(arena);
	}
	return got;
}

/* See that there is a table for the PTE of @slot. */
static bool arena_get_table(struct bpf_arena *arena, gfp_t gfp, u32 slot)
{
	pmd_t *pmd = arena_pmd(arena_kern_addr(arena, slot));
	unsigned long flags;
	struct page *page;

	if (likely(!pmd_none(READ_ONCE(*pmd))))
		return true;
	if (!arena_get_pages(arena, gfp, NUMA_NO_NODE, &page, 1))
		return false;

	if (arena_lock(arena, &flags)) {
		if (pmd_none(*pmd)) {
			/* Others walk without the lock: zeros first */
			smp_wmb();
			pmd_populate_kernel(&init_mm, pmd, page_address(page));
			arena->nr_tables++;
			page = NULL;
		}
		arena_unlock(arena, flags);
	}
	arena_drop_pages(arena, &page, 1);
	return !pmd_none(READ_ONCE(*pmd));
}

/* With the lock held */
static void arena_map_page(struct bpf_arena *arena, unsigned long addr, pte_t *pte,
			   struct page *page)
{
	set_pte_at(&init_mm, addr, pte, mk_pte(page, PAGE_KERNEL));
	arena->nr_pages++;
}

/*
 * Map pages to slots of one table. A fault may have been faster, or the slot is
 * not the caller's any more, if the program frees what it is still allocating.
 */
static void arena_map_pages(struct bpf_arena *arena, u32 slot, struct page **pages,
			    u32 nr)
{
	unsigned long addr = arena_kern_addr(arena, slot), flags;
	u32 i, mapped = 0;
	pte_t *pte;

	if (arena_lock(arena, &flags)) {
		pte = arena_pte(addr);
		for (i = 0; i < nr; i++, pte++, addr += PAGE_SIZE) {
			if (!pte_none(*pte) || !arena_index_test(&arena->index, slot + i))
				continue;
			arena_map_page(arena, addr, pte, pages[i]);
			pages[i] = NULL;
			mapped++;
		}
		arena_unlock(arena, flags);
	}
	if (unlikely(mapped < nr))
		arena_drop_pages(arena, pages, nr);
}

static int arena_populate(struct bpf_arena *arena, gfp_t gfp, int nid, u32 slot, u32 cnt)
{
	struct page *pages[ARENA_ALLOC_BATCH];
	u32 n;

	for (; cnt; slot += n, cnt -= n) {
		if (!arena_get_table(arena, gfp, slot))
			return -ENOMEM;
		n = arena_in_table(arena, slot, min_t(u32, cnt, ARENA_ALLOC_BATCH));
		n = arena_get_pages(arena, gfp, nid, pages, n);
		if (!n)
			return -ENOMEM;
		arena_map_pages(arena, slot, pages, n);
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

	if (WARN_ON_ONCE(!arena_lock(arena, &flags)))
		return;
	while (batch->nr < ARENA_RELEASE_BATCH && !list_empty(&arena->retired)) {
		page = list_first_entry(&arena->retired, struct page, lru);
		list_move_tail(&page->lru, &batch->pages);
		addr = arena_kern_addr(arena, page->index);
		set_pte_at(&init_mm, addr, arena_pte(addr), PTE_LEAVING);
		batch->first = min_t(u32, batch->first, page->index);
		batch->last = max_t(u32, batch->last, page->index);
		batch->nr++;
	}
	arena_unlock(arena, flags);
}

/*
 * Unmap them from all processes, row by row. No process gets one anew while
 * unmap_mutex is held, so those that none has can be left out. One that is just
 * being unmapped there is kept by the mmu_gather until the TLBs are flushed.
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

static void arena_free_batch(struct bpf_arena *arena, struct arena_batch *batch)
{
	unsigned long flags, addr;
	struct page *page;

	if (WARN_ON_ONCE(!arena_lock(arena, &flags)))
		return;
	list_for_each_entry(page, &batch->pages, lru) {
		addr = arena_kern_addr(arena, page->index);
		pte_clear(&init_mm, addr, arena_pte(addr));
		arena_index_release(&arena->index, page->index, 1);
	}
	arena->nr_pages -= batch->nr;
	arena_unlock(arena, flags);
}

/* A page that is pinned stays with whoever pinned it. */
static void arena_put_pages(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		set_page_private(page, 0);
		put_page(page);
		cond_resched();
	}
}

/* Returns whether there is more. With unmap_mutex held. */
static bool arena_release_batch(struct bpf_arena *arena)
{
	struct arena_batch batch = {
		.pages = LIST_HEAD_INIT(batch.pages),
		.first = U32_MAX,
	};

	arena_unmap_retired(arena, &batch);
	if (!batch.nr)
		return false;
	arena_zap(arena, &batch);
	flush_tlb_kernel_range(arena_kern_addr(arena, batch.first),
			       arena_kern_addr(arena, batch.last) + PAGE_SIZE);
	arena_free_batch(arena, &batch);
	arena_put_pages(&batch.pages);
	arena_uncharge(arena, batch.nr);
	return !list_empty_careful(&arena->retired);
}

/*
 * Complete all frees so far. A fault maps a page to user space with the mutex
 * held, too: either before the page is zapped, or it does not find it.
 *
 * No lock of a process is taken, since the caller may be a program in a hook
 * that holds mmap_lock.
 */
static void arena_release(struct bpf_arena *arena)
{
	bool more;

	do {
		mutex_lock(&arena->unmap_mutex);
		more = arena_release_batch(arena);
		mutex_unlock(&arena->unmap_mutex);
	} while (more);
	arena_settle(arena);
}

static void arena_work(struct work_struct *work)
{
	arena_release(container_of(work, struct bpf_arena, work));
}

static void arena_irq_work(struct irq_work *irq_work)
{
	schedule_work(&container_of(irq_work, struct bpf_arena, irq_work)->work);
}

/* ---- Slots ---- */

void arena_free_slots(struct bpf_arena *arena, u32 slot, u32 cnt, bool may_sleep)
{
	bool first = arena_retire(arena, slot, cnt);

	if (may_sleep)
		arena_release(arena);
	else if (first)
		arena_kick(arena);
}

long arena_take_slots(struct bpf_arena *arena, long slot, u32 cnt)
{
	unsigned long flags;

	if (!arena_lock(arena, &flags))
		return -EBUSY;
	if (slot < 0)
		slot = arena_index_find(&arena->index, cnt);
	else if (!arena_index_is_free(&arena->index, slot, cnt))
		slot = -EBUSY;
	if (slot >= 0)
		arena_index_take(&arena->index, slot, cnt);
	arena_unlock(arena, flags);
	return slot;
}

long arena_alloc_slots(struct bpf_arena *arena, long slot, u32 cnt, int nid,
		       bool may_sleep)
{
	int err;

	slot = arena_take_slots(arena, slot, cnt);
	if (slot < 0)
		return slot;
	err = arena_populate(arena, may_sleep ? ARENA_GFP : 0, nid, slot, cnt);
	if (err) {
		arena_free_slots(arena, slot, cnt, may_sleep);
		return err;
	}
	return slot;
}

void arena_limit_slots(struct bpf_arena *arena, u32 slots)
{
	unsigned long flags;

	if (WARN_ON_ONCE(!arena_lock(arena, &flags)))
		return;
	arena_index_take(&arena->index, slots, arena->map.max_entries - slots);
	arena_unlock(arena, flags);
}

/* ---- Faults ---- */

/* The page of @slot, or else *@new, which it takes. With unmap_mutex held. */
static struct page *arena_fault_page(struct bpf_arena *arena, u32 slot, struct page **new)
{
	unsigned long addr = arena_kern_addr(arena, slot), flags;
	pte_t *pte = arena_pte(addr);
	struct page *page = NULL;

	if (!pte || WARN_ON_ONCE(!arena_lock(arena, &flags)))
		return NULL;
	if (pte_present(*pte)) {
		page = pte_page(*pte);
	} else if (*new) {
		page = *new;
		*new = NULL;
		arena_index_take(&arena->index, slot, 1);
		arena_map_page(arena, addr, pte, page);
	}
	arena_unlock(arena, flags);
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
	if (page && page_private(page))
		err = -EAGAIN;
	else if (page)
		err = vm_insert_page(vmf->vma, vmf->address & PAGE_MASK, page);
	mutex_unlock(&arena->unmap_mutex);
	return err;
}

static vm_fault_t arena_fault_retry(struct bpf_arena *arena, struct vm_fault *vmf,
				    struct page **new)
{
	gfp_t gfp = ARENA_GFP;
	int err;

	for (;;) {
		err = arena_fault_insert(arena, vmf, new);
		if (!err || err == -EBUSY)	/* another thread was faster */
			return VM_FAULT_NOPAGE;
		if (err == -EAGAIN) {
			arena_release(arena);
			continue;
		}
		if (err != -ENOENT)
			return vmf_error(err);
		if (arena->map.map_flags & BPF_F_SEGV_ON_FAULT ||
		    !arena_get_table(arena, gfp, vmf->pgoff) ||
		    !arena_get_pages(arena, gfp, NUMA_NO_NODE, new, 1))
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

static void arena_clear_table(pmd_t *pmd, unsigned long addr, struct list_head *pages)
{
	pte_t *pte = pte_offset_kernel(pmd, addr);
	u32 i;

	for (i = 0; i < PTRS_PER_PTE; i++, pte++, addr += PAGE_SIZE) {
		if (pte_present(*pte))
			list_add(&pte_page(*pte)->lru, pages);
		pte_clear(&init_mm, addr, pte);
	}
}

/* With all that is below. What there is no memory to free, the next owner has. */
static void arena_free_pmds(unsigned long start, unsigned long end)
{
	unsigned long addr;

	for (addr = start; addr < end; addr += PUD_SIZE)
		pud_free_pmd_page(arena_pud(addr), addr);
}

static int arena_alloc_pmd(unsigned long addr)
{
	p4d_t *p4d = p4d_alloc(&init_mm, pgd_offset_k(addr), addr);
	pud_t *pud = p4d ? pud_alloc(&init_mm, p4d, addr) : NULL;

	return pud && pmd_alloc(&init_mm, pud, addr) ? 0 : -ENOMEM;
}

/* What was charged without success is counted, too. */
static int arena_alloc_pmds(struct bpf_arena *arena)
{
	unsigned long start = bpf_arena_get_kern_vm_start(arena), addr;
	int err;

	for (addr = start; addr < start + SZ_4G; addr += PUD_SIZE) {
		err = arena_charge(arena, GFP_KERNEL, 1);
		if (err)
			return err;
		arena->nr_tables++;
		err = arena_alloc_pmd(addr);
		if (err)
			return err;
		arena->nr_pmd_tables++;
	}
	return 0;
}

/*
 * Nobody else is left. Those who walk the page tables of the kernel at any time
 * hold this mmap_lock.
 */
static void arena_clear(struct bpf_arena *arena)
{
	unsigned long start, end, addr;
	LIST_HEAD(pages);
	pmd_t *pmd;

	if (!arena->nr_tables)
		return;
	start = bpf_arena_get_kern_vm_start(arena);
	end = start + arena->nr_pmd_tables * PUD_SIZE;
	mmap_read_lock(&init_mm);
	for (addr = start; addr < end; addr += PMD_SIZE) {
		pmd = arena_pmd(addr);
		if (!pmd_none(*pmd))
			arena_clear_table(pmd, addr, &pages);
		cond_resched();
	}
	flush_tlb_kernel_range(start, end);
	arena_free_pmds(start, end);
	mmap_read_unlock(&init_mm);
	arena_put_pages(&pages);
	arena_uncharge(arena, arena->nr_pages + arena->nr_tables);
}

void arena_pages_exit(struct bpf_arena *arena)
{
	irq_work_sync(&arena->irq_work);
	cancel_work_sync(&arena->work);
	arena_clear(arena);
	arena_settle(arena);

	if (!IS_ERR_OR_NULL(arena->file))
		fput(arena->file);
	if (arena->kern_vm)
		free_vm_area(arena->kern_vm);
	vfree(arena->index.taken);
	arena_memcg_exit(arena);
}

static const struct file_operations arena_fops = { };

int arena_pages_init(struct bpf_arena *arena)
{
	u32 nr = arena->map.max_entries;
	void *index;
	int err;

	arena_memcg_init(arena);
	raw_spin_lock_init(&arena->lock);
	INIT_LIST_HEAD(&arena->retired);
	mutex_init(&arena->unmap_mutex);
	init_irq_work(&arena->irq_work, arena_irq_work);
	INIT_WORK(&arena->work, arena_work);

	arena->kern_vm = get_sparse_vm_area(SZ_4G + 2 * ARENA_GUARD, PUD_SIZE);
	if (!arena->kern_vm)
		return -ENOMEM;
	err = arena_alloc_pmds(arena);
	if (err)
		return err;

	index = __vmalloc(arena_index_bytes(nr), GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!index)
		return -ENOMEM;
	arena_index_init(&arena->index, index, nr);

	arena->file = anon_inode_getfile_secure("bpf-map", &arena_fops, arena,
						O_RDWR, NULL);
	return PTR_ERR_OR_ZERO(arena->file);
}
