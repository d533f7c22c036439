// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/smp.h>
#include <trace/events/lock.h>

#include "res_spin_lock.h"

/*
 * A queued spin lock for programs, which can take any locks in any order and context: an NMI
 * on top of the owner asks for its lock, two programs take two locks the other way round. So
 * who asks gets an error where it could wait for ever:
 *
 *	-EDEADLK	this CPU has the lock already, or its owner waits for one that this CPU
 *			has, be it through others
 *	-ETIMEDOUT	a quarter of a second in the queue, or another one at its head, was not
 *			enough
 *
 * The word is 0 if nobody has the lock and nobody waits:
 *
 *	 31            18 17   16 15      8 7      0
 *	+----------------+-------+---------+--------+
 *	| CPU + 1        | level |    0    | locked |
 *	+----------------+-------+---------+--------+
 *	   the last waiter of the queue
 *
 * Those who wait form a list. Each spins on its own struct res_spin_waiter until the one before
 * passes it the head; the head spins on the word. So they get the lock in the order in which they
 * came. Unlike in the queues of other locks, a waiter at any place can leave: see leave_queue().
 *
 * Two of the queue wait for each other in a few instructions only, in which one of them changes
 * a link between them. These have interrupts off. Otherwise, the handler of one could ask for a
 * lock of the kernel that the other's CPU holds, and no time limit would help. An NMI handler asks
 * for no such lock, and each time that it asks for one of these no longer than the limit. A virtual
 * CPU that its host stops there keeps its neighbours until it runs again.
 *
 * Each CPU records which locks it has, and which one it waits for, in the order of the calls,
 * which is the reverse of that of the unlocks: what interrupts it ends before it goes on. That is
 * what deadlocks are found by. The record is of locks that are asked for while preemption is
 * disabled, and written by its CPU alone. Others read it without a lock, see blocks().
 *
 * The kernel relies on nothing that the lock protects, but on the word itself: no program and no
 * system call writes to it. It is zeroed when memory for a value is allocated, and not when the
 * value is used again.
 */

#define RES_LOCKED		0xffU
#define RES_TAIL		0xffff0000U
#define RES_TAIL_LEVEL_SHIFT	16
#define RES_TAIL_CPU_SHIFT	18

#define RES_TIMEOUT		(NSEC_PER_SEC / 4)
#define RES_CHECK_PERIOD	NSEC_PER_MSEC	/* between two searches for a deadlock */
#define RES_CHECK_SPINS		128		/* between two looks at the clock */

/* In a recorded address: the lock is not held yet */
#define RES_WAITS		1UL

DEFINE_PER_CPU_ALIGNED(struct res_spin_cpu, res_spin_cpus);

/* The record of this CPU */

static void record_wait(struct res_spin_cpu *self)
{
	u32 i = self->nr_held - 1;

	if (i < RES_NR_HELD)
		/* Pairs with blocks(): what is below was recorded before. */
		smp_store_release(&self->held[i], self->held[i] | RES_WAITS);
}

static void record_end_of_wait(struct res_spin_cpu *self, bool held)
{
	u32 i = self->nr_held - 1;

	if (held && i < RES_NR_HELD)
		WRITE_ONCE(self->held[i], self->held[i] & ~RES_WAITS);
	/* Pairs with blocks(): what is below changes later. */
	smp_wmb();
}

/* Does this CPU have @lock, or has it interrupted who waits for it? Its last entry is left out. */
static bool self_has(const struct res_spin_cpu *self, unsigned long lock)
{
	u32 i;

	for (i = 0; i < min_t(u32, self->nr_held - 1, RES_NR_HELD); i++)
		if ((self->held[i] & ~RES_WAITS) == lock)
			return true;
	return false;
}

/* Deadlocks */

/*
 * Does @cpu have @lock and wait for another one? Returns that one, or 0.
 *
 * While a CPU waits, nothing below its last entry changes. So what was seen was true at one time
 * if the last entry was the same before and after. It was not, and an error is returned that was
 * not necessary, if a wait ended with an error and began again in between, or if an interrupt waits
 * on top of who is about to take a lock or has just given it back.
 */
static unsigned long blocks(const struct res_spin_cpu *cpu, unsigned long lock)
{
	u32 i, nr = READ_ONCE(cpu->nr_held);
	unsigned long last;

	if (nr < 2 || nr > RES_NR_HELD)
		return 0;
	/* Pairs with record_wait() */
	last = smp_load_acquire(&cpu->held[nr - 1]);
	if (!(last & RES_WAITS))
		return 0;
	for (i = 0; i < nr - 1 && READ_ONCE(cpu->held[i]) != lock; i++)
		;
	/* Pairs with record_end_of_wait() */
	smp_rmb();
	if (i == nr - 1 || READ_ONCE(cpu->nr_held) != nr || READ_ONCE(cpu->held[nr - 1]) != last)
		return 0;
	return last & ~RES_WAITS;
}

