/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __FUZZ_INTERP_H
#define __FUZZ_INTERP_H

#include "fuzz.h"

/* What a register or a slot of the stack holds. A null pointer is a number. */
enum fuzz_kind { VAL_NONE, VAL_NUM, VAL_PTR, VAL_MAP, VAL_FUNC, VAL_DYNPTR };

struct fuzz_val {
	enum fuzz_kind kind;
	__u32 id;	/* object, map, insn or dynptr */
	__u32 gen;	/* generation of the object when the pointer was made */
	__u32 dyn;	/* a slice of this dynptr, or 0 */
	__u64 num;	/* the number, or the offset in what id says */
};

/* What a byte of the stack belongs to */
enum fuzz_tag { TAG_NONE, TAG_NUM, TAG_SPILL, TAG_DYNPTR, TAG_ITER, TAG_IRQ };

#define FUZZ_FRAMES	8
#define FUZZ_STACK	512
#define FUZZ_RECORDS	8
#define FUZZ_RECORD	256
#define FUZZ_DYNPTRS	512
#define FUZZ_ITERS	64
#define FUZZ_LOCKS	32

enum fuzz_obj_id {
	OBJ_CTX,
	OBJ_DATA,
	OBJ_MANY,
	OBJ_SPECIAL = OBJ_MANY + FUZZ_ELEMS,
	OBJ_PACKET = OBJ_SPECIAL + FUZZ_ELEMS,
	OBJ_KEY,	/* of bpf_for_each_map_elem(), by frame */
	OBJ_SAMPLE = OBJ_KEY + FUZZ_FRAMES,
	OBJ_RECORD,
	OBJ_RES = OBJ_RECORD + FUZZ_RECORDS,
	OBJ_ITER = OBJ_RES + FUZZ_ELEMS,	/* the element of an iterator */
	OBJ_FRAME = OBJ_ITER + FUZZ_ITERS,
	NR_OBJS = OBJ_FRAME + FUZZ_FRAMES,
};

/* What a pointer may reach. A new generation leaves old pointers dangling. */
struct fuzz_obj {
	__u8 *bytes;
	__u32 size;
	__u32 gen;
	bool alive;
	bool readonly;
	bool stale;	/* nobody knows what is in there */
};

struct fuzz_frame {
	__u8 bytes[FUZZ_STACK];
	__u8 tag[FUZZ_STACK];
	struct fuzz_val slot[FUZZ_STACK / 8];	/* for TAG_SPILL and those that follow */
	__u32 may_gotos;			/* that did not jump */
};

struct fuzz_dynptr {
	bool alive;
	bool null;
	__u32 obj;
	__u32 gen;
	__u32 off;
	__u32 size;
};

/* An iterator over numbers: its object is alive from the first element on */
struct fuzz_iter {
	bool alive;
	__s32 cur;
	__s64 next, end;
};

/* Locks that are held, the last one on top */
struct fuzz_lock {
	__u32 obj;
	bool irq;
};

struct fuzz_interp {
	const struct fuzz_prog *prog;
	const struct fuzz_input *in;
	struct fuzz_result *res;
	struct fuzz_rng rng;
	struct fuzz_val reg[MAX_BPF_REG];
	int pc;
	int depth;	/* of the current frame */
	int steps;
	bool stop;
	bool draining;
	bool tail_call;	/* leads to another program now */
	bool tailed;	/* the function that ended last was left so */
	int atomic;	/* callbacks that must not sleep */
	int timers;
	struct fuzz_obj *locked;
	int rcu, preempt, irq;	/* sections that are open */
	int locks;
	struct fuzz_lock lock[FUZZ_LOCKS];
	__u32 iters;
	struct fuzz_iter iter[FUZZ_ITERS];
	__u32 packet_size;
	__u32 drained;	/* samples */
	__u32 records, ring_used;
	__u32 dynptrs;
	__u32 keys[FUZZ_FRAMES];
	struct fuzz_sample sample;
	__u64 ctx[FUZZ_CTX / 8];
	__u8 packet[FUZZ_PACKET];
	__u8 special[FUZZ_ELEMS][FUZZ_VALUE];
	__u8 res_value[FUZZ_ELEMS][FUZZ_VALUE];
	struct fuzz_obj obj[NR_OBJS];
	struct fuzz_frame frame[FUZZ_FRAMES];
	struct fuzz_dynptr dynptr[FUZZ_DYNPTRS];
	__u8 record[FUZZ_RECORDS][FUZZ_RECORD];
};

