// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bpf.h>
#include <linux/bpf_arena.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/filter.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include <xen/xen.h>

#include "arena.h"

/*
 * BPF_MAP_TYPE_ARENA: the map, what programs call, and the mappings of user space.
 * The pages are those of arena_pages.c; struct bpf_arena is explained in arena.h.
 */

u64 bpf_arena_get_user_vm_start(struct bpf_arena *arena)
{
	return arena ? READ_ONCE(arena->user_vm_start) : 0;
}

/* ---- What programs call ---- */

static bool arena_valid_range(struct bpf_arena *arena, u32 slot, u32 cnt)
{
	u32 slots = arena_slots(arena);

	return cnt && cnt <= slots && slot <= slots - cnt;
}

static bool arena_valid_node(int nid)
{
	return nid == NUMA_NO_NODE ||
	       ((unsigned int)nid < nr_node_ids && node_online(nid));
}

static void *arena_alloc(struct bpf_map *map, unsigned long addr, u32 cnt, int nid,
			 u64 flags, bool may_sleep)
{
	struct bpf_arena *arena = map_to_arena(map);
	long slot = -1;

	if (map->map_type != BPF_MAP_TYPE_ARENA || flags || !arena_valid_node(nid) ||
	    !PAGE_ALIGNED(addr))
		return NULL;
	if (addr)
		slot = arena_slot(arena, addr);
	if (!arena_valid_range(arena, addr ? slot : 0, cnt))
		return NULL;

	slot = arena_alloc_slots(arena, slot, cnt, nid, may_sleep);
	return slot < 0 ? NULL : (void *)arena_user_addr(arena, slot);
}

static void arena_free_range(struct bpf_map *map, unsigned long addr, u32 cnt,
			     bool may_sleep)
{
	struct bpf_arena *arena = map_to_arena(map);
	u32 slot, slots;

	if (map->map_type != BPF_MAP_TYPE_ARENA || !addr || !cnt)
		return;
	slots = arena_slots(arena);
	slot = arena_slot(arena, addr);
	if (slot < slots)
		arena_free_slots(arena, slot, min(cnt, slots - slot), may_sleep);
}

void *bpf_arena_alloc_pages_sleepable(struct bpf_map *map, void *addr,
				      u32 page_cnt, int node_id, u64 flags)
{
	return arena_alloc(map, (unsigned long)addr, page_cnt, node_id, flags,
			   true);
}

void bpf_arena_free_pages_sleepable(struct bpf_map *map, void *ptr, u32 page_cnt)
{
	arena_free_range(map, (unsigned long)ptr, page_cnt, true);
}

__diag_push();
__diag_ignore_all("-Wmissing-prototypes", "kfuncs are called by programs only");

/**
 * bpf_arena_alloc_pages() - Allocate zeroed pages in an arena
 * @p__map: the arena
 * @addr__ign: where, of which the low 32 bits count, or NULL for anywhere
 * @page_cnt: how many, in a row
 * @node_id: the preferred node, or NUMA_NO_NODE
 * @flags: 0
 *
 * Anywhere means the lowest addresses that are free. One of which the low 32 bits are
 * 0, which a program takes for NULL, is the last to be handed out.
 *
 * Context: Any, NMI included; also under bpf_spin_lock.
 * Return: The address as user space has it; NULL if an argument is out of range,
 * the range is not free, there is no memory to be had in this context, or the
 * memory cgroup that created the arena is at its limit.
 */
noinline void *bpf_arena_alloc_pages(void *p__map, void *addr__ign, u32 page_cnt,
				     int node_id, u64 flags)
{
	return arena_alloc(p__map, (unsigned long)addr__ign, page_cnt, node_id, flags, false);
}

/**
 * bpf_arena_free_pages() - Free pages of an arena, and unmap them everywhere
 * @p__map: the arena
 * @ptr__ign: the first, of which the low 32 bits count, rounded down to a page
 * @page_cnt: how many; what is beyond the end, or not allocated, is ignored
 *
 * NULL is ignored. The addresses can be allocated again once no process and no CPU has the old
 * pages there any more: at return if the program may sleep, soon otherwise.
 *
 * Context: Any, NMI included; also under bpf_spin_lock.
 */
