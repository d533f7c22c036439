// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The helpers, as the interpreter does them. */
#include <errno.h>
#include "fuzz_interp.h"

#define MAX_LOOPS (8 << 20)

static const struct fuzz_val none;

__u64 fuzz_arg_num(struct fuzz_interp *it, int regno)
{
	const struct fuzz_val *val = &it->reg[regno];

	if (val->kind == VAL_NUM)
		return val->num;
	if (val->kind == VAL_NONE)
		fuzz_fail(it, "uninitialised argument");
	return fuzz_address(it).num;
}

static bool arg_map(struct fuzz_interp *it, enum fuzz_map first, enum fuzz_map last)
{
	const struct fuzz_val *map = &it->reg[BPF_REG_1];

	if (map->kind == VAL_MAP && !map->num && map->id >= first && map->id <= last)
		return true;
	fuzz_fail(it, "a map of another type is expected");
	return false;
}

/* False if the value is out of the map. */
static bool array_elem(struct fuzz_interp *it, struct fuzz_val *elem)
{
	static const int objs[] = {
		OBJ_DATA, OBJ_MANY, [FUZZ_MAP_SPECIAL] = OBJ_SPECIAL, [FUZZ_MAP_RES] = OBJ_RES,
	};
	__u32 key = 0, map = it->reg[BPF_REG_1].id;
	bool lock = map == FUZZ_MAP_SPECIAL || map == FUZZ_MAP_RES;

	if (!arg_map(it, lock ? map : FUZZ_MAP_DATA, lock ? map : FUZZ_MAP_MANY))
		return false;
	fuzz_read(it, &it->reg[BPF_REG_2], &key, sizeof(key));
	if (it->stop || key >= (map == FUZZ_MAP_DATA ? 1 : FUZZ_ELEMS))
		return false;
	*elem = fuzz_obj_ptr(it, objs[map] + key, 0);
	return true;
}

static struct fuzz_val call_lookup(struct fuzz_interp *it)
{
	struct fuzz_val elem;

	return array_elem(it, &elem) ? elem : fuzz_num(0);
}

/* The upper half of the register may be anything: what updates a map returns an int, and
 * bpf_loop() is a helper, or inlined.
 */
struct fuzz_val fuzz_int_error(struct fuzz_interp *it, int err)
{
	return fuzz_num((__u32)err | fuzz_opaque(it).num << 32);
}

static struct fuzz_val call_update(struct fuzz_interp *it)
{
	__u64 flags = fuzz_arg_num(it, BPF_REG_4);
	__u8 value[FUZZ_VALUE];
	struct fuzz_val elem;
	bool there;

	there = array_elem(it, &elem);
	if (!it->stop)
		fuzz_read(it, &it->reg[BPF_REG_3], value, sizeof(value));
	if (it->stop)
		return fuzz_num(0);
	if ((flags & ~(__u64)BPF_F_LOCK) > BPF_EXIST)
		return fuzz_int_error(it, -EINVAL);
	if (!there)
		return fuzz_int_error(it, -E2BIG);
	if (flags & BPF_NOEXIST)
		return fuzz_int_error(it, -EEXIST);
	if (flags & BPF_F_LOCK)
		return fuzz_int_error(it, -EINVAL);
	fuzz_write(it, &elem, value, sizeof(value));
	return fuzz_num(0);
}

/* Callbacks are given their arguments in registers, as helpers are. */
struct callback {
	int insn;
	struct fuzz_val ctx;
};

static bool callback_args(struct fuzz_interp *it, struct callback *cb)
{
	const struct fuzz_val *func = &it->reg[BPF_REG_2];

	cb->ctx = it->reg[BPF_REG_3];
	cb->insn = func->id;
	if (func->kind != VAL_FUNC || func->num)
		fuzz_fail(it, "a function is expected");
	else if (cb->ctx.kind == VAL_NONE)
		fuzz_fail(it, "uninitialised argument");
	return !it->stop;
}

static bool goes_on(const struct fuzz_val *ret)
{
	return ret->kind == VAL_NUM && !ret->num;
}

