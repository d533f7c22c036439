// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Sections of programs in which interrupts are disabled. What was before is kept on the stack
 * of the program, where it can be neither read nor changed, see STACK_IRQ_FLAG in verifier.c.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/module.h>

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Global functions as their definitions will be in vmlinux BTF");

/**
 * bpf_local_irq_save() - Disable interrupts of this CPU
 * @flags__irq_flag: where on the stack to keep whether they were enabled
 *
 * Context: Any, NMI included. The program must not sleep until bpf_local_irq_restore().
 */
noinline void bpf_local_irq_save(unsigned long *flags__irq_flag)
{
	local_irq_save(*flags__irq_flag);
}

/**
 * bpf_local_irq_restore() - Enable interrupts of this CPU, if they were before
 * @flags__irq_flag: as that of the last bpf_local_irq_save() that has not been restored
 *
 * Context: After a bpf_local_irq_save().
 */
noinline void bpf_local_irq_restore(unsigned long *flags__irq_flag)
{
	local_irq_restore(*flags__irq_flag);
}

__diag_pop();

BTF_SET8_START(irq_kfunc_set_ids)
BTF_ID_FLAGS(func, bpf_local_irq_save)
BTF_ID_FLAGS(func, bpf_local_irq_restore)
BTF_SET8_END(irq_kfunc_set_ids)

static const struct btf_kfunc_id_set irq_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &irq_kfunc_set_ids,
};

static int __init irq_kfuncs_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &irq_kfunc_set);
}
late_initcall(irq_kfuncs_init);
