// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Packets, tail calls, locks, timers and global functions, as the interpreter does them. */
#include <errno.h>
#include "fuzz_interp.h"

static bool ctx_arg(struct fuzz_interp *it)
{
	const struct fuzz_val *ctx = &it->reg[BPF_REG_1];

	if (ctx->kind == VAL_PTR && ctx->id == OBJ_CTX && !ctx->num)
		return true;
	fuzz_fail(it, "the context is expected");
	return false;
}

/* What pointed to the packet does not any more. */
static void packet_moves(struct fuzz_interp *it)
{
	fuzz_obj_end(it, OBJ_PACKET);
	fuzz_obj_start(it, OBJ_PACKET, it->packet, it->packet_size);
}

struct fuzz_val fuzz_pull_data(struct fuzz_interp *it)
{
	__u64 len = fuzz_arg_num(it, BPF_REG_2);

	if (!ctx_arg(it))
		return fuzz_num(0);
	packet_moves(it);
	return (__u32)len > it->packet_size ? fuzz_num(-ENOMEM) : fuzz_opaque(it);
}

/* With a limit it succeeds now and then: the other program is the end of this function, and
 * may have moved the packet.
 */
struct fuzz_val fuzz_tail_call(struct fuzz_interp *it)
{
	const struct fuzz_val *map = &it->reg[BPF_REG_2];

	fuzz_arg_num(it, BPF_REG_3);
	if (!ctx_arg(it))
		return fuzz_num(0);
	if (map->kind != VAL_MAP || map->num || map->id != FUZZ_MAP_PROGS)
		fuzz_fail(it, "a map of another type is expected");
	if (!it->in->limit || fuzz_chance(&it->rng, 50))
		return fuzz_opaque(it);
	fuzz_no_resources(it);
	packet_moves(it);
	it->tail_call = true;
	return fuzz_opaque(it);
}

static struct fuzz_obj *special_part(struct fuzz_interp *it, int off)
{
	const struct fuzz_val *ptr = &it->reg[BPF_REG_1];

	if (ptr->kind == VAL_PTR && ptr->id >= OBJ_SPECIAL &&
	    ptr->id < OBJ_SPECIAL + FUZZ_ELEMS && ptr->num == off)
		return &it->obj[ptr->id];
	fuzz_fail(it, "a lock or a timer is expected");
	return NULL;
}

struct fuzz_val fuzz_spin_lock(struct fuzz_interp *it)
{
	struct fuzz_obj *obj = special_part(it, FUZZ_LOCK);

	if (it->locked)
		fuzz_fail(it, "a second lock is taken");
	it->locked = obj;
	return (struct fuzz_val) {};
}

struct fuzz_val fuzz_spin_unlock(struct fuzz_interp *it)
{
	struct fuzz_obj *obj = special_part(it, FUZZ_LOCK);

	if (it->locked != obj || it->locks)
		fuzz_fail(it, "unlock of what is not locked");
	it->locked = NULL;
	return (struct fuzz_val) {};
}

struct fuzz_val fuzz_timer_init(struct fuzz_interp *it)
{
	struct fuzz_obj *obj = special_part(it, FUZZ_TIMER);
	const struct fuzz_val *map = &it->reg[BPF_REG_2];

	fuzz_arg_num(it, BPF_REG_3);
	if (obj && (map->kind != VAL_MAP || map->num || map->id != FUZZ_MAP_SPECIAL))
		fuzz_fail(it, "the map of the timer is expected");
	return fuzz_opaque(it);
}

/* It may run at once. */
static void timer_run(struct fuzz_interp *it, int insn, __u32 nr)
{
	struct fuzz_val saved[MAX_BPF_REG];
	__u32 key = OBJ_KEY + it->depth;
	int atomic = it->atomic, tail = it->tailed;

	if (it->timers++ > 16) {
		fuzz_give_up(it);
		return;
	}
	memcpy(saved, it->reg, sizeof(saved));
	it->keys[it->depth] = nr;
	fuzz_obj_start(it, key, &it->keys[it->depth], sizeof(nr));
	it->reg[BPF_REG_1] = (struct fuzz_val) { .kind = VAL_MAP, .id = FUZZ_MAP_SPECIAL };
	it->reg[BPF_REG_2] = fuzz_obj_ptr(it, key, 0);
	it->reg[BPF_REG_3] = fuzz_obj_ptr(it, OBJ_SPECIAL + nr, 0);
	it->reg[BPF_REG_4] = it->reg[BPF_REG_5] = (struct fuzz_val) {};
	it->atomic++;
	fuzz_call(it, insn);
	if (it->locks || it->locked)
		fuzz_fail(it, "timer leaves with a lock");
	it->atomic = atomic;
	if (!it->stop && !it->tailed && (it->reg[BPF_REG_0].kind != VAL_NUM ||
					 it->reg[BPF_REG_0].num))
		fuzz_fail(it, "timer returns something else than 0");
	it->tailed = tail;
	fuzz_obj_end(it, key);
	memcpy(it->reg, saved, sizeof(saved));
}

struct fuzz_val fuzz_timer_callback(struct fuzz_interp *it)
{
	struct fuzz_obj *obj = special_part(it, FUZZ_TIMER);
	const struct fuzz_val *func = &it->reg[BPF_REG_2];

	if (func->kind != VAL_FUNC || func->num)
		fuzz_fail(it, "a function is expected");
	if (!it->stop)
		timer_run(it, func->id, obj - &it->obj[OBJ_SPECIAL]);
	return fuzz_opaque(it);
}

struct fuzz_val fuzz_timer_start(struct fuzz_interp *it)
{
	special_part(it, FUZZ_TIMER);
	fuzz_arg_num(it, BPF_REG_2);
	fuzz_arg_num(it, BPF_REG_3);
	return fuzz_opaque(it);
}

struct fuzz_val fuzz_sys_close(struct fuzz_interp *it)
{
	__u64 fd = fuzz_arg_num(it, BPF_REG_1);

	if (it->atomic || it->rcu || it->preempt || it->irq)
		fuzz_fail(it, "sleeps where it must not");
	/* Nothing that this process has open. */
	if (fd != FUZZ_NO_FD)
		fuzz_give_up(it);
	return fuzz_num(-EBADF);
}

/* What was verified with any number there takes an address as one. */
static bool global_arg_fits(struct fuzz_interp *it, enum fuzz_arg arg, struct fuzz_val *val)
{
	switch (arg) {
	case FUZZ_ARG_NUM:
		if (fuzz_is_ptr(val))
			*val = fuzz_address(it);
		return val->kind == VAL_NUM;
	case FUZZ_ARG_MEM:
		if (val->kind == VAL_NUM)
			return !val->num;
		fuzz_access(it, val, 0, 8, true);
		return true;
	case FUZZ_ARG_CTX:
		return val->kind == VAL_PTR && val->id == OBJ_CTX && !val->num;
	default:
		return true;	/* who uses a dynptr looks at it */
	}
}

/* What the function relies on, whoever calls it */
void fuzz_global_args(struct fuzz_interp *it, int proto)
{
	int i;

	for (i = 0; i < FUZZ_GLOBAL_ARGS; i++)
		if (!global_arg_fits(it, fuzz_global_arg(proto, i), &it->reg[BPF_REG_1 + i]))
			fuzz_fail(it, "a global function is given what it does not take");
}
