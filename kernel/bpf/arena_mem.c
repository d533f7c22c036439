// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/anon_inodes.h>
#include <linux/bpf_arena.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pgalloc.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include <asm/tlbflush.h>

#include "arena_mem.h"

/* The memory of an arena: where it comes from, who pays for it, and its end. */

/* An access is at most 32 KiB from the 4 GiB: the offset is an s16. The rest makes
 * the tables within the arena its own, down from those of PMDs. It costs addresses
 * only.
 */
#define ARENA_GUARD		PUD_SIZE

/* Pages taken where nothing can be charged, and not charged yet, at most */
#define ARENA_MAX_DEBT		128

/* The kernel's addresses of an arena, whatever its size: programs reach 4 GiB */
#define ARENA_AREA		(SZ_4G + 2 * ARENA_GUARD)

/*
 * Parts of the addresses that vmalloc() has for everyone: what all arenas get, and
 * what those of one user get who is not the administrator
 */
#define ARENA_ALL_SHARE		2
#define ARENA_USER_SHARE	16

u64 bpf_arena_get_kern_vm_start(struct bpf_arena *arena)
{
	return arena ? (u64)arena->kern_vm->addr + ARENA_GUARD : 0;
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

static int arena_charge(struct bpf_arena *arena, bool may_sleep, u32 nr)
{
	if (!arena->objcg)
		return 0;
	if (may_sleep)
		return arena_memcg_charge(arena, ARENA_GFP, nr);
	if (arena_may_charge())
		return arena_memcg_charge(arena, __GFP_NOWARN, nr);
	return arena_borrow(arena, nr);
}

void arena_uncharge(struct bpf_arena *arena, u32 nr)
{
	if (arena->objcg)
		atomic_sub(nr, &arena->debt);
}

/* Whoever comes second waits until the first has given back what there was. */
void arena_settle(struct bpf_arena *arena)
{
	int nr;

	if (!arena->objcg)
		return;
	mutex_lock(&arena->unmap_mutex);
	nr = atomic_xchg(&arena->debt, 0);
	if (nr < 0)
		arena_memcg_uncharge(arena, -nr);
	mutex_unlock(&arena->unmap_mutex);
	/* This reclaims memory, which must not wait for the mutex */
	if (nr > 0 && arena_memcg_charge(arena, ARENA_GFP, nr))
		atomic_add(nr, &arena->debt);
}

/* ---- Pages ---- */

void arena_drop_pages(struct bpf_arena *arena, struct page **pages, u32 nr)
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

static u32 arena_alloc_bulk(int nid, struct page **pages, u32 nr)
{
	if (nr == 1) {
		pages[0] = alloc_pages_node(nid, ARENA_GFP | __GFP_ZERO, 0);
		return !!pages[0];
	}
	memset(pages, 0, nr * sizeof(*pages));
	return alloc_pages_bulk_array_node(ARENA_GFP | __GFP_ZERO, nid, nr, pages);
}

u32 arena_get_pages(struct bpf_arena *arena, bool may_sleep, int nid, struct page **pages,
		    u32 nr)
{
	u32 got;

	if (arena_charge(arena, may_sleep, nr))
		return 0;
	got = may_sleep ? arena_alloc_bulk(nid, pages, nr) :
			  arena_alloc_nolock(nid, pages, nr);
	if (unlikely(got < nr)) {
		arena_uncharge(arena, nr - got);
		if (arena->objcg)
			arena_kick(arena);
	}
	return got;
}

void arena_put_pages(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		set_page_private(page, 0);
		put_page(page);
		cond_resched();
	}
}

/* ---- Addresses ---- */

static LIST_HEAD(arena_areas);
static DEFINE_MUTEX(arena_areas_mutex);	/* protects arena_areas */

static bool arena_has_share(u32 areas, u32 share)
{
	return areas < (VMALLOC_END - VMALLOC_START) / share / ARENA_AREA;
}

/* With arena_areas_mutex held */
static bool arena_may_get_area(kuid_t user)
{
	struct bpf_arena *arena;
	u32 all = 0, own = 0;

	list_for_each_entry(arena, &arena_areas, areas) {
		all++;
		own += uid_eq(arena->creator, user);
	}
	return arena_has_share(all, ARENA_ALL_SHARE) &&
	       (arena_has_share(own, ARENA_USER_SHARE) || capable(CAP_SYS_ADMIN));
}