/*
 * The owner of @lock waits for a lock whose owner waits, and so on: does that lead back to this
 * CPU? Then returns the first CPU of the circle, else nr_cpu_ids. A deadlock stays until somebody
 * gives up, so it does not matter that the CPUs are looked at one after the other. Who is behind a
 * waiter that an interrupt keeps from going on does not find that: the interrupt does, if it asks
 * for what is held. Two such interrupts that ask for what each other's waiters wait for find
 * nothing, until their time is over.
 */
static u32 find_deadlock(const struct res_spin_cpu *self, unsigned long lock)
{
	u32 cpu, found, hops, marked = 1, first = smp_processor_id();
	unsigned long blocked, next, mark = 0;

	for (hops = 0; lock && lock != mark; hops++) {
		/* A circle of others has an end for this: a lock that was met before */
		if (hops == marked) {
			mark = lock;
			marked *= 2;
		}
		next = 0;
		found = nr_cpu_ids;
		for_each_possible_cpu(cpu) {
			const struct res_spin_cpu *other = per_cpu_ptr(&res_spin_cpus, cpu);

			blocked = other != self ? blocks(other, lock) : 0;
			if (!blocked)
				continue;
			if (self_has(self, blocked))
				return min(first, cpu);
			next = blocked;
			found = cpu;
		}
		lock = next;
		first = min(first, found);
	}
	return nr_cpu_ids;
}

/**
 * struct patience - how long somebody has waited
 * @end: when to give up, 0 before the clock was read
 * @next_check: when to look for a deadlock again
 * @spins: how often the caller looked
 */
struct patience {
	u64 end;
	u64 next_check;
	u32 spins;
};

/*
 * Wait a little. Returns why not to wait any longer, or 0. Of those in a deadlock, the first CPU
 * gives up at once, so that the others get what they wait for, and these when their time is over.
 */
static int wait_a_little(struct patience *patience, struct bpf_res_spin_lock *lock)
{
	const struct res_spin_cpu *self = this_cpu_ptr(&res_spin_cpus);
	u32 first;
	u64 now;

	cpu_relax();
	if (++patience->spins % RES_CHECK_SPINS)
		return 0;
	now = ktime_get_mono_fast_ns();
	if (!patience->end)
		patience->end = now + RES_TIMEOUT;
	if (now >= patience->next_check || now >= patience->end) {
		patience->next_check = now + RES_CHECK_PERIOD;
		first = find_deadlock(self, (unsigned long)lock);
		if (first == smp_processor_id() || (first < nr_cpu_ids && now >= patience->end))
			return -EDEADLK;
	}
	return now >= patience->end ? -ETIMEDOUT : 0;
}

/* The word */

static u32 make_tail(u32 cpu, u32 level)
{
	BUILD_BUG_ON(CONFIG_NR_CPUS >= 1U << (32 - RES_TAIL_CPU_SHIFT));
	return (cpu + 1) << RES_TAIL_CPU_SHIFT | level << RES_TAIL_LEVEL_SHIFT;
}

static struct res_spin_waiter *tail_waiter(u32 val)
{
	u32 level = (val >> RES_TAIL_LEVEL_SHIFT) % RES_LEVELS;
	u32 cpu = (val >> RES_TAIL_CPU_SHIFT) - 1;

	return per_cpu_ptr(&res_spin_cpus.waiters[level], cpu);
}

/* The queue */

/* Returns the word as it was before */
static u32 set_tail(struct bpf_res_spin_lock *lock, u32 tail)
{
	u32 val = READ_ONCE(lock->val);

	/* Whoever finds the tail finds an initialised waiter. */
	while (!try_cmpxchg(&lock->val, &val, (val & ~RES_TAIL) | tail))
		;
	return val;
}

static bool replace_tail(struct bpf_res_spin_lock *lock, u32 tail, u32 new_tail)
{
	u32 val = READ_ONCE(lock->val);

	while ((val & RES_TAIL) == tail)
		if (try_cmpxchg(&lock->val, &val, (val & ~RES_TAIL) | new_tail))
			return true;
	return false;
}

/* Returns the waiter before, or NULL */
static struct res_spin_waiter *join_queue(struct bpf_res_spin_lock *lock,
					  struct res_spin_waiter *waiter)
{
	struct res_spin_waiter *prev = NULL;
	unsigned long flags;
	u32 val;

	waiter->next = NULL;
	waiter->at_head = false;
	local_irq_save(flags);
	val = set_tail(lock, waiter->tail);
	if (val & RES_TAIL) {
		prev = tail_waiter(val);
		WRITE_ONCE(waiter->prev, prev);
		/* Pairs with take_next(): from then on, @prev may write to the waiter. */
		smp_store_release(&prev->next, waiter);
	}
	local_irq_restore(flags);
	return prev;
}

/* Take the waiter behind out of the list. If there is none, the queue ends with @new_tail. */
static struct res_spin_waiter *take_next(struct bpf_res_spin_lock *lock,
					 struct res_spin_waiter *waiter, u32 new_tail)
{
	struct res_spin_waiter *next;