/* Returns whether to go on; what another program leaves may be anything. */
static bool callback_run(struct fuzz_interp *it, const struct callback *cb)
{
	const struct fuzz_val *ret = &it->reg[BPF_REG_0];

	fuzz_call(it, cb->insn);
	if (it->locks || it->locked)
		fuzz_fail(it, "callback leaves with a lock");
	if (!it->stop && !it->tailed && (ret->kind != VAL_NUM || ret->num > 1))
		fuzz_fail(it, "callback returns something else than 0 and 1");
	return !it->stop && goes_on(ret);
}

/* The helper looks at 32 bits of the count, what the verifier makes of it at 64. With a
 * limit, it is as if the callback had ended the loop.
 */
static __u64 loop_count(struct fuzz_interp *it)
{
	__u64 nr = fuzz_arg_num(it, BPF_REG_1);

	if (nr >> 32 && fuzz_opaque(it).num & 1)
		nr = (__u32)nr;
	if (it->in->limit && nr > it->in->limit + 2)
		nr = it->in->limit + 2;
	return nr;
}

static struct fuzz_val call_loop(struct fuzz_interp *it)
{
	__u64 nr = loop_count(it), flags = fuzz_arg_num(it, BPF_REG_4), i;
	struct callback cb;

	if (!callback_args(it, &cb))
		return none;
	if (flags || nr > MAX_LOOPS)
		return fuzz_int_error(it, flags ? -EINVAL : -E2BIG);
	for (i = 0; i < nr; i++) {
		it->reg[BPF_REG_1] = fuzz_num(i);
		it->reg[BPF_REG_2] = cb.ctx;
		it->reg[BPF_REG_3] = it->reg[BPF_REG_4] = it->reg[BPF_REG_5] = none;
		if (!callback_run(it, &cb))
			return fuzz_num(i + 1);
	}
	return fuzz_num(i);
}

static struct fuzz_val call_for_each(struct fuzz_interp *it)
{
	__u32 map = it->reg[BPF_REG_1].id, key = OBJ_KEY + it->depth, i, nr, first;
	__u64 flags = fuzz_arg_num(it, BPF_REG_4);
	struct callback cb;

	if (!arg_map(it, FUZZ_MAP_DATA, FUZZ_MAP_MANY) || !callback_args(it, &cb))
		return none;
	if (flags)
		return fuzz_num(-EINVAL);
	nr = map == FUZZ_MAP_DATA ? 1 : FUZZ_ELEMS;
	first = map == FUZZ_MAP_DATA ? OBJ_DATA : OBJ_MANY;
	it->atomic++;
	for (i = 0; i < nr; i++) {
		it->keys[it->depth] = i;
		fuzz_obj_start(it, key, &it->keys[it->depth], sizeof(i));
		it->obj[key].readonly = true;
		it->reg[BPF_REG_1] = (struct fuzz_val) { .kind = VAL_MAP, .id = map };
		it->reg[BPF_REG_2] = fuzz_obj_ptr(it, key, 0);
		it->reg[BPF_REG_3] = fuzz_obj_ptr(it, first + i, 0);
		it->reg[BPF_REG_4] = cb.ctx;
		it->reg[BPF_REG_5] = none;
		if (!callback_run(it, &cb))
			break;
		fuzz_obj_end(it, key);
	}
	it->atomic--;
	return fuzz_num(i < nr ? i + 1 : nr);
}

/* One sample; returns whether to go on. */
static bool drain_sample(struct fuzz_interp *it, const struct callback *cb)
{
	__u32 dyn;
	bool more;

	it->sample = it->in->sample[it->drained++];
	fuzz_obj_start(it, OBJ_SAMPLE, it->sample.bytes, it->sample.len);
	dyn = fuzz_dynptr_new(it, OBJ_SAMPLE, 0, it->sample.len);
	it->reg[BPF_REG_1] = (struct fuzz_val) { .kind = VAL_DYNPTR, .id = dyn };
	it->reg[BPF_REG_2] = cb->ctx;
	it->reg[BPF_REG_3] = it->reg[BPF_REG_4] = it->reg[BPF_REG_5] = none;
	more = !it->stop && callback_run(it, cb);
	fuzz_dynptr_end(it, dyn);
	fuzz_obj_end(it, OBJ_SAMPLE);
	return more;
}