noinline void bpf_arena_free_pages(void *p__map, void *ptr__ign, u32 page_cnt)
{
	arena_free_range(p__map, (unsigned long)ptr__ign, page_cnt, false);
}

/**
 * bpf_arena_reserve_pages() - Keep a range out of bpf_arena_alloc_pages()
 * @p__map: the arena
 * @ptr__ign: the first page, of which the low 32 bits count
 * @page_cnt: how many
 *
 * A fault in user space populates a reserved page nevertheless.
 * bpf_arena_free_pages() ends the reservation.
 *
 * Context: Any, NMI included; also under bpf_spin_lock.
 * Return: 0, also if @page_cnt is 0 or the address is not that of a page;
 * -EINVAL if the range is not within the arena; -EBUSY if some of it is taken,
 * or the lock cannot be had: the call came in the middle of another on this CPU.
 */
noinline int bpf_arena_reserve_pages(void *p__map, void *ptr__ign, u32 page_cnt)
{
	unsigned long addr = (unsigned long)ptr__ign;
	struct bpf_map *map = p__map;
	long slot;

	if (map->map_type != BPF_MAP_TYPE_ARENA)
		return -EINVAL;
	if (!page_cnt || !PAGE_ALIGNED(addr))
		return 0;
	slot = arena_slot(map_to_arena(map), addr);
	if (!arena_valid_range(map_to_arena(map), slot, page_cnt))
		return -EINVAL;
	slot = arena_take_slots(map_to_arena(map), slot, page_cnt, false);
	return min(slot, 0L);
}

__diag_pop();

BTF_SET8_START(arena_kfunc_ids)
BTF_ID_FLAGS(func, bpf_arena_alloc_pages, KF_ARENA_RET | KF_SPIN_LOCK_SAFE)
BTF_ID_FLAGS(func, bpf_arena_free_pages, KF_SPIN_LOCK_SAFE)
BTF_ID_FLAGS(func, bpf_arena_reserve_pages, KF_SPIN_LOCK_SAFE)
BTF_SET8_END(arena_kfunc_ids)

static const struct btf_kfunc_id_set arena_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &arena_kfunc_ids,
};

static int __init arena_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &arena_kfunc_set);
}
late_initcall(arena_init);

/* ---- User space ---- */

static vm_fault_t arena_vm_fault(struct vm_fault *vmf)
{
	struct bpf_arena *arena = map_to_arena(vmf->vma->vm_private_data);

	if (vmf->pgoff >= arena_slots(arena))
		return VM_FAULT_SIGSEGV;
	return arena_fault_slot(arena, vmf);
}

static void arena_vm_open(struct vm_area_struct *vma)
{
	struct bpf_map *map = vma->vm_private_data;

	bpf_map_inc(map);
	if (vma->vm_flags & VM_MAYWRITE)
		bpf_map_write_active_inc(map);
}

static void arena_vm_close(struct vm_area_struct *vma)
{
	struct bpf_map *map = vma->vm_private_data;

	if (vma->vm_flags & VM_MAYWRITE)
		bpf_map_write_active_dec(map);
	bpf_map_put(map);
}

static int arena_vm_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static int arena_vm_mremap(struct vm_area_struct *vma)
{
	return -EINVAL;
}

static const struct vm_operations_struct arena_vm_ops = {
	.open		= arena_vm_open,
	.close		= arena_vm_close,
	.may_split	= arena_vm_may_split,
	.mremap		= arena_vm_mremap,
	.fault		= arena_vm_fault,
};

/* The first mapping decides where the arena is, if its creator did not. */
static void arena_set_window(struct bpf_arena *arena, u64 start, u64 end)
{
	u32 slots = min_t(u64, (end - start) >> PAGE_SHIFT, arena->map.max_entries);

	arena_limit_slots(arena, start, slots);
	WRITE_ONCE(arena->user_vm_end, end);
	/* Pairs with arena_slots() */
	smp_store_release(&arena->user_vm_start, start);
}

static int arena_check_window(struct bpf_arena *arena, u64 start, u64 end)
{
	int err = 0;

	mutex_lock(&arena->mmap_mutex);
	if (!arena->user_vm_start)
		arena_set_window(arena, start, end);
	else if (arena->user_vm_start != start || arena->user_vm_end != end)
		err = -EBUSY;
	mutex_unlock(&arena->mmap_mutex);
	return err;
}