static inline struct fuzz_val fuzz_num(__u64 num)
{
	return (struct fuzz_val) { .kind = VAL_NUM, .num = num };
}

static inline bool fuzz_is_ptr(const struct fuzz_val *val)
{
	return val->kind > VAL_NUM;
}

/* fuzz_mem.c */
void fuzz_fail(struct fuzz_interp *it, const char *what);
void fuzz_give_up(struct fuzz_interp *it);
struct fuzz_val fuzz_opaque(struct fuzz_interp *it);
struct fuzz_val fuzz_address(struct fuzz_interp *it);
void fuzz_obj_start(struct fuzz_interp *it, __u32 id, void *bytes, __u32 size);
void fuzz_obj_end(struct fuzz_interp *it, __u32 id);
struct fuzz_val fuzz_obj_ptr(const struct fuzz_interp *it, __u32 id, __u64 off);
struct fuzz_obj *fuzz_access(struct fuzz_interp *it, const struct fuzz_val *ptr, __s64 off,
			     __u32 size, bool write);
struct fuzz_val fuzz_load(struct fuzz_interp *it, const struct fuzz_val *ptr, __s64 off,
			  __u32 size);
void fuzz_store(struct fuzz_interp *it, const struct fuzz_val *ptr, __s64 off, __u32 size,
		const struct fuzz_val *val);
void fuzz_read(struct fuzz_interp *it, const struct fuzz_val *ptr, void *buf, __u32 size);
void fuzz_write(struct fuzz_interp *it, const struct fuzz_val *ptr, const void *buf, __u32 size);
void fuzz_frame_start(struct fuzz_interp *it, int depth);
void fuzz_stack_tag(struct fuzz_interp *it, const struct fuzz_val *ptr, enum fuzz_tag tag,
		    __u32 id);
struct fuzz_val *fuzz_stack_slot(struct fuzz_interp *it, const struct fuzz_val *ptr,
				 enum fuzz_tag tag);

/* fuzz_dynptr.c */
__u32 fuzz_dynptr_new(struct fuzz_interp *it, __u32 obj, __u32 off, __u32 size);
void fuzz_dynptr_end(struct fuzz_interp *it, __u32 id);
struct fuzz_val fuzz_dynptr_from_mem(struct fuzz_interp *it);
struct fuzz_val fuzz_dynptr_read(struct fuzz_interp *it);
struct fuzz_val fuzz_dynptr_write(struct fuzz_interp *it);
struct fuzz_val fuzz_dynptr_data(struct fuzz_interp *it);
struct fuzz_val fuzz_ringbuf_reserve(struct fuzz_interp *it);
struct fuzz_val fuzz_ringbuf_release(struct fuzz_interp *it);

/* fuzz_special.c */
struct fuzz_val fuzz_pull_data(struct fuzz_interp *it);
struct fuzz_val fuzz_tail_call(struct fuzz_interp *it);
struct fuzz_val fuzz_spin_lock(struct fuzz_interp *it);
struct fuzz_val fuzz_spin_unlock(struct fuzz_interp *it);
struct fuzz_val fuzz_timer_init(struct fuzz_interp *it);
struct fuzz_val fuzz_timer_callback(struct fuzz_interp *it);
struct fuzz_val fuzz_timer_start(struct fuzz_interp *it);
struct fuzz_val fuzz_sys_close(struct fuzz_interp *it);
void fuzz_global_args(struct fuzz_interp *it, int proto);

/* fuzz_kfunc.c */
bool fuzz_kfunc_under_lock(int kfunc);
void fuzz_no_sections(struct fuzz_interp *it);
struct fuzz_val fuzz_call_kfunc(struct fuzz_interp *it, int kfunc);

/* fuzz_call.c */
struct fuzz_val fuzz_int_error(struct fuzz_interp *it, int err);
__u64 fuzz_arg_num(struct fuzz_interp *it, int regno);
void fuzz_call_helper(struct fuzz_interp *it, int func);
void fuzz_call_kernel(struct fuzz_interp *it, int kfunc);

/* fuzz_interp.c */
void fuzz_call(struct fuzz_interp *it, int target);
void fuzz_no_resources(struct fuzz_interp *it);

#endif
