// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* bpf_res_spin_lock() in programs that load. Each returns 0, or which step was wrong. */
#include <asm-generic/errno.h>
#include "res_lock.h"
#include "locks.h"

char _license[] SEC("license") = "GPL";

extern const int __preempt_count __ksym;

int preempt_before, preempt_one, preempt_three, preempt_after;
bool held, stop;

GLOBAL_LOCK(A);
GLOBAL_LOCK(B);
GLOBAL_LOCK(C);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct guarded);
} guarded_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct guarded);
} storage SEC(".maps");

SEC("syscall")
int global_lock(void *ctx)
{
	int i;

	bpf_for(i, 0, 3) {
		if (bpf_res_spin_lock(&A))
			return 1;
		bpf_res_spin_unlock(&A);
	}
	return 0;
}

SEC("syscall")
int value_lock(void *ctx)
{
	struct guarded *v = lookup(1);

	if (!v || bpf_res_spin_lock(&v->lock))
		return 1;
	v->count++;
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("syscall")
int irqsave(void *ctx)
{
	unsigned long flags, more;

	if (bpf_res_spin_lock_irqsave(&A, &flags))
		return 1;
	if (bpf_res_spin_lock_irqsave(&B, &more)) {
		bpf_res_spin_unlock_irqrestore(&A, &flags);
		return 2;
	}
	bpf_res_spin_unlock_irqrestore(&B, &more);
	bpf_res_spin_unlock_irqrestore(&A, &flags);
	return 0;
}

/* Flags that were not stored can be used again. */
SEC("syscall")
int irqsave_fails(void *ctx)
{
	struct guarded *v = lookup(1), *same = lookup(1);
	unsigned long flags;
	int err;

	if (!v || !same || bpf_res_spin_lock(&v->lock))
		return 1;
	err = bpf_res_spin_lock_irqsave(&same->lock, &flags);
	if (!err) {
		bpf_res_spin_unlock_irqrestore(&same->lock, &flags);
		bpf_res_spin_unlock(&v->lock);
		return 2;
	}
	bpf_res_spin_unlock(&v->lock);
	if (err != -EDEADLK)
		return 3;
	bpf_local_irq_save(&flags);
	bpf_local_irq_restore(&flags);
	return 0;
}

/* The verifier does not know that these are one. */
SEC("syscall")
int same_lock(void *ctx)
{
	struct guarded *v = lookup(1), *same = lookup(1);
	int err;

	if (!v || !same || bpf_res_spin_lock(&v->lock))
		return 1;
	err = bpf_res_spin_lock(&same->lock);
	if (!err)
		bpf_res_spin_unlock(&same->lock);
	bpf_res_spin_unlock(&v->lock);
	if (err != -EDEADLK)
		return 2;
	/* It is free again. */
	if (bpf_res_spin_lock(&same->lock))
		return 3;
	bpf_res_spin_unlock(&same->lock);
	return 0;
}

/* More than there is a record of: then it takes time to find out. */
SEC("syscall")
int many_locks(void *ctx)
{
	struct bpf_res_spin_lock *locks[NR_LOCKS] = {};
	struct guarded *v;
	int i, ret = 0;

	for (i = 0; i < 34; i++) {
		v = lookup(i);
		if (!v)
			return 1;
		locks[i] = &v->lock;
	}
	v = lookup(32);
	if (!v)
		return 1;
	for (i = 0; i < 34; i++)
		if (bpf_res_spin_lock(locks[i])) {
			ret = 2;
			break;
		}
	if (!ret) {
		ret = bpf_res_spin_lock(&v->lock);
		if (!ret) {
			bpf_res_spin_unlock(&v->lock);
			ret = 3;
		} else {
			ret = ret == -ETIMEDOUT ? 0 : 4;
		}
	}
	for (i--; i >= 0; i--)
		bpf_res_spin_unlock(locks[i]);
	return ret;
}

STATIC int take_it(struct guarded *v)
{
	return bpf_res_spin_lock(&v->lock);
}

STATIC void give_it_back(struct guarded *v)
{
	v->count++;
	bpf_res_spin_unlock(&v->lock);
}

/* Static functions take the locks of their callers, and give them back. */
SEC("syscall")
int in_functions(void *ctx)
{
	struct guarded *v = lookup(2);

	if (!v || take_it(v))
		return 1;
	give_it_back(v);
	return 0;
}

STATIC void add_one(struct locked *v)
{
	v->count++;
}

STATIC void unlock(struct locked *v)
{
	bpf_spin_unlock(&v->lock);
}

/* So they do with a bpf_spin_lock. */
SEC("syscall")
int spin_lock_in_functions(void *ctx)
{
	struct locked *v = lookup_locked();

	if (!v)
		return 1;
	bpf_spin_lock(&v->lock);
	add_one(v);
	unlock(v);
	return 0;
}

SEC("syscall")
int under_spin_lock(void *ctx)
{
	struct locked *v = lookup_locked();
	int ret = 0;

	if (!v)
		return 1;
	bpf_spin_lock(&v->lock);
	if (bpf_res_spin_lock(&A))
		ret = 2;
	else
		bpf_res_spin_unlock(&A);
	bpf_spin_unlock(&v->lock);
	return ret;
}

static int lock_in_callback(__u32 i, int *sum)
{
	if (bpf_res_spin_lock(&A))
		return 1;
	(*sum)++;
	bpf_res_spin_unlock(&A);
	return 0;
}

SEC("syscall")
int in_callback(void *ctx)
{
	int sum = 0;

	bpf_loop(10, lock_in_callback, &sum, 0);
	return sum == 10 ? 0 : 1;
}

/* Printing is allowed. */
SEC("syscall")
int printing(void *ctx)
{
	int err;

	if (bpf_res_spin_lock(&A))
		return 1;
	err = bpf_stream_printk(BPF_STDOUT, "locked\n");
	bpf_res_spin_unlock(&A);
	return err;
}

SEC("syscall")
int in_hash(void *ctx)
{
	struct guarded new = {}, *v;
	__u32 key = 7;

	if (bpf_map_update_elem(&guarded_hash, &key, &new, BPF_ANY))
		return 1;
	v = bpf_map_lookup_elem(&guarded_hash, &key);
	if (!v || bpf_res_spin_lock(&v->lock))
		return 2;
	v->count = 1;
	bpf_res_spin_unlock(&v->lock);
	return bpf_map_delete_elem(&guarded_hash, &key) ? 3 : 0;
}

SEC("fentry/bpf_fentry_test1")
int in_task_storage(void *ctx)
{
	struct guarded *v;

	v = bpf_task_storage_get(&storage, bpf_get_current_task_btf(), NULL,
				 BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!v || bpf_res_spin_lock(&v->lock))
		return 0;
	held = true;
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

static __always_inline int preempt_depth(void)
{
	return *(int *)bpf_this_cpu_ptr(&__preempt_count) & 0xff;
}

/* However many locks there are, preemption is disabled once. */
SEC("syscall")
int preemption(void *ctx)
{
	const int *count = bpf_this_cpu_ptr(&__preempt_count);

	preempt_before = *count & 0xff;
	if (bpf_res_spin_lock(&A))
		return 1;
	preempt_one = *count & 0xff;
	if (bpf_res_spin_lock(&B)) {
		bpf_res_spin_unlock(&A);
		return 2;
	}
	if (bpf_res_spin_lock(&C)) {
		bpf_res_spin_unlock(&B);
		bpf_res_spin_unlock(&A);
		return 3;
	}
	preempt_three = *count & 0xff;
	bpf_res_spin_unlock(&C);
	bpf_res_spin_unlock(&B);
	bpf_res_spin_unlock(&A);
	preempt_after = preempt_depth();
	return 0;
}

/* The lock is held until the test says so. */
SEC("syscall")
int hold(void *ctx)
{
	struct guarded *v = lookup(3);

	if (!v || bpf_res_spin_lock(&v->lock))
		return 1;
	held = true;
	bpf_repeat(1000) {
		if (*(volatile bool *)&stop)
			break;
		bpf_repeat(1 << 20)
			if (*(volatile bool *)&stop)
				break;
	}
	v->count++;
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("syscall")
int ask(void *ctx)
{
	struct guarded *v = lookup(3);
	int err;

	if (!v)
		return 1;
	err = bpf_res_spin_lock(&v->lock);
	if (err)
		return err;
	bpf_res_spin_unlock(&v->lock);
	return 0;
}
