// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The memory of the interpreter: objects, and what is known of each byte of the stack. */
#include "fuzz_interp.h"

void fuzz_fail(struct fuzz_interp *it, const char *what)
{
	if (it->stop)
		return;
	it->stop = true;
	it->res->outcome = FUZZ_UNSOUND;
	it->res->what = what;
	it->res->insn = it->pc;
}

void fuzz_give_up(struct fuzz_interp *it)
{
	if (it->stop)
		return;
	it->stop = true;
	it->res->outcome = FUZZ_LONG;
	it->res->insn = it->pc;
}

/* A number that is another one in the kernel: any will do to look for errors. */
struct fuzz_val fuzz_opaque(struct fuzz_interp *it)
{
	it->res->opaque = true;
	return fuzz_num(fuzz_random(&it->rng) >> fuzz_below(&it->rng, 64));
}

/* The address of something, or a part of it, as a number */
struct fuzz_val fuzz_address(struct fuzz_interp *it)
{
	if (it->prog->strict)
		fuzz_fail(it, "an address becomes a number");
	return fuzz_opaque(it);
}

void fuzz_obj_start(struct fuzz_interp *it, __u32 id, void *bytes, __u32 size)
{
	struct fuzz_obj *obj = &it->obj[id];

	obj->bytes = bytes;
	obj->size = size;
	obj->gen++;
	obj->alive = true;
}

void fuzz_obj_end(struct fuzz_interp *it, __u32 id)
{
	it->obj[id].alive = false;
}

struct fuzz_val fuzz_obj_ptr(const struct fuzz_interp *it, __u32 id, __u64 off)
{
	return (struct fuzz_val) {
		.kind = VAL_PTR, .id = id, .gen = it->obj[id].gen, .num = off,
	};
}

void fuzz_frame_start(struct fuzz_interp *it, int depth)
{
	struct fuzz_frame *frame = &it->frame[depth];

	memset(frame->tag, TAG_NONE, sizeof(frame->tag));
	frame->may_gotos = 0;
	fuzz_obj_start(it, OBJ_FRAME + depth, frame->bytes, FUZZ_STACK);
}

static bool overlaps(__s64 off, __u32 size, __s64 from, __u32 len)
{
	return off < from + len && off + size > from;
}

/* Has the value a lock or a timer there? */
static bool is_special(__u32 id, __s64 off, __u32 size)
{
	bool timer = id >= OBJ_SPECIAL && id < OBJ_SPECIAL + FUZZ_ELEMS;
	bool lock = timer || (id >= OBJ_RES && id < OBJ_RES + FUZZ_ELEMS);

	return (lock && overlaps(off, size, FUZZ_LOCK, 4)) ||
	       (timer && overlaps(off, size, FUZZ_TIMER, 16));
}

/* The object, if the access is right. */
struct fuzz_obj *fuzz_access(struct fuzz_interp *it, const struct fuzz_val *ptr, __s64 off,
			     __u32 size, bool write)
{
	struct fuzz_obj *obj = &it->obj[ptr->id];

	off += ptr->num;
	if (ptr->kind == VAL_NONE)
		fuzz_fail(it, "access through an uninitialised register");
	else if (ptr->kind == VAL_NUM)
		fuzz_fail(it, "access through a number");
	else if (ptr->kind != VAL_PTR)
		fuzz_fail(it, "access through a pointer to no memory");
	else if (!obj->alive || obj->gen != ptr->gen)
		fuzz_fail(it, "access to memory that is gone");
	else if (ptr->dyn && !it->dynptr[ptr->dyn].alive)
		fuzz_fail(it, "access to a slice of a dynptr that is gone");
	else if (off < 0 || off > (__s64)obj->size - size)
		fuzz_fail(it, "access out of bounds");
	else if (is_special(ptr->id, off, size))
		fuzz_fail(it, "access to a lock or a timer");
	else if (write && obj->readonly)
		fuzz_fail(it, "write to read-only memory");
	else
		return obj;
	return NULL;
}

static struct fuzz_frame *frame_of(struct fuzz_interp *it, const struct fuzz_val *ptr)
{
	return ptr->id >= OBJ_FRAME ? &it->frame[ptr->id - OBJ_FRAME] : NULL;
}

/* The bytes next to one that is overwritten lose what they were part of. */
static void slot_break(struct fuzz_interp *it, struct fuzz_frame *frame, __u32 slot)
{
	int i;

	if (frame->tag[slot * 8] == TAG_DYNPTR)
		fuzz_dynptr_end(it, frame->slot[slot].id);
	for (i = slot * 8; i < slot * 8 + 8; i++)
		if (frame->tag[i] != TAG_NUM)
			frame->tag[i] = TAG_NONE;
}

static void stack_tag(struct fuzz_interp *it, struct fuzz_frame *frame, __u32 off, __u32 size,
		      enum fuzz_tag tag)
{
	__u32 slot;

	for (slot = off / 8; slot <= (off + size - 1) / 8; slot++)
		if (frame->tag[slot * 8] >= TAG_SPILL)
			slot_break(it, frame, slot);
	memset(frame->tag + off, tag, size);
}

static bool stack_is(const struct fuzz_frame *frame, __u32 off, __u32 size, enum fuzz_tag tag)
{
	while (size && frame->tag[off] == tag)
		off++, size--;
	return !size;
}

