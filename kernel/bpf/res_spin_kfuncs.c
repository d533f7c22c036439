// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "res_spin_lock.h"
#include "stream_report.h"

/*
 * bpf_res_spin_lock() and its kin. That a program gives back what it has taken, in the reverse
 * order, is known when it has been loaded, see "Locks" in verifier.c.
 *
 * Preemption is disabled once for all the locks of a CPU: preempt_count has no room for what
 * programs that run on top of each other can take. As long as there is a lock, who has it is on
 * this CPU, or is interrupted there.
 */

/* There is room for that many in a report */
#define REPORT_LOCKS 6

static noinline void report(int err, const void *lock, const char *kfunc)
{
	u32 i, nr = res_spin_nr_held();
	bool deadlock = err == -EDEADLK;
	struct bpf_report report;
	const char *format;

	rcu_read_lock();
	if (bpf_report_begin_caller(&report, deadlock ? BPF_REPORT_DEADLOCK :
							BPF_REPORT_LOCK_TIMEOUT)) {
		bpf_stream_stage_printk(&report.stage, "ERROR: %s detected for %s\n",
					deadlock ? "AA or ABBA deadlock" : "Timeout", kfunc);
		/* A hashed address tells locks from each other as well */
		format = report.addresses ? "Attempted lock   = 0x%px\nTotal held locks = %u\n" :
					    "Attempted lock   = 0x%p\nTotal held locks = %u\n";
		bpf_stream_stage_printk(&report.stage, format, lock, nr);
		format = report.addresses ? "Held lock[%2u] = 0x%px\n" :
					    "Held lock[%2u] = 0x%p\n";
		for (i = 0; i < min_t(u32, nr, REPORT_LOCKS); i++)
			bpf_stream_stage_printk(&report.stage, format, i, res_spin_held_lock(i));
		bpf_report_end(&report, NULL);
	}
	rcu_read_unlock();
}

static __always_inline int take(struct bpf_res_spin_lock *lock, const char *kfunc)
{
	u32 others;
	int err;

	preempt_disable();
	err = res_spin_lock(lock, &others);
	if (unlikely(err))
		report(err, lock, kfunc);
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT) && (unlikely(err) || unlikely(others)))
		preempt_enable();
	return err;
}

static __always_inline void give_back(struct bpf_res_spin_lock *lock)
{
	u32 others = res_spin_unlock(lock);

	if (IS_ENABLED(CONFIG_PREEMPT_COUNT) && likely(!others))
		preempt_enable();
}

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Global functions as their definitions will be in vmlinux BTF");

/**
 * bpf_res_spin_lock() - Take a lock, or fail where that could take for ever
 * @lock: a field of a map value
 *
 * A program may have several locks at once. They are given back in the reverse order. A failure
 * is reported on the program's stderr.
 *
 * Context: Any, NMI included; also under bpf_spin_lock. The program must not sleep, and calls
 * little, until bpf_res_spin_unlock().
 * Return: 0; -EDEADLK if the CPU has the lock already, or has interrupted who asks for it or gives
 * it back, or if those who have it wait for a lock of this CPU; -ETIMEDOUT after a quarter of a
 * second in the queue, or another one at its head.
 */
noinline int bpf_res_spin_lock(struct bpf_res_spin_lock *lock)
{
	return take(lock, "bpf_res_spin_lock");
}

/**
 * bpf_res_spin_unlock() - Give back the lock that was taken last
 * @lock: the lock
 *
 * Context: After bpf_res_spin_lock().
 */
noinline void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock)
{
	give_back(lock);
}

/**
 * bpf_res_spin_lock_irqsave() - Take a lock and disable interrupts
 * @lock: a field of a map value
 * @flags__irq_flag: where on the stack to keep whether they were enabled
 *
 * Interrupts are as they were after a failure. Otherwise like bpf_res_spin_lock().
 *
 * Context: Any, NMI included; also under bpf_spin_lock.
 * Return: As bpf_res_spin_lock().
 */
noinline int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock,
				       unsigned long *flags__irq_flag)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = take(lock, "bpf_res_spin_lock_irqsave");
	if (unlikely(err))
		local_irq_restore(flags);
	else
		*flags__irq_flag = flags;
	return err;
}

/**
 * bpf_res_spin_unlock_irqrestore() - Give back the lock that was taken last, and enable interrupts
 * @lock: the lock
 * @flags__irq_flag: as that of its bpf_res_spin_lock_irqsave()
 *
 * Context: After bpf_res_spin_lock_irqsave().
 */
noinline void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock,
					     unsigned long *flags__irq_flag)
{
	give_back(lock);
	local_irq_restore(*flags__irq_flag);
}

__diag_pop();

BTF_SET8_START(res_spin_kfunc_set_ids)
BTF_ID_FLAGS(func, bpf_res_spin_lock, KF_SPIN_LOCK_SAFE)
BTF_ID_FLAGS(func, bpf_res_spin_unlock, KF_SPIN_LOCK_SAFE)
BTF_ID_FLAGS(func, bpf_res_spin_lock_irqsave, KF_SPIN_LOCK_SAFE)
BTF_ID_FLAGS(func, bpf_res_spin_unlock_irqrestore, KF_SPIN_LOCK_SAFE)
BTF_SET8_END(res_spin_kfunc_set_ids)

static const struct btf_kfunc_id_set res_spin_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &res_spin_kfunc_set_ids,
};

static int __init res_spin_kfuncs_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &res_spin_kfunc_set);
}
late_initcall(res_spin_kfuncs_init);
