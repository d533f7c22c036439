// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What programs may do with a dynptr beside reading, writing and bpf_dynptr_data(), which
 * are helpers.
 *
 * A dynptr is two words on the stack of the program, or on that of the kernel, which lends it
 * to a callback or a global function. Nobody else has its address, so nothing here takes a lock.
 * The verifier knows the type of a dynptr and whose memory it has, but no size: all sizes are
 * compared here, when the program runs.
 *
 *	       data    offset     size
 *	        |<------>|<--------->|
 *	 -------+--------+-----------+------
 *	        |        |  [slice]  |		bpf_dynptr_adjust() moves the two borders inwards
 *	 -------+--------+-----------+------
 *
 * Slices that were handed out stay what they are when a dynptr is adjusted: the memory is the
 * same. They end with the reference of the dynptr, with what overwrites it, and with the
 * callback that it was lent to, and so do its clones, see destroy_dynptrs_of() in verifier.c.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/string.h>

static const struct bpf_dynptr_kern *dynptr_kern(const struct bpf_dynptr *p)
{
	return (const struct bpf_dynptr_kern *)p;
}

static u64 dynptr_size(const struct bpf_dynptr_kern *ptr)
{
	return ptr->size & DYNPTR_SIZE_MASK;
}

static void *dynptr_slice(const struct bpf_dynptr_kern *ptr, u64 offset, u64 len)
{
	u64 size = dynptr_size(ptr);

	if (!ptr->data || len > size || offset > size - len)
		return NULL;
	return ptr->data + ptr->offset + offset;
}

/* kfuncs */

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Global functions as their definitions will be in vmlinux BTF");

/**
 * bpf_dynptr_slice() - Get a pointer to data of a dynptr, to read them
 * @p: the dynptr
 * @offset: where in the dynptr
 * @buffer__nullable: memory of @buffer__szk bytes, or NULL. Dynptrs of packets need it, which
 *	are not there; what it contains stays as it is
 * @buffer__szk: how many bytes, a constant
 *
 * Context: Any, NMI included.
 * Return: the data, or NULL if the dynptr has none, or none there.
 */
noinline void *bpf_dynptr_slice(const struct bpf_dynptr *p, u64 offset,
				void *buffer__nullable, u64 buffer__szk)
{
	return dynptr_slice(dynptr_kern(p), offset, buffer__szk);
}

/**
 * bpf_dynptr_slice_rdwr() - Get a pointer to data of a dynptr, to read and write them
 * @p: the dynptr
 * @offset: where in the dynptr
 * @buffer__nullable: as that of bpf_dynptr_slice()
 * @buffer__szk: how many bytes, a constant
 *
 * Context: Any, NMI included.
 * Return: the data, or NULL if the dynptr has none, or none there, or is read-only.
 */
noinline void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *p, u64 offset,
				     void *buffer__nullable, u64 buffer__szk)
{
	const struct bpf_dynptr_kern *ptr = dynptr_kern(p);

	return ptr->size & DYNPTR_RDONLY_BIT ? NULL : dynptr_slice(ptr, offset, buffer__szk);
}

/**
 * bpf_dynptr_adjust() - Let a dynptr have a part of its data only
 * @p: the dynptr, also one that is read-only
 * @start: first byte of the part
 * @end: first byte behind the part
 *
 * Context: Any, NMI included.
 * Return: 0; -EINVAL if the dynptr has no data, or @start is more than @end; -ERANGE if it
 * has no such part.
 */
noinline int bpf_dynptr_adjust(struct bpf_dynptr *p, u64 start, u64 end)
{
	struct bpf_dynptr_kern *ptr = (struct bpf_dynptr_kern *)p;

	if (!ptr->data || start > end)
		return -EINVAL;
	if (end > dynptr_size(ptr))
		return -ERANGE;

	/* Both are less than 2^24 together, as they are parts of the first size */
	ptr->offset += start;
	ptr->size = (ptr->size & ~DYNPTR_SIZE_MASK) | (end - start);
	return 0;
}

/**
 * bpf_dynptr_is_null() - Tell whether a dynptr has no data
 * @p: the dynptr
 *
 * Context: Any, NMI included.
 * Return: true if the call that was to make the dynptr has failed.
 */
noinline bool bpf_dynptr_is_null(const struct bpf_dynptr *p)
{
	return !dynptr_kern(p)->data;
}

/**
 * bpf_dynptr_is_rdonly() - Tell whether the data of a dynptr cannot be written to
 * @p: the dynptr
 *
 * Context: Any, NMI included.
 * Return: true if so, false as well if there are none.
 */
noinline bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *p)
{
	const struct bpf_dynptr_kern *ptr = dynptr_kern(p);

	return ptr->data && ptr->size & DYNPTR_RDONLY_BIT;
}

/**
 * bpf_dynptr_size() - Tell how many bytes a dynptr has
 * @p: the dynptr
 *
 * Context: Any, NMI included.
 * Return: bytes, or -EINVAL if the dynptr has no data.
 */
noinline u64 bpf_dynptr_size(const struct bpf_dynptr *p)
{
	const struct bpf_dynptr_kern *ptr = dynptr_kern(p);

	if (!ptr->data)
		return -EINVAL;
	return dynptr_size(ptr);
}

/**
 * bpf_dynptr_clone() - Make another dynptr of the same data
 * @p: the dynptr
 * @clone__uninit: the other one, on the stack
 *
 * Each has its own offset and size from there on. A record of a ring buffer is submitted, or
 * discarded, by one of them, and all end.
 *
 * Context: Any, NMI included.
 * Return: 0, or -EINVAL if the dynptr has no data; then the other one has none, either.
 */
noinline int bpf_dynptr_clone(const struct bpf_dynptr *p, struct bpf_dynptr *clone__uninit)
{
	struct bpf_dynptr_kern *clone = (struct bpf_dynptr_kern *)clone__uninit;
	const struct bpf_dynptr_kern *ptr = dynptr_kern(p);

	if (!ptr->data) {
		bpf_dynptr_set_null(clone);
		return -EINVAL;
	}
	/* They may overlap. Then the verifier knows the clone alone. */
	memmove(clone, ptr, sizeof(*clone));
	return 0;
}

__diag_pop();

BTF_SET8_START(dynptr_kfunc_ids)
BTF_ID_FLAGS(func, bpf_dynptr_slice, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_dynptr_slice_rdwr, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_dynptr_adjust)
BTF_ID_FLAGS(func, bpf_dynptr_is_null)
BTF_ID_FLAGS(func, bpf_dynptr_is_rdonly)
BTF_ID_FLAGS(func, bpf_dynptr_size)
BTF_ID_FLAGS(func, bpf_dynptr_clone)
BTF_SET8_END(dynptr_kfunc_ids)

static const struct btf_kfunc_id_set dynptr_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &dynptr_kfunc_ids,
};

static int __init dynptr_kfuncs_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &dynptr_kfunc_set);
}
late_initcall(dynptr_kfuncs_init);
