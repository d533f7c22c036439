// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The helpers that work with dynptrs, as the interpreter does them. */
#include <errno.h>
#include "fuzz_interp.h"

#define DYNPTR_SIZE	16
#define DYNPTR_MAX_SIZE	((1 << 24) - 1)
#define RING_MASK	4095

/* obj NR_OBJS makes a null one. */
__u32 fuzz_dynptr_new(struct fuzz_interp *it, __u32 obj, __u32 off, __u32 size)
{
	__u32 id = it->dynptrs + 1;

	if (id == FUZZ_DYNPTRS) {
		fuzz_give_up(it);
		return 0;
	}
	it->dynptrs = id;
	it->dynptr[id] = (struct fuzz_dynptr) {
		.alive = true, .null = obj == NR_OBJS, .obj = obj, .off = off, .size = size,
	};
	if (obj != NR_OBJS)
		it->dynptr[id].gen = it->obj[obj].gen;
	return id;
}

/* The slots of a dynptr that is gone belong to nothing. */
void fuzz_dynptr_end(struct fuzz_interp *it, __u32 id)
{
	int depth, slot;

	it->dynptr[id].alive = false;
	for (depth = 0; depth <= it->depth; depth++) {
		struct fuzz_frame *frame = &it->frame[depth];

		for (slot = 0; slot < FUZZ_STACK / 8; slot++)
			if (frame->tag[slot * 8] == TAG_DYNPTR && frame->slot[slot].id == id)
				memset(frame->tag + slot * 8, TAG_NONE, 8);
	}
}

/* Put a new dynptr where an argument points to. */
static void dynptr_place(struct fuzz_interp *it, const struct fuzz_val *ptr, __u32 id)
{
	struct fuzz_frame *frame;
	__u8 zero[DYNPTR_SIZE] = {};
	__u32 slot;
	int half;

	if (ptr->kind != VAL_PTR || ptr->id < OBJ_FRAME || ptr->num % 8) {
		fuzz_fail(it, "new dynptr at a bad place");
		return;
	}
	fuzz_write(it, ptr, zero, DYNPTR_SIZE);
	if (it->stop)
		return;
	frame = &it->frame[ptr->id - OBJ_FRAME];
	slot = ptr->num / 8;
	memset(frame->tag + ptr->num, TAG_DYNPTR, DYNPTR_SIZE);
	for (half = 0; half < 2; half++)
		frame->slot[slot + half] = (struct fuzz_val) {
			.kind = VAL_DYNPTR, .id = id, .num = half * 8,
		};
}

static struct fuzz_dynptr *dynptr_check(struct fuzz_interp *it, __u32 id)
{
	struct fuzz_dynptr *d = &it->dynptr[id];

	if (!d->alive)
		fuzz_fail(it, "use of a dynptr that is gone");
	else if (!d->null && (!it->obj[d->obj].alive || it->obj[d->obj].gen != d->gen))
		fuzz_fail(it, "use of a dynptr to memory that is gone");
	else
		return d;
	return NULL;
}

static struct fuzz_dynptr *dynptr_arg(struct fuzz_interp *it, int regno)
{
	const struct fuzz_val *ptr = &it->reg[regno], *slot;
	struct fuzz_frame *frame;

	if (ptr->kind == VAL_DYNPTR && !ptr->num)
		return dynptr_check(it, ptr->id);
	if (!fuzz_access(it, ptr, 0, DYNPTR_SIZE, false))
		return NULL;
	if (ptr->id >= OBJ_FRAME && ptr->num % 8 == 0) {
		frame = &it->frame[ptr->id - OBJ_FRAME];
		slot = &frame->slot[ptr->num / 8];
		if (frame->tag[ptr->num] == TAG_DYNPTR && !slot->num)
			return dynptr_check(it, slot->id);
	}
	fuzz_fail(it, "use of memory that is no dynptr");
	return NULL;
}

struct fuzz_val fuzz_dynptr_from_mem(struct fuzz_interp *it)
{
	struct fuzz_val *mem = &it->reg[BPF_REG_1];
	__u64 size = fuzz_arg_num(it, BPF_REG_2), flags = fuzz_arg_num(it, BPF_REG_3);
	bool bad = (__u32)size > DYNPTR_MAX_SIZE || flags;

	if (!it->stop)
		fuzz_access(it, mem, 0, size, true);
	if (!it->stop)
		dynptr_place(it, &it->reg[BPF_REG_4],
			     fuzz_dynptr_new(it, bad ? NR_OBJS : mem->id, mem->num, size));
	return fuzz_num(!bad ? 0 : (__u32)size > DYNPTR_MAX_SIZE ? -E2BIG : -EINVAL);
}

static struct fuzz_val dynptr_at(struct fuzz_interp *it, const struct fuzz_dynptr *d, __u32 off)
{
	struct fuzz_val ptr = fuzz_obj_ptr(it, d->obj, d->off + off);