static bool arena_crosses_4g(u64 start, u64 len)
{
	return start >> 32 != (start + len - 1) >> 32;
}

/*
 * The VMA gets a file of the arena's own, so that the mapping of that knows all
 * VMAs and no others: anonymous files share one. What the file of the map was
 * for, to keep the map, is for open and close.
 */
static int arena_map_mmap(struct bpf_map *map, struct vm_area_struct *vma)
{
	struct bpf_arena *arena = map_to_arena(map);
	int err;

	/* 0 would be no address yet */
	if (!vma->vm_start || vma->vm_pgoff ||
	    arena_crosses_4g(vma->vm_start, vma->vm_end - vma->vm_start))
		return -EINVAL;
	/* Programs write here, and 6.1's anonymous inodes allow to execute it */
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	err = arena_check_window(arena, vma->vm_start, vma->vm_end);
	if (err)
		return err;

	bpf_map_inc(map);
	vma_set_file(vma, arena->file);
	vma->vm_ops = &arena_vm_ops;
	vma->vm_flags |= VM_DONTEXPAND | VM_DONTCOPY | VM_DONTDUMP | VM_MIXEDMAP;
	return 0;
}

static unsigned long arena_get_unmapped_area(struct file *filp, unsigned long addr,
					     unsigned long len, unsigned long pgoff,
					     unsigned long flags)
{
	struct bpf_arena *arena = map_to_arena(filp->private_data);
	/* With map_extra this is settled; else arena_check_window() has the last word */
	u64 start = READ_ONCE(arena->user_vm_start);
	u64 size = (u64)arena->map.max_entries * PAGE_SIZE;
	bool anywhere = !start && !(flags & MAP_FIXED);
	unsigned long ret;

	if (pgoff)
		return -EINVAL;
	if (len > SZ_4G || (arena->map.map_extra && len > size))
		return -E2BIG;
	if (arena->map.map_extra && (len != size || addr != start))
		return -EINVAL;

	/* Twice as much holds an aligned one */
	ret = current->mm->get_unmapped_area(filp, addr, anywhere ? len * 2 : len, 0,
					     flags);
	if (IS_ERR_VALUE(ret) || !arena_crosses_4g(ret, len))
		return ret;
	return anywhere ? round_up(ret, SZ_4G) : -EINVAL;
}

/* ---- The map ---- */

static void arena_map_free(struct bpf_map *map)
{
	struct bpf_arena *arena = map_to_arena(map);

	arena_pages_exit(arena);
	bpf_map_area_free(arena);
}

/*
 * An arena takes over page tables of the kernel, changes them in any context, in an
 * NMI too, and frees them itself. Those of a Xen PV guest belong to the hypervisor:
 * they are pinned and read-only as long as they are in use, and a change that comes
 * in an NMI may end up in the middle of a batch of others. Nobody else replaces what
 * sets a PTE, or what a table of the kernel is made of.
 */
static bool arena_may_change_tables(void)
{
	if (!xen_pv_domain())
		return true;
	pr_info_once("bpf: no arenas in a Xen PV guest, where page tables are not the kernel's own\n");
	return false;
}

static int arena_check_attr(const union bpf_attr *attr)
{
	u64 size = (u64)attr->max_entries * PAGE_SIZE;

	if (!bpf_capable())
		return -EPERM;
	if (!bpf_jit_supports_arena() || !arena_may_change_tables())
		return -EOPNOTSUPP;
	if (attr->key_size || attr->value_size || !attr->max_entries ||
	    !(attr->map_flags & BPF_F_MMAPABLE) ||
	    attr->map_flags & ~(BPF_F_MMAPABLE | BPF_F_SEGV_ON_FAULT | BPF_F_NO_USER_CONV))
		return -EINVAL;
	if (!PAGE_ALIGNED(attr->map_extra))
		return -EINVAL;
	if (size > SZ_4G)
		return -E2BIG;
	if (arena_crosses_4g(attr->map_extra, size))
		return -ERANGE;
	return 0;
}

