// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Sections that must load, and are run. Each program returns 0, or the number of the step that
 * failed.
 */
#include "sections.h"
#include <bpf/bpf_core_read.h>
#include "timers.h"

char _license[] SEC("license") = "GPL";

#define CHECK(step, cond) do { if (!(cond)) return step; } while (0)
#define MSEC 1000000ULL

#define PROG(name) SEC("syscall") int name(void *ctx)

/* All ways to open and close a section of a kind */
#define BALANCED(kind)							\
PROG(kind##_open)							\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	CLOSE_##kind(&flags);						\
	return 0;							\
}									\
									\
PROG(kind##_nested)							\
{									\
	unsigned long a __attribute__((unused)), b __attribute__((unused)); \
									\
	OPEN_##kind(&a);						\
	OPEN_##kind(&b);						\
	CLOSE_##kind(&b);						\
	OPEN_##kind(&b);						\
	CLOSE_##kind(&b);						\
	CLOSE_##kind(&a);						\
	return 0;							\
}									\
									\
STATIC void kind##_open_static(unsigned long *flags)			\
{									\
	OPEN_##kind(flags);						\
}									\
									\
STATIC void kind##_close_static(unsigned long *flags)			\
{									\
	CLOSE_##kind(flags);						\
}									\
									\
PROG(kind##_by_static)							\
{									\
	FLAGS;								\
									\
	kind##_open_static(&flags);					\
	kind##_close_static(&flags);					\
	return 0;							\
}									\
									\
PROG(kind##_on_some_ways)						\
{									\
	bool some = SOME() & 1;						\
	FLAGS;								\
									\
	if (some)							\
		OPEN_##kind(&flags);					\
	STATE();							\
	if (some)							\
		CLOSE_##kind(&flags);					\
	return 0;							\
}									\
									\
STATIC int kind##_cb(__u32 n, void *unused)				\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	CLOSE_##kind(&flags);						\
	return 0;							\
}									\
									\
PROG(kind##_in_callback)						\
{									\
	FLAGS;								\
									\
	CHECK(1, bpf_loop(3, kind##_cb, NULL, 0) == 3);			\
	OPEN_##kind(&flags);						\
	bpf_loop(SOME() & 7, kind##_cb, NULL, 0);			\
	CLOSE_##kind(&flags);						\
	return 0;							\
}									\
									\
STATIC int kind##_outer_cb(__u32 n, unsigned long *flags)		\
{									\
	OPEN_##kind(flags);						\
	CLOSE_##kind(flags);						\
	return 0;							\
}									\
									\
PROG(kind##_on_stack_of_caller)						\
{									\
	FLAGS;								\
									\
	CHECK(1, bpf_loop(3, kind##_outer_cb, &flags, 0) == 3);		\
	return 0;							\
}									\
									\
GLOBAL int kind##_global(int i)						\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	CLOSE_##kind(&flags);						\
	return i + 1;							\
}									\
									\
PROG(kind##_in_global)							\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	CHECK_AND_CLOSE(1, kind##_global(1) == 2, CLOSE_##kind(&flags)); \
	CHECK(2, kind##_global(2) == 3);				\
	return 0;							\
}									\
									\
PROG(kind##_iterations)							\
{									\
	int i, nr = SOME() & 63;					\
	FLAGS;								\
									\
	for (i = 0; i < nr; i++) {					\
		OPEN_##kind(&flags);					\
		CLOSE_##kind(&flags);					\
	}								\
	return 0;							\
}									\
									\
PROG(kind##_around_lock)						\
{									\
	struct locked *v = lookup_locked();				\
	FLAGS;								\
									\
	CHECK(1, v);							\
	OPEN_##kind(&flags);						\
	bpf_spin_lock(&v->lock);					\
	v->count++;							\
	bpf_spin_unlock(&v->lock);					\
	CLOSE_##kind(&flags);						\
	return 0;							\
}									\
									\
/* What sleeps comes before and after. */				\
PROG(kind##_then_sleep)							\
{									\
	FLAGS;								\
	char c;								\
									\
	bpf_copy_from_user(&c, 1, NULL);				\
	OPEN_##kind(&flags);						\
	CLOSE_##kind(&flags);						\
	bpf_copy_from_user(&c, 1, NULL);				\
	return 0;							\
}

#define CHECK_AND_CLOSE(step, cond, close) do { \
	bool __ok = cond; \
	close; \
	CHECK(step, __ok); \
} while (0)

BALANCED(rcu)
BALANCED(preempt)
BALANCED(irq)

/* Kinds of sections in one another, and not in the order of their beginnings */
PROG(kinds_mixed)
{
	unsigned long flags;

	bpf_rcu_read_lock();
	bpf_local_irq_save(&flags);
	bpf_preempt_disable();
	bpf_rcu_read_unlock();
	bpf_local_irq_restore(&flags);
	bpf_preempt_enable();
	return 0;
}

/* As many as may be */
PROG(many)
{
	int i;

	for (i = 0; i < 32; i++)
		bpf_preempt_disable();
	for (i = 0; i < 32; i++)
		bpf_preempt_enable();
	return 0;
}

/* The slot is of use for other things when it is restored. */
PROG(slot_used_again)
{
	union {
		unsigned long flags;
		volatile long number;
	} u;

	bpf_local_irq_save(&u.flags);
	bpf_local_irq_restore(&u.flags);
	u.number = 5;
	CHECK(1, u.number == 5);
	bpf_local_irq_save(&u.flags);
	bpf_local_irq_restore(&u.flags);
	return 0;
}

/* Which slot it is depends on the way, and the way is known where it is restored. */
PROG(slot_by_way)
{
	unsigned long a, b;
	bool some = SOME() & 1;

	if (some)
		bpf_local_irq_save(&a);
	else
		bpf_local_irq_save(&b);
	STATE();
	if (some)
		bpf_local_irq_restore(&a);
	else
		bpf_local_irq_restore(&b);
	return 0;
}

/* A frame that is gone, and the flags of its caller */
STATIC void save_and_restore(void)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_local_irq_restore(&flags);
}

PROG(frames)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	save_and_restore();
	save_and_restore();
	bpf_local_irq_restore(&flags);
	return 0;
}

/* The timer begins with no section: that of the program is not its own. */
bool fired;

STATIC int fire(void *map, __u32 *key, struct timed *timed)
{
	bpf_preempt_disable();
	bpf_preempt_enable();
	fired = true;
	return 0;
}

/* The timer stays in its map from one program to the next. */
static __always_inline int start_again(void)
{
	__u32 key = 0;
	struct timed *timed = bpf_map_lookup_elem(&timers, &key);

	fired = false;
	if (!timed)
		return 1;
	bpf_timer_init(&timed->timer, &timers, CLOCK_MONOTONIC);
	return bpf_timer_set_callback(&timed->timer, fire) ||
	       bpf_timer_start(&timed->timer, 0, 0);
}

struct wait {
	__u64 until;
	bool for_timer;
};

STATIC int wait_cb(__u32 n, struct wait *wait)
{
	return (wait->for_timer && *(volatile bool *)&fired) ||
	       bpf_ktime_get_ns() >= wait->until;
}

STATIC void wait(__u64 nsec, bool for_timer)
{
	struct wait wait = { .until = bpf_ktime_get_ns() + nsec, .for_timer = for_timer };

	bpf_loop(1 << 23, wait_cb, &wait, 0);
}

/* Interrupts come when they are enabled, and not before. */
PROG(irq_keeps_timers_off)
{
	unsigned long flags;
	bool early;

	bpf_local_irq_save(&flags);
	if (start_again()) {
		bpf_local_irq_restore(&flags);
		return 1;
	}
	wait(5 * MSEC, false);
	early = *(volatile bool *)&fired;
	bpf_local_irq_restore(&flags);
	wait(2000 * MSEC, true);
	CHECK(2, !early);
	CHECK(3, *(volatile bool *)&fired);
	return 0;
}

/* The inner section ends, the outer one goes on. */
PROG(irq_nested_keeps_timers_off)
{
	unsigned long flags, inner;
	bool early;

	bpf_local_irq_save(&flags);
	if (start_again()) {
		bpf_local_irq_restore(&flags);
		return 1;
	}
	bpf_local_irq_save(&inner);
	bpf_local_irq_restore(&inner);
	wait(5 * MSEC, false);
	early = *(volatile bool *)&fired;
	bpf_local_irq_restore(&flags);
	wait(2000 * MSEC, true);
	CHECK(2, !early);
	CHECK(3, *(volatile bool *)&fired);
	return 0;
}

/* Without preemption, interrupts come. */
PROG(preempt_lets_timers_fire)
{
	bpf_preempt_disable();
	if (start_again()) {
		bpf_preempt_enable();
		return 1;
	}
	wait(2000 * MSEC, true);
	bpf_preempt_enable();
	CHECK(2, *(volatile bool *)&fired);
	return 0;
}

/* What the kernel knows of its sections, where it counts them: for the user to judge */
extern const int __preempt_count __ksym __weak;

struct task_struct___preempt_rcu {
	int rcu_read_lock_nesting;
} __attribute__((preserve_access_index));

int preempt_before, preempt_inside, preempt_after;
int rcu_before, rcu_inside, rcu_after;

static __always_inline int preempt_depth(void)
{
	const int *count = &__preempt_count ? bpf_this_cpu_ptr(&__preempt_count) : NULL;

	return count ? *count & 0xff : 0;
}

static __always_inline int rcu_depth(void)
{
	struct task_struct___preempt_rcu *task = (void *)bpf_get_current_task_btf();

	if (!bpf_core_field_exists(task->rcu_read_lock_nesting))
		return 0;
	return BPF_CORE_READ(task, rcu_read_lock_nesting);
}

PROG(depths)
{
	preempt_before = preempt_depth();
	bpf_preempt_disable();
	bpf_preempt_disable();
	preempt_inside = preempt_depth();
	bpf_preempt_enable();
	bpf_preempt_enable();
	preempt_after = preempt_depth();

	rcu_before = rcu_depth();
	bpf_rcu_read_lock();
	bpf_rcu_read_lock();
	rcu_inside = rcu_depth();
	bpf_rcu_read_unlock();
	bpf_rcu_read_unlock();
	rcu_after = rcu_depth();
	return 0;
}
