// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The kfuncs of iterators, sections and locks, as the interpreter does them. */
#include <errno.h>
#include "fuzz_interp.h"

#define ITER_MAX (8 << 20)

static const struct fuzz_val none;

/* Iterators over numbers */

static struct fuzz_val iter_new(struct fuzz_interp *it)
{
	__s32 start = fuzz_arg_num(it, BPF_REG_2), end = fuzz_arg_num(it, BPF_REG_3);
	__u32 id = it->iters;
	int err = start > end ? -EINVAL : (__s64)end - start > ITER_MAX ? -E2BIG : 0;

	if (id == FUZZ_ITERS) {
		fuzz_give_up(it);
		return none;
	}
	fuzz_stack_tag(it, &it->reg[BPF_REG_1], TAG_ITER, id);
	if (it->stop)
		return none;
	it->iters++;
	it->iter[id] = (struct fuzz_iter) {
		.alive = true, .next = err ? 0 : start, .end = err ? 0 : end,
	};
	return fuzz_int_error(it, err);
}

static struct fuzz_iter *iter_arg(struct fuzz_interp *it, __u32 *id)
{
	const struct fuzz_val *slot = fuzz_stack_slot(it, &it->reg[BPF_REG_1], TAG_ITER);

	if (!slot)
		return NULL;
	*id = slot->num;
	if (!it->iter[*id].alive)
		fuzz_fail(it, "use of an iterator that is gone");
	return it->stop ? NULL : &it->iter[*id];
}

static struct fuzz_val iter_next(struct fuzz_interp *it)
{
	struct fuzz_iter *iter;
	__u32 id;

	iter = iter_arg(it, &id);
	if (!iter)
		return none;
	if (iter->next >= iter->end) {
		iter->end = iter->next;
		return fuzz_num(0);
	}
	iter->cur = iter->next++;
	if (!it->obj[OBJ_ITER + id].alive)
		fuzz_obj_start(it, OBJ_ITER + id, (__u8 *)&iter->cur, sizeof(iter->cur));
	it->obj[OBJ_ITER + id].readonly = true;
	return fuzz_obj_ptr(it, OBJ_ITER + id, 0);
}

static struct fuzz_val iter_destroy(struct fuzz_interp *it)
{
	const struct fuzz_val ptr = it->reg[BPF_REG_1];
	struct fuzz_iter *iter;
	__u32 id;

	iter = iter_arg(it, &id);
	if (!iter)
		return none;
	iter->alive = false;
	fuzz_obj_end(it, OBJ_ITER + id);
	fuzz_stack_tag(it, &ptr, TAG_NONE, 0);
	return none;
}

/* Sections */

static struct fuzz_val section_open(struct fuzz_interp *it, int *open)
{
	++*open;
	return none;
}

static struct fuzz_val section_close(struct fuzz_interp *it, int *open)
{
	if (!*open)
		fuzz_fail(it, "a section is closed that was not opened");
	--*open;
	return none;
}

/* Flags know how many there were, and by what they were saved. */
static void irq_save(struct fuzz_interp *it, int regno, bool lock)
{
	fuzz_stack_tag(it, &it->reg[regno], TAG_IRQ, ++it->irq * 2 + lock);
}

static void irq_restore(struct fuzz_interp *it, int regno, bool lock)
{
	const struct fuzz_val *slot = fuzz_stack_slot(it, &it->reg[regno], TAG_IRQ);

	if (!slot)
		return;
	if (slot->num != it->irq * 2 + lock)
		fuzz_fail(it, "other flags are restored than were saved last");
	it->irq--;
	fuzz_stack_tag(it, &it->reg[regno], TAG_NONE, 0);
}

/* Locks */

static int lock_arg(struct fuzz_interp *it)
{
	const struct fuzz_val *ptr = &it->reg[BPF_REG_1];

	if (ptr->kind == VAL_PTR && ptr->id >= OBJ_RES && ptr->id < OBJ_RES + FUZZ_ELEMS &&
	    ptr->num == FUZZ_LOCK)
		return ptr->id;
	fuzz_fail(it, "a lock is expected");
	return -1;
}

/* It fails if it is held, and with a limit now and then. */
static struct fuzz_val res_lock(struct fuzz_interp *it, bool irq)
{
	int i, obj = lock_arg(it);

	for (i = 0; i < it->locks; i++)
		if (it->lock[i].obj == obj)
			return fuzz_int_error(it, -EDEADLK);
	if (it->in->limit && fuzz_chance(&it->rng, 20))
		return fuzz_int_error(it, -ETIMEDOUT);
	if (it->locks == FUZZ_LOCKS) {
		fuzz_give_up(it);
		return none;
	}
	it->lock[it->locks++] = (struct fuzz_lock) { obj, irq };
	if (irq)
		irq_save(it, BPF_REG_2, true);
	return fuzz_int_error(it, 0);
}

static struct fuzz_val res_unlock(struct fuzz_interp *it, bool irq)
{
	int obj = lock_arg(it);
	const struct fuzz_lock *last = &it->lock[it->locks - 1];

	if (!it->locks || last->obj != obj || last->irq != irq)
		fuzz_fail(it, "unlock of what is not locked");
	if (it->stop)
		return none;
	it->locks--;
	if (irq)
		irq_restore(it, BPF_REG_2, true);
	return none;
}

bool fuzz_kfunc_under_lock(int kfunc)
{
	return kfunc >= FUZZ_RES_LOCK || kfunc <= FUZZ_ITER_DESTROY;
}

/* Where a program ends, or another one takes over */
void fuzz_no_sections(struct fuzz_interp *it)
{
	int i;

	if (it->rcu || it->preempt || it->irq)
		fuzz_fail(it, "a section is never closed");
	for (i = 0; i < it->iters; i++)
		if (it->iter[i].alive)
			fuzz_fail(it, "an iterator is never destroyed");
}

struct fuzz_val fuzz_call_kfunc(struct fuzz_interp *it, int kfunc)
{
	switch (kfunc) {
	case FUZZ_ITER_NEW:
		return iter_new(it);
	case FUZZ_ITER_NEXT:
		return iter_next(it);
	case FUZZ_ITER_DESTROY:
		return iter_destroy(it);
	case FUZZ_RCU_LOCK:
		return section_open(it, &it->rcu);
	case FUZZ_RCU_UNLOCK:
		return section_close(it, &it->rcu);
	case FUZZ_PREEMPT_DISABLE:
		return section_open(it, &it->preempt);
	case FUZZ_PREEMPT_ENABLE:
		return section_close(it, &it->preempt);
	case FUZZ_IRQ_SAVE:
		irq_save(it, BPF_REG_1, false);
		return none;
	case FUZZ_IRQ_RESTORE:
		irq_restore(it, BPF_REG_1, false);
		return none;
	case FUZZ_RES_LOCK:
	case FUZZ_RES_LOCK_IRQ:
		return res_lock(it, kfunc == FUZZ_RES_LOCK_IRQ);
	case FUZZ_RES_UNLOCK:
	case FUZZ_RES_UNLOCK_IRQ:
		return res_unlock(it, kfunc == FUZZ_RES_UNLOCK_IRQ);
	default:
		fuzz_give_up(it);
		return none;
	}
}