static int arena_get_area(struct bpf_arena *arena)
{
	int err = -ENOSPC;

	mutex_lock(&arena_areas_mutex);
	arena->creator = current_uid();
	if (arena_may_get_area(arena->creator)) {
		arena->kern_vm = get_sparse_vm_area(ARENA_AREA, PUD_SIZE);
		err = arena->kern_vm ? 0 : -ENOMEM;
	}
	if (!err)
		list_add(&arena->areas, &arena_areas);
	mutex_unlock(&arena_areas_mutex);
	return err;
}

static void arena_put_area(struct bpf_arena *arena)
{
	if (!arena->kern_vm)
		return;
	mutex_lock(&arena_areas_mutex);
	list_del(&arena->areas);
	mutex_unlock(&arena_areas_mutex);
	free_vm_area(arena->kern_vm);
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

static void arena_free_pmd(pmd_t *pmd)
{
	u32 i;

	for (i = 0; i < PTRS_PER_PMD; i++)
		if (!pmd_none(pmd[i]))
			pte_free_kernel(&init_mm, (pte_t *)pmd_page_vaddr(pmd[i]));
	pmd_free(&init_mm, pmd);
}

static pud_t *arena_pud(unsigned long addr)
{
	return pud_offset(p4d_offset(pgd_offset_k(addr), addr), addr);
}

/*
 * The tables of PMDs and all below them. A CPU may have cached where they are, also
 * for address spaces that it does not run: a flush of one address, or of some, leaves
 * that. So they are detached, then everything is flushed, then they are freed.
 */
static void arena_free_tables(struct bpf_arena *arena)
{
	unsigned long start = bpf_arena_get_kern_vm_start(arena);
	u32 i;

	for (i = 0; i < arena->nr_pmd_tables; i++)
		pud_clear(arena_pud(start + i * PUD_SIZE));
	flush_tlb_all();
	for (i = 0; i < arena->nr_pmd_tables; i++)
		arena_free_pmd(arena->pmds[i]);
}

static pmd_t *arena_alloc_pmd(unsigned long addr)
{
	p4d_t *p4d = p4d_alloc(&init_mm, pgd_offset_k(addr), addr);
	pud_t *pud = p4d ? pud_alloc(&init_mm, p4d, addr) : NULL;

	/* The first entry of the table: it begins at @addr */
	return pud ? pmd_alloc(&init_mm, pud, addr) : NULL;
}

/* Each is counted as soon as it is charged, so that arena_clear() uncharges it. */
static int arena_alloc_pmds(struct bpf_arena *arena)
{
	unsigned long start = bpf_arena_get_kern_vm_start(arena), addr;
	pmd_t *pmd;
	int err;

	for (addr = start; addr < start + SZ_4G; addr += PUD_SIZE) {
		err = arena_charge(arena, GFP_KERNEL, 1);
		if (err)
			return err;
		arena->nr_tables++;
		pmd = arena_alloc_pmd(addr);
		if (!pmd)
			return -ENOMEM;
		arena->pmds[arena->nr_pmd_tables++] = pmd;
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
		pmd = arena_pmd(arena, addr);
		if (!pmd_none(*pmd))
			arena_clear_table(pmd, addr, &pages);
		cond_resched();
	}
	arena_free_tables(arena);
	mmap_read_unlock(&init_mm);
	arena_put_pages(&pages);
	arena_uncharge(arena, arena->nr_pages + arena->nr_tables);
}

void arena_mem_exit(struct bpf_arena *arena)
{
	arena_clear(arena);
	arena_settle(arena);

	if (!IS_ERR_OR_NULL(arena->file))
		fput(arena->file);
	arena_put_area(arena);
	vfree(arena->index.taken);
	arena_memcg_exit(arena);
}

static const struct file_operations arena_fops = { };

int arena_mem_init(struct bpf_arena *arena)
{
	u32 nr = arena->map.max_entries;
	void *index;
	int err;

	arena_memcg_init(arena);
	err = arena_get_area(arena);
	if (err)
		return err;
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