/* Something of 8 bytes is made where an argument points to. */
void fuzz_stack_tag(struct fuzz_interp *it, const struct fuzz_val *ptr, enum fuzz_tag tag,
		    __u32 id)
{
	struct fuzz_frame *frame;
	__u8 zero[8] = {};

	if (ptr->kind != VAL_PTR || ptr->id < OBJ_FRAME || ptr->num % 8) {
		fuzz_fail(it, "made at a bad place");
		return;
	}
	fuzz_write(it, ptr, zero, sizeof(zero));
	if (it->stop)
		return;
	frame = frame_of(it, ptr);
	stack_tag(it, frame, ptr->num, 8, tag);
	frame->slot[ptr->num / 8] = fuzz_num(id);
}

/* The slot with the id of what has been made there, or NULL */
struct fuzz_val *fuzz_stack_slot(struct fuzz_interp *it, const struct fuzz_val *ptr,
				 enum fuzz_tag tag)
{
	struct fuzz_frame *frame;

	if (!fuzz_access(it, ptr, 0, 8, false))
		return NULL;
	frame = frame_of(it, ptr);
	if (frame && ptr->num % 8 == 0 && stack_is(frame, ptr->num, 8, tag))
		return &frame->slot[ptr->num / 8];
	fuzz_fail(it, "it has not been made there");
	return NULL;
}

/* Bytes that the program did not write as numbers */
static bool unknown_bytes(struct fuzz_interp *it, const struct fuzz_obj *obj,
			  const struct fuzz_frame *frame, __u32 off, __u32 size)
{
	if (!frame || stack_is(frame, off, size, TAG_NUM))
		return obj->stale;
	if (it->prog->strict)
		fuzz_fail(it, "read of stack that holds no number");
	return true;
}

/* A program with CAP_PERFMON may look at a struct bpf_map. */
static bool reads_map(const struct fuzz_interp *it, const struct fuzz_val *ptr, __s64 off)
{
	off += ptr->num;
	return ptr->kind == VAL_MAP && !it->prog->strict && off >= 0 && off < 256;
}

/* Where the packet begins and ends: in the kernel, the context has an address there. */
static bool loads_packet(const struct fuzz_interp *it, const struct fuzz_val *ptr, __s64 off)
{
	off += ptr->num;
	return ptr->kind == VAL_PTR && ptr->id == OBJ_CTX && fuzz_types[it->prog->type].packet &&
	       (off == FUZZ_DATA || off == FUZZ_DATA_END);
}

struct fuzz_val fuzz_load(struct fuzz_interp *it, const struct fuzz_val *ptr, __s64 off,
			  __u32 size)
{
	struct fuzz_obj *obj = reads_map(it, ptr, off) ? NULL :
			       fuzz_access(it, ptr, off, size, false);
	struct fuzz_frame *frame = frame_of(it, ptr);
	__u64 num = 0;

	if (!obj)
		return fuzz_opaque(it);
	/* The socket that some contexts have is nothing that this knows. */
	if (ptr->id == OBJ_CTX && size == 8 && fuzz_types[it->prog->type].load_size != 8)
		fuzz_give_up(it);
	if (loads_packet(it, ptr, off))
		return fuzz_obj_ptr(it, OBJ_PACKET,
				    off + ptr->num == FUZZ_DATA ? 0 : it->packet_size);
	off += ptr->num;
	if (frame && size == 8 && off % 8 == 0 && stack_is(frame, off, 8, TAG_SPILL))
		return frame->slot[off / 8];
	if (unknown_bytes(it, obj, frame, off, size))
		num = fuzz_opaque(it).num;
	else
		memcpy(&num, obj->bytes + off, size);
	return fuzz_num(size == 8 ? num : num & ((1ULL << size * 8) - 1));
}

static void store_other(struct fuzz_interp *it, struct fuzz_obj *obj, struct fuzz_frame *frame,
			__s64 off, __u32 size, const struct fuzz_val *val)
{
	__u64 num;

	if (!frame) {
		num = fuzz_address(it).num;
		memcpy(obj->bytes + off, &num, size);
	} else if (size == 8 && off % 8 == 0) {
		stack_tag(it, frame, off, 8, TAG_SPILL);
		frame->slot[off / 8] = *val;
	} else {
		stack_tag(it, frame, off, size, TAG_NONE);
	}
}

void fuzz_store(struct fuzz_interp *it, const struct fuzz_val *ptr, __s64 off, __u32 size,
		const struct fuzz_val *val)
{
	struct fuzz_obj *obj = fuzz_access(it, ptr, off, size, true);
	struct fuzz_frame *frame = frame_of(it, ptr);

	if (!obj)
		return;
	off += ptr->num;
	if (val->kind == VAL_NONE) {
		fuzz_fail(it, "store of an uninitialised register");
	} else if (val->kind != VAL_NUM) {
		store_other(it, obj, frame, off, size, val);
	} else {
		if (frame)
			stack_tag(it, frame, off, size, TAG_NUM);
		memcpy(obj->bytes + off, &val->num, size);
	}
}

/* As a helper does it */
void fuzz_read(struct fuzz_interp *it, const struct fuzz_val *ptr, void *buf, __u32 size)
{
	struct fuzz_obj *obj = fuzz_access(it, ptr, 0, size, false);
	struct fuzz_frame *frame = frame_of(it, ptr);

	if (!obj || !size)
		return;
	if (unknown_bytes(it, obj, frame, ptr->num, size))
		it->res->opaque = true;
	memcpy(buf, obj->bytes + ptr->num, size);
}

void fuzz_write(struct fuzz_interp *it, const struct fuzz_val *ptr, const void *buf, __u32 size)
{
	struct fuzz_obj *obj = fuzz_access(it, ptr, 0, size, true);
	struct fuzz_frame *frame = frame_of(it, ptr);

	if (!obj || !size)
		return;
	if (frame)
		stack_tag(it, frame, ptr->num, size, TAG_NUM);
	memmove(obj->bytes + ptr->num, buf, size);
}