	for (;;) {
		if (replace_tail(lock, waiter->tail, new_tail))
			return NULL;
		/* One that leaves takes itself out, see leave_queue(). One of both gets it. */
		next = READ_ONCE(waiter->next) ? xchg(&waiter->next, NULL) : NULL;
		if (next)
			return next;
		cpu_relax();
	}
}

/* The head of the queue leaves, with the lock or without. */
static void pass_head(struct bpf_res_spin_lock *lock, struct res_spin_waiter *waiter)
{
	struct res_spin_waiter *next;
	unsigned long flags;

	local_irq_save(flags);
	next = take_next(lock, waiter, 0);
	if (next)
		/* Pairs with at_head(): nobody writes to the next waiter any more. */
		smp_store_release(&next->at_head, true);
	local_irq_restore(flags);
}

static bool at_head(const struct res_spin_waiter *waiter)
{
	/* Pairs with pass_head() */
	return smp_load_acquire(&waiter->at_head);
}

/*
 * Leave the middle of the queue, or its end. Once the waiter is no longer the next of the one
 * before, that one cannot leave: it finds neither a next waiter nor itself as the tail until the
 * waiter is gone. The same goes for the waiter, and the one behind it. Returns false if the
 * waiter has become the head of the queue instead.
 */
static bool leave_queue(struct bpf_res_spin_lock *lock, struct res_spin_waiter *waiter)
{
	struct res_spin_waiter *prev, *next;
	unsigned long flags;

	local_irq_save(flags);
	for (;;) {
		/* The one before may leave as well, and another one be there */
		prev = READ_ONCE(waiter->prev);
		if (READ_ONCE(prev->next) == waiter &&
		    cmpxchg(&prev->next, waiter, NULL) == waiter)
			break;
		if (at_head(waiter)) {
			local_irq_restore(flags);
			return false;
		}
		cpu_relax();
	}

	next = take_next(lock, waiter, prev->tail);
	if (next) {
		WRITE_ONCE(next->prev, prev);
		/* Pairs with take_next(): what @prev writes to the next waiter, it writes after */
		smp_store_release(&prev->next, next);
	}
	local_irq_restore(flags);
	return true;
}

static int wait_in_queue(struct bpf_res_spin_lock *lock, struct res_spin_waiter *waiter)
{
	struct patience patience = {};
	int err;

	if (join_queue(lock, waiter)) {
		while (!at_head(waiter)) {
			err = wait_a_little(&patience, lock);
			if (err && leave_queue(lock, waiter))
				return err;
		}
		/* The time until here was that of others. */
		patience = (struct patience){};
	}

	err = 0;
	/* Pairs with res_spin_unlock() */
	while (!err && smp_load_acquire(&lock->val) & RES_LOCKED)
		err = wait_a_little(&patience, lock);
	if (!err)
		/* Nobody else does: there is a tail, so res_spin_trylock() fails. */
		WRITE_ONCE(*res_spin_locked_byte(lock), 1);
	pass_head(lock, waiter);
	return err;
}

/* So deep are nested interrupts only where programs are attached to what other programs run. */
static int wait_without_queue(struct bpf_res_spin_lock *lock)
{
	struct patience patience = {};
	int err = 0;

	while (!err && !res_spin_trylock(lock))
		err = wait_a_little(&patience, lock);
	return err;
}

static int wait_for_lock(struct res_spin_cpu *self, struct bpf_res_spin_lock *lock)
{
	u32 level = self->nr_waiters;
	int err;

	if (self_has(self, (unsigned long)lock))
		return -EDEADLK;
	record_wait(self);
	trace_contention_begin(lock, LCB_F_SPIN);
	/* What interrupts after this takes another waiter */
	WRITE_ONCE(self->nr_waiters, level + 1);
	barrier();
	if (likely(level < RES_LEVELS)) {
		self->waiters[level].tail = make_tail(smp_processor_id(), level);
		err = wait_in_queue(lock, &self->waiters[level]);
	} else {
		err = wait_without_queue(lock);
	}
	barrier();
	WRITE_ONCE(self->nr_waiters, level);
	record_end_of_wait(self, !err);
	trace_contention_end(lock, err);
	return err;
}

/* What is left of res_spin_lock() if the lock is not free. */
int res_spin_lock_slow(struct bpf_res_spin_lock *lock)
{
	int err = wait_for_lock(this_cpu_ptr(&res_spin_cpus), lock);

	if (err)
		res_spin_forget();
	return err;
}

/**
 * res_spin_held_lock() - A lock that this CPU has
 * @i: in the order in which they were taken, from 0
 *
 * Context: Any, NMI included, with preemption disabled.
 * Return: Its address, which is not to be dereferenced; NULL for locks of which no record is kept.
 */
const void *res_spin_held_lock(u32 i)
{
	if (i >= RES_NR_HELD)
		return NULL;
	return (const void *)(this_cpu_read(res_spin_cpus.held[i]) & ~RES_WAITS);
}
