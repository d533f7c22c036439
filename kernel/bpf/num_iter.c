// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* An open-coded iterator: the loop is in the program, which asks for one element after the other.
 * This one is over numbers, and what bpf_for() and bpf_repeat() of libbpf stand for.
 *
 * It is a word on the stack of the program, where nothing else can write to it and nobody else
 * has its address, so nothing here takes a lock. The verifier sees to it that it is made, asked
 * and destroyed in this order, and relies on two things: it comes to an end, and nothing follows
 * the end. See btf_check_iter_kfunc() for what others have to be like.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>

/* struct bpf_iter_num as the kernel sees it */
struct num_iter {
	int value;	/* the last element, which the program reads in place */
	u32 left;	/* elements behind it */
};

static struct num_iter *num_iter(struct bpf_iter_num *it)
{
	BUILD_BUG_ON(sizeof(struct num_iter) != sizeof(struct bpf_iter_num));
	BUILD_BUG_ON(__alignof__(struct num_iter) > __alignof__(struct bpf_iter_num));

	return (struct num_iter *)it;
}

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Global functions as their definitions will be in vmlinux BTF");

/**
 * bpf_iter_num_new() - Begin an iteration over numbers
 * @it: the iterator, on the stack of the program
 * @start: first number
 * @end: first number behind the last one
 *
 * The iterator has to be destroyed also if this fails. It has no elements then.
 *
 * Context: Any, NMI included.
 * Return: 0; -EINVAL if @start is more than @end; -E2BIG if there are more than 8388608
 * (BPF_MAX_LOOPS) numbers.
 */
noinline int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end)
{
	struct num_iter *num = num_iter(it);
	s64 count = (s64)end - start;

	*num = (struct num_iter) {};
	if (count < 0)
		return -EINVAL;
	if (count > BPF_MAX_LOOPS)
		return -E2BIG;

	/* start - 1 may wrap, and is not read */
	num->value = (u32)start - 1;
	num->left = count;
	return 0;
}

/**
 * bpf_iter_num_next() - Go to the next number
 * @it: the iterator
 *
 * Context: Any, NMI included.
 * Return: where the number is, until the next call; NULL if there is none left.
 */
noinline int *bpf_iter_num_next(struct bpf_iter_num *it)
{
	struct num_iter *num = num_iter(it);

	if (!num->left)
		return NULL;
	num->left--;
	num->value = (u32)num->value + 1;
	return &num->value;
}

/**
 * bpf_iter_num_destroy() - End an iteration, whether all numbers were asked for or not
 * @it: the iterator
 *
 * Context: Any, NMI included.
 */
noinline void bpf_iter_num_destroy(struct bpf_iter_num *it)
{
	*num_iter(it) = (struct num_iter) {};
}

__diag_pop();

BTF_SET8_START(num_iter_kfunc_ids)
BTF_ID_FLAGS(func, bpf_iter_num_new, KF_ITER_NEW | KF_SPIN_LOCK_SAFE)
BTF_ID_FLAGS(func, bpf_iter_num_next, KF_ITER_NEXT | KF_RET_NULL | KF_SPIN_LOCK_SAFE)
BTF_ID_FLAGS(func, bpf_iter_num_destroy, KF_ITER_DESTROY | KF_SPIN_LOCK_SAFE)
BTF_SET8_END(num_iter_kfunc_ids)

static const struct btf_kfunc_id_set num_iter_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &num_iter_kfunc_ids,
};

static int __init num_iter_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &num_iter_kfunc_set);
}
late_initcall(num_iter_init);