	ptr.dyn = d - it->dynptr;
	return ptr;
}

static bool dynptr_holds(const struct fuzz_dynptr *d, __u32 off, __u32 len)
{
	return off <= d->size && len <= d->size - off;
}

/* Both directions: memory and its length in two registers, and the dynptr. */
static struct fuzz_val dynptr_copy(struct fuzz_interp *it, struct fuzz_dynptr *d,
				   const struct fuzz_val *mem, __u64 len, __u32 off, bool to_mem)
{
	__u64 flags = fuzz_arg_num(it, BPF_REG_5);
	__u8 buf[FUZZ_STACK];
	struct fuzz_val at;
	int err;

	if (it->stop || !d || !fuzz_access(it, mem, 0, len, to_mem))
		return fuzz_num(0);
	err = d->null || flags ? -EINVAL : dynptr_holds(d, off, len) ? 0 : -E2BIG;
	if (err) {
		memset(buf, 0, sizeof(buf));
		if (to_mem)
			fuzz_write(it, mem, buf, len);
		return fuzz_num(err);
	}
	at = dynptr_at(it, d, off);
	fuzz_read(it, to_mem ? &at : mem, buf, len);
	fuzz_write(it, to_mem ? mem : &at, buf, len);
	return fuzz_num(0);
}

struct fuzz_val fuzz_dynptr_read(struct fuzz_interp *it)
{
	__u64 len = fuzz_arg_num(it, BPF_REG_2), off = fuzz_arg_num(it, BPF_REG_4);

	return dynptr_copy(it, dynptr_arg(it, BPF_REG_3), &it->reg[BPF_REG_1], len, off, true);
}

struct fuzz_val fuzz_dynptr_write(struct fuzz_interp *it)
{
	__u64 off = fuzz_arg_num(it, BPF_REG_2), len = fuzz_arg_num(it, BPF_REG_4);

	return dynptr_copy(it, dynptr_arg(it, BPF_REG_1), &it->reg[BPF_REG_3], len, off, false);
}

struct fuzz_val fuzz_dynptr_data(struct fuzz_interp *it)
{
	struct fuzz_dynptr *d = dynptr_arg(it, BPF_REG_1);
	__u32 off = fuzz_arg_num(it, BPF_REG_2), len = fuzz_arg_num(it, BPF_REG_3);

	if (it->stop || d->null || !dynptr_holds(d, off, len))
		return fuzz_num(0);
	return dynptr_at(it, d, off);
}

/* A record, or NR_OBJS if the ring has no room for it. */
static __u32 record_new(struct fuzz_interp *it, __u32 size)
{
	__u32 len = (size + BPF_RINGBUF_HDR_SZ + 7) & -8, id = OBJ_RECORD + it->records;

	if (it->ring_used + len > RING_MASK)
		return NR_OBJS;
	if (it->records == FUZZ_RECORDS || size > FUZZ_RECORD) {
		fuzz_give_up(it);
		return NR_OBJS;
	}
	it->ring_used += len;
	fuzz_obj_start(it, id, it->record[it->records++], size);
	it->obj[id].stale = true;
	return id;
}

struct fuzz_val fuzz_ringbuf_reserve(struct fuzz_interp *it)
{
	__u32 size = fuzz_arg_num(it, BPF_REG_2), obj = NR_OBJS;
	__u64 flags = fuzz_arg_num(it, BPF_REG_3);
	int err = flags ? -EINVAL : size > DYNPTR_MAX_SIZE ? -E2BIG : 0;

	if (!it->stop && (it->reg[BPF_REG_1].kind != VAL_MAP ||
			  it->reg[BPF_REG_1].id != FUZZ_MAP_RING))
		fuzz_fail(it, "a map of another type is expected");
	if (it->stop)
		return fuzz_num(0);
	if (!err) {
		obj = record_new(it, size);
		err = obj == NR_OBJS ? -EINVAL : 0;
	}
	if (!it->stop)
		dynptr_place(it, &it->reg[BPF_REG_4], fuzz_dynptr_new(it, obj, 0, size));
	return fuzz_num(err);
}

struct fuzz_val fuzz_ringbuf_release(struct fuzz_interp *it)
{
	struct fuzz_dynptr *d = dynptr_arg(it, BPF_REG_1);

	fuzz_arg_num(it, BPF_REG_2);
	if (it->stop)
		return fuzz_num(0);
	if (!d->null && (d->obj < OBJ_RECORD || d->obj >= OBJ_FRAME)) {
		fuzz_fail(it, "release of a dynptr that is no record");
		return fuzz_num(0);
	}
	if (!d->null)
		fuzz_obj_end(it, d->obj);
	fuzz_dynptr_end(it, d - it->dynptr);
	return (struct fuzz_val) {};
}
