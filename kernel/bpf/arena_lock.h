/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _KERNEL_BPF_ARENA_LOCK_H
#define _KERNEL_BPF_ARENA_LOCK_H

#include <linux/atomic.h>
#include <linux/irqflags.h>
#include <linux/smp.h>

/*
 * A lock for sections of a few thousand instructions with interrupts off, that any
 * context may ask for. It fails instead of waiting where it could wait for ever,
 * and not because others are waiting as well: see arena_lock_slow().
 */
struct arena_lock {
	atomic_t owner;		/* CPU + 1, or 0 */
	atomic_t starving;	/* how many have waited long: all others let them go first */
};

static __always_inline bool __arena_lock_try(struct arena_lock *lock)
{
	int nobody = 0;

	/* Pairs with arena_unlock() */
	return atomic_try_cmpxchg_acquire(&lock->owner, &nobody, raw_smp_processor_id() + 1);
}

/* arena_pages.c */
bool arena_lock_slow(struct arena_lock *lock, unsigned long *flags, bool may_sleep);

/*
 * Returns false, with interrupts as they were, on top of the owner on its CPU, and
 * after 250 ms in which the owner got nowhere; never if @may_sleep, which is for
 * callers that may.
 */
static inline bool arena_lock(struct arena_lock *lock, unsigned long *flags, bool may_sleep)
{
	local_irq_save(*flags);
	if (likely(!atomic_read(&lock->starving)) && likely(__arena_lock_try(lock)))
		return true;
	return arena_lock_slow(lock, flags, may_sleep);
}

static inline void arena_unlock(struct arena_lock *lock, unsigned long flags)
{
	/* Pairs with __arena_lock_try() */
	atomic_set_release(&lock->owner, 0);
	local_irq_restore(flags);
}

#endif /* _KERNEL_BPF_ARENA_LOCK_H */
