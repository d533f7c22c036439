// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Sections of programs in which they must not sleep: RCU read sections, and those without
 * preemption.
 *
 * That each is left on all ways, and that nothing in it sleeps, is known when a program has
 * been loaded, see "Sections" in verifier.c. So there is nothing to count or to check here,
 * and a program that is ended early has no section open: no insn can end one there.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Global functions as their definitions will be in vmlinux BTF");

/**
 * bpf_rcu_read_lock() - Begin an RCU read section
 *
 * Programs that do not sleep are in one all the time. To others it is of use where another
 * task could free something.
 *
 * Context: Any, NMI included. The program must not sleep until bpf_rcu_read_unlock().
 */
noinline void bpf_rcu_read_lock(void)
	__acquires(RCU)
{
	rcu_read_lock();
}

/**
 * bpf_rcu_read_unlock() - End an RCU read section
 *
 * Context: In the section.
 */
noinline void bpf_rcu_read_unlock(void)
	__releases(RCU)
{
	rcu_read_unlock();
}

/**
 * bpf_preempt_disable() - Keep the CPU until bpf_preempt_enable()
 *
 * Context: Any, NMI included. The program must not sleep until then.
 */
noinline void bpf_preempt_disable(void)
{
	preempt_disable();
}

/**
 * bpf_preempt_enable() - Let other tasks have the CPU again
 *
 * Context: After a bpf_preempt_disable().
 */
noinline void bpf_preempt_enable(void)
{
	preempt_enable();
}

__diag_pop();

BTF_SET8_START(section_kfunc_set_ids)
BTF_ID_FLAGS(func, bpf_rcu_read_lock)
BTF_ID_FLAGS(func, bpf_rcu_read_unlock)
BTF_ID_FLAGS(func, bpf_preempt_disable)
BTF_ID_FLAGS(func, bpf_preempt_enable)
BTF_SET8_END(section_kfunc_set_ids)

static const struct btf_kfunc_id_set section_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &section_kfunc_set_ids,
};

static int __init section_kfuncs_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &section_kfunc_set);
}
late_initcall(section_kfuncs_init);
