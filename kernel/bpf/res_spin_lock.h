/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _KERNEL_BPF_RES_SPIN_LOCK_H
#define _KERNEL_BPF_RES_SPIN_LOCK_H

#include <linux/atomic.h>
#include <linux/bpf_res_spin_lock.h>
#include <linux/percpu.h>

/* As on mainline. Others can be held, but deadlocks by them are found by the clock alone. */
#define RES_NR_HELD		31
#define RES_LEVELS		4	/* task, softirq, hardirq, NMI */

/**
 * struct res_spin_waiter - one who waits in the queue of a lock
 * @tail: what the word has while this is the last waiter
 * @prev: who came before. Written by the waiter before it is linked, then by a @prev that leaves
 * @next: who came behind. Written by those behind when they come or leave, taken out by the
 *	waiter when it leaves
 * @at_head: set by the waiter before, when it leaves as the head of the queue
 */
struct res_spin_waiter {
	u32 tail;
	struct res_spin_waiter *prev;
	struct res_spin_waiter *next;
	bool at_head;
};

/**
 * struct res_spin_cpu - who waits on a CPU, and what it holds
 * @nr_held: entries of @held, and those for which there was no room
 * @nr_waiters: entries of @waiters in use
 * @held: the addresses of the locks, those above @nr_held are 0
 * @waiters: by how deep interrupts are nested
 *
 * Only the CPU itself writes here, but for the links of the waiters.
 */
struct res_spin_cpu {
	u32 nr_held;
	u32 nr_waiters;
	unsigned long held[RES_NR_HELD];
	struct res_spin_waiter waiters[RES_LEVELS];
};

DECLARE_PER_CPU_ALIGNED(struct res_spin_cpu, res_spin_cpus);

int res_spin_lock_slow(struct bpf_res_spin_lock *lock);
const void *res_spin_held_lock(u32 i);

/* How many locks this CPU has, and waits for, in all contexts. With preemption disabled. */
static __always_inline u32 res_spin_nr_held(void)
{
	return this_cpu_read(res_spin_cpus.nr_held);
}

/*
 * Record a lock as held, and take it from the record. An interrupt may come anywhere here. It
 * leaves what it found, so there must not be anything of use above @nr_held, nor an old address
 * below.
 */
static __always_inline void res_spin_record(struct bpf_res_spin_lock *lock, u32 i)
{
	this_cpu_write(res_spin_cpus.nr_held, i + 1);
	barrier();
	if (likely(i < RES_NR_HELD))
		this_cpu_write(res_spin_cpus.held[i], (unsigned long)lock);
	/* An interrupt that asks for the same lock after this finds it here. */
	barrier();
}

static __always_inline u32 res_spin_forget(void)
{
	u32 i = res_spin_nr_held() - 1;

	barrier();
	if (likely(i < RES_NR_HELD))
		this_cpu_write(res_spin_cpus.held[i], 0);
	barrier();
	this_cpu_write(res_spin_cpus.nr_held, i);
	return i;
}

static __always_inline bool res_spin_trylock(struct bpf_res_spin_lock *lock)
{
	u32 old = 0;

	/* Pairs with res_spin_unlock() */
	return try_cmpxchg_acquire(&lock->val, &old, 1);
}

static __always_inline u8 *res_spin_locked_byte(struct bpf_res_spin_lock *lock)
{
	return (u8 *)&lock->val + (IS_ENABLED(CONFIG_CPU_BIG_ENDIAN) ? 3 : 0);
}

/**
 * res_spin_lock() - Take a lock, or fail where that could take for ever
 * @lock: the lock
 * @others: filled in with how many this CPU has already
 *
 * Locks are to be given back in the reverse order, by the same CPU.
 *
 * Context: Any, NMI included, with preemption disabled until res_spin_unlock().
 * Return: 0; -EDEADLK if this CPU has the lock, or those who have it wait for this CPU;
 * -ETIMEDOUT after a quarter of a second in the queue, or another one at its head.
 */
static __always_inline int res_spin_lock(struct bpf_res_spin_lock *lock, u32 *others)
{
	*others = res_spin_nr_held();
	/* Before it is taken: what interrupts in between must find it. */
	res_spin_record(lock, *others);
	return likely(res_spin_trylock(lock)) ? 0 : res_spin_lock_slow(lock);
}

/**
 * res_spin_unlock() - Give back the lock that was taken last
 * @lock: the lock
 *
 * Context: Any, NMI included, after res_spin_lock() on the same CPU.
 * Return: How many this CPU has now.
 */
static __always_inline u32 res_spin_unlock(struct bpf_res_spin_lock *lock)
{
	/* Pairs with res_spin_trylock() and wait_in_queue() */
	smp_store_release(res_spin_locked_byte(lock), 0);
	return res_spin_forget();
}

#endif /* _KERNEL_BPF_RES_SPIN_LOCK_H */