static struct bpf_map *arena_map_alloc(union bpf_attr *attr)
{
	struct bpf_arena *arena;
	int err;

	err = arena_check_attr(attr);
	if (err)
		return ERR_PTR(err);
	arena = bpf_map_area_alloc(sizeof(*arena), NUMA_NO_NODE);
	if (!arena)
		return ERR_PTR(-ENOMEM);

	bpf_map_init_from_attr(&arena->map, attr);
	mutex_init(&arena->mmap_mutex);
	arena->user_vm_start = attr->map_extra;
	if (arena->user_vm_start)
		arena->user_vm_end = attr->map_extra + (u64)attr->max_entries * PAGE_SIZE;

	err = arena_pages_init(arena);
	if (err) {
		arena_map_free(&arena->map);
		return ERR_PTR(err);
	}
	if (arena->user_vm_start)
		arena_limit_slots(arena, arena->user_vm_start, attr->max_entries);
	return &arena->map;
}

static void *arena_map_lookup_elem(struct bpf_map *map, void *key)
{
	return ERR_PTR(-EINVAL);
}

static int arena_map_update_elem(struct bpf_map *map, void *key, void *value, u64 flags)
{
	return -EOPNOTSUPP;
}

static int arena_map_delete_elem(struct bpf_map *map, void *key)
{
	return -EOPNOTSUPP;
}

static int arena_map_push_elem(struct bpf_map *map, void *value, u64 flags)
{
	return -EOPNOTSUPP;
}

static int arena_map_pop_elem(struct bpf_map *map, void *value)
{
	return -EOPNOTSUPP;
}

static int arena_map_get_next_key(struct bpf_map *map, void *key, void *next_key)
{
	return -EOPNOTSUPP;
}

static int arena_map_check_btf(const struct bpf_map *map, const struct btf *btf,
			       const struct btf_type *key_type,
			       const struct btf_type *value_type)
{
	return 0;
}

static int arena_map_direct_value_addr(const struct bpf_map *map, u64 *imm, u32 off)
{
	struct bpf_arena *arena = map_to_arena(map);
	/* Pairs with arena_set_window() */
	u64 start = smp_load_acquire(&arena->user_vm_start);

	if (!start || off >= arena->user_vm_end - start)
		return -ERANGE;
	*imm = start;
	return 0;
}

static u64 arena_map_mem_usage(const struct bpf_map *map)
{
	struct bpf_arena *arena = map_to_arena(map);
	u64 pages = (u64)READ_ONCE(arena->nr_pages) + READ_ONCE(arena->nr_tables);

	return (pages << PAGE_SHIFT) + sizeof(*arena) +
	       PAGE_ALIGN(arena_index_bytes(map->max_entries));
}

static void arena_map_show_fdinfo(const struct bpf_map *map, struct seq_file *m)
{
	struct bpf_arena *arena = map_to_arena(map);

	seq_printf(m,
		   "pages:\t%u\n"
		   "page_tables:\t%u\n"
		   "frees_dropped:\t%u\n",
		   READ_ONCE(arena->nr_pages),
		   READ_ONCE(arena->nr_tables),
		   atomic_read(&arena->frees_dropped));
}

BTF_ID_LIST_SINGLE(bpf_arena_map_btf_ids, struct, bpf_arena)
const struct bpf_map_ops arena_map_ops = {
	.map_alloc = arena_map_alloc,
	.map_free = arena_map_free,
	.map_mmap = arena_map_mmap,
	.map_get_unmapped_area = arena_get_unmapped_area,
	.map_get_next_key = arena_map_get_next_key,
	.map_lookup_elem = arena_map_lookup_elem,
	.map_update_elem = arena_map_update_elem,
	.map_delete_elem = arena_map_delete_elem,
	.map_push_elem = arena_map_push_elem,
	.map_pop_elem = arena_map_pop_elem,
	.map_peek_elem = arena_map_pop_elem,
	.map_check_btf = arena_map_check_btf,
	.map_direct_value_addr = arena_map_direct_value_addr,
	.map_mem_usage = arena_map_mem_usage,
	.map_show_fdinfo = arena_map_show_fdinfo,
	.map_btf_id = &bpf_arena_map_btf_ids[0],
};