static struct fuzz_val call_drain(struct fuzz_interp *it)
{
	__u64 flags = fuzz_arg_num(it, BPF_REG_4);
	struct callback cb;
	__u32 nr = 0;

	if (!arg_map(it, FUZZ_MAP_USER, FUZZ_MAP_USER) || !callback_args(it, &cb))
		return none;
	if (flags & ~(__u64)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return fuzz_num(-EINVAL);
	if (it->draining)
		return fuzz_num(-EBUSY);
	it->draining = true;
	while (it->drained < it->in->samples) {
		nr++;
		if (!drain_sample(it, &cb))
			break;
	}
	it->draining = false;
	return fuzz_num(nr);
}

/* Seldom 0 */
static struct fuzz_val call_random(struct fuzz_interp *it)
{
	it->res->opaque = true;
	return fuzz_num(fuzz_chance(&it->rng, 10) ? 0 : (__u32)fuzz_random(&it->rng));
}

static const struct {
	int func;
	struct fuzz_val (*call)(struct fuzz_interp *it);
} helpers[] = {
	{ BPF_FUNC_map_lookup_elem, call_lookup },
	{ BPF_FUNC_map_update_elem, call_update },
	{ BPF_FUNC_loop, call_loop },
	{ BPF_FUNC_for_each_map_elem, call_for_each },
	{ BPF_FUNC_user_ringbuf_drain, call_drain },
	{ BPF_FUNC_dynptr_from_mem, fuzz_dynptr_from_mem },
	{ BPF_FUNC_dynptr_read, fuzz_dynptr_read },
	{ BPF_FUNC_dynptr_write, fuzz_dynptr_write },
	{ BPF_FUNC_dynptr_data, fuzz_dynptr_data },
	{ BPF_FUNC_ringbuf_reserve_dynptr, fuzz_ringbuf_reserve },
	{ BPF_FUNC_ringbuf_submit_dynptr, fuzz_ringbuf_release },
	{ BPF_FUNC_ringbuf_discard_dynptr, fuzz_ringbuf_release },
	{ BPF_FUNC_get_prandom_u32, call_random },
	{ BPF_FUNC_skb_pull_data, fuzz_pull_data },
	{ BPF_FUNC_tail_call, fuzz_tail_call },
	{ BPF_FUNC_spin_lock, fuzz_spin_lock },
	{ BPF_FUNC_spin_unlock, fuzz_spin_unlock },
	{ BPF_FUNC_timer_init, fuzz_timer_init },
	{ BPF_FUNC_timer_set_callback, fuzz_timer_callback },
	{ BPF_FUNC_timer_start, fuzz_timer_start },
	{ BPF_FUNC_sys_close, fuzz_sys_close },
};

static void clobber(struct fuzz_interp *it)
{
	int i;

	for (i = BPF_REG_1; i <= BPF_REG_5; i++)
		it->reg[i] = none;
}

void fuzz_call_kernel(struct fuzz_interp *it, int kfunc)
{
	if ((it->locked || it->locks) && !fuzz_kfunc_under_lock(kfunc))
		fuzz_fail(it, "call with a lock held");
	if (!it->stop)
		it->reg[BPF_REG_0] = fuzz_call_kfunc(it, kfunc);
	clobber(it);
}

void fuzz_call_helper(struct fuzz_interp *it, int func)
{
	int i, pc = it->pc;

	for (i = 0; i < ARRAY_SIZE(helpers) && helpers[i].func != func; i++)
		;
	if (i == ARRAY_SIZE(helpers)) {
		fuzz_give_up(it);
		return;
	}
	if ((it->locked || it->locks) && func != BPF_FUNC_spin_unlock)
		fuzz_fail(it, "call with a lock held");
	it->reg[BPF_REG_0] = helpers[i].call(it);
	it->pc = pc;
	clobber(it);
}
