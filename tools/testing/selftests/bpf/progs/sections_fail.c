// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Sections of all kinds: what must be refused. */
#include "sections.h"
#include "timers.h"

char _license[] SEC("license") = "GPL";

#define IN(kind) "cannot be used inside " KFUNC_##kind "-ed region"
#define AT_EXIT(kind) "BPF_EXIT instruction in main prog " IN(kind)

/* A section that is open at the end */
#define LEFT_OPEN(kind)							\
SEC("tc")								\
__failure __msg(AT_EXIT(kind))						\
int kind##_left_open(struct __sk_buff *skb)				\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	return 0;							\
}									\
									\
/* The way that is verified first closes it, or has not opened it */	\
SEC("tc")								\
__failure __msg(AT_EXIT(kind))						\
int kind##_opened_on_one_way(struct __sk_buff *skb)			\
{									\
	FLAGS;								\
									\
	if (SOME())							\
		OPEN_##kind(&flags);					\
	STATE();							\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg(AT_EXIT(kind))						\
int kind##_opened_on_other_way(struct __sk_buff *skb)			\
{									\
	FLAGS;								\
									\
	if (!SOME())							\
		OPEN_##kind(&flags);					\
	STATE();							\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg(AT_EXIT(kind))						\
int kind##_closed_on_one_way(struct __sk_buff *skb)			\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	if (SOME())							\
		CLOSE_##kind(&flags);					\
	STATE();							\
	return 0;							\
}									\
									\
STATIC void kind##_open_static(unsigned long *flags)			\
{									\
	OPEN_##kind(flags);						\
}									\
									\
SEC("tc")								\
__failure __msg(AT_EXIT(kind))						\
int kind##_left_open_by_static(struct __sk_buff *skb)			\
{									\
	FLAGS;								\
									\
	kind##_open_static(&flags);					\
	return 0;							\
}									\
									\
GLOBAL int kind##_open_global(int i)					\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	return i;							\
}									\
									\
SEC("tc")								\
__failure __msg(AT_EXIT(kind))						\
int kind##_left_open_by_global(struct __sk_buff *skb)			\
{									\
	return kind##_open_global(1);					\
}									\
									\
SEC("tc")								\
__failure __msg("tail_call " IN(kind))					\
int kind##_tail_call(struct __sk_buff *skb)				\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	bpf_tail_call(skb, &progs, 0);					\
	CLOSE_##kind(&flags);						\
	return 0;							\
}									\
									\
STATIC int kind##_call_tail(struct __sk_buff *skb)			\
{									\
	bpf_tail_call(skb, &progs, 0);					\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg("tail_call " IN(kind))					\
int kind##_tail_call_in_static(struct __sk_buff *skb)			\
{									\
	FLAGS;								\
	int ret;							\
									\
	OPEN_##kind(&flags);						\
	ret = kind##_call_tail(skb);					\
	CLOSE_##kind(&flags);						\
	return ret;							\
}									\
									\
SEC("socket")								\
__failure __msg("BPF_LD_[ABS|IND] " IN(kind))				\
int kind##_load_byte(struct __sk_buff *skb)				\
{									\
	FLAGS;								\
	int ret;							\
									\
	OPEN_##kind(&flags);						\
	ret = load_byte(skb, 0);					\
	CLOSE_##kind(&flags);						\
	return ret;							\
}

/* The program ends there if the packet is too short */
unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");

LEFT_OPEN(rcu)
LEFT_OPEN(preempt)
LEFT_OPEN(irq)

/* A section that is not open when it is closed */
#define NOT_OPEN(kind)							\
SEC("tc")								\
__failure __msg(UNMATCHED_##kind)					\
int kind##_not_open(struct __sk_buff *skb)				\
{									\
	FLAGS;								\
									\
	CLOSE_##kind(&flags);						\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg(UNMATCHED_##kind)					\
int kind##_closed_twice(struct __sk_buff *skb)				\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	CLOSE_##kind(&flags);						\
	CLOSE_##kind(&flags);						\
	return 0;							\
}									\
									\
GLOBAL int kind##_close_global(int i)					\
{									\
	FLAGS;								\
									\
	CLOSE_##kind(&flags);						\
	return i;							\
}									\
									\
SEC("tc")								\
__failure __msg(UNMATCHED_##kind)					\
int kind##_closed_by_global(struct __sk_buff *skb)			\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	return kind##_close_global(1);					\
}

NOT_OPEN(rcu)
NOT_OPEN(preempt)
NOT_OPEN(irq)

/* Callbacks leave sections as they were. Whoever closes one tells the others by @opened. */
struct ctx {
	unsigned long flags;
	long opened;
};

#define CALLBACKS(kind)							\
STATIC int kind##_open_cb(__u32 n, unsigned long *flags)		\
{									\
	OPEN_##kind(flags);						\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg("BPF_EXIT instruction in callback " IN(kind))		\
int kind##_left_open_by_callback(struct __sk_buff *skb)			\
{									\
	FLAGS;								\
									\
	bpf_loop(1, kind##_open_cb, &flags, 0);				\
	return 0;							\
}									\
									\
STATIC int kind##_close_cb(__u32 n, struct ctx *ctx)			\
{									\
	CLOSE_##kind(&ctx->flags);					\
	ctx->opened = 0;						\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg(OUTER_##kind)						\
int kind##_closed_by_callback(struct __sk_buff *skb)			\
{									\
	struct ctx ctx = { .opened = 1 };				\
									\
	OPEN_##kind(&ctx.flags);					\
	bpf_loop(1, kind##_close_cb, &ctx, 0);				\
	if (ctx.opened)							\
		CLOSE_##kind(&ctx.flags);				\
	return 0;							\
}									\
									\
STATIC int kind##_reopen_cb(__u32 n, unsigned long *flags)		\
{									\
	CLOSE_##kind(flags);						\
	OPEN_##kind(flags);						\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg(OUTER_##kind)						\
int kind##_reopened_by_callback(struct __sk_buff *skb)			\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	bpf_loop(1, kind##_reopen_cb, &flags, 0);			\
	CLOSE_##kind(&flags);						\
	return 0;							\
}									\
									\
STATIC void kind##_close_static(struct ctx *ctx)			\
{									\
	CLOSE_##kind(&ctx->flags);					\
	ctx->opened = 0;						\
}									\
									\
STATIC int kind##_call_close_cb(__u32 n, struct ctx *ctx)		\
{									\
	kind##_close_static(ctx);					\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg(OUTER_##kind)						\
int kind##_closed_below_callback(struct __sk_buff *skb)			\
{									\
	struct ctx ctx = { .opened = 1 };				\
									\
	OPEN_##kind(&ctx.flags);					\
	bpf_loop(1, kind##_call_close_cb, &ctx, 0);			\
	if (ctx.opened)							\
		CLOSE_##kind(&ctx.flags);				\
	return 0;							\
}									\
									\
STATIC int kind##_open_for_timer(void *map, __u32 *key, struct timed *timed) \
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	return 0;							\
}									\
									\
SEC("syscall")								\
__failure __msg(AT_EXIT(kind))						\
int kind##_left_open_by_timer(void *unused)				\
{									\
	return start_timer(kind##_open_for_timer);			\
}

CALLBACKS(rcu)
CALLBACKS(preempt)
CALLBACKS(irq)

/* A timer is not in the section of the program that sets its callback. */
STATIC int close_for_timer(void *map, __u32 *key, struct timed *timed)
{
	bpf_preempt_enable();
	return 0;
}

SEC("syscall")
__failure __msg(UNMATCHED_preempt)
int closed_by_timer(void *unused)
{
	bpf_preempt_disable();
	start_timer(close_for_timer);
	bpf_preempt_enable();
	return 0;
}

/* The section that the callback closes is its own on one way, and that of its caller on the
 * other. With one call of the callback, nothing else tells the ways apart.
 */
#define WHOSE(kind, name, condition)					\
STATIC int kind##_##name##_cb(struct task_struct *task, struct vm_area_struct *vma,	\
			      struct ctx *ctx)				\
{									\
	if (!ctx->opened)						\
		OPEN_##kind(&ctx->flags);				\
	STATE();							\
	CLOSE_##kind(&ctx->flags);					\
	ctx->opened = 0;						\
	return 0;							\
}									\
									\
SEC("syscall")								\
__failure __msg(OUTER_##kind)						\
int kind##_##name(void *unused)						\
{									\
	struct ctx ctx;							\
									\
	ctx.opened = 0;							\
	if (condition) {						\
		OPEN_##kind(&ctx.flags);				\
		ctx.opened = 1;						\
	}								\
	bpf_find_vma(bpf_get_current_task_btf(), 0, kind##_##name##_cb, &ctx, 0); \
	if (ctx.opened)							\
		CLOSE_##kind(&ctx.flags);				\
	return 0;							\
}

#define WHOSE_FIRST(kind) WHOSE(kind, own_first, SOME()) WHOSE(kind, outer_first, !SOME())

WHOSE_FIRST(rcu)
WHOSE_FIRST(preempt)
WHOSE_FIRST(irq)

/* Nothing sleeps in a section. */
GLOBAL int copy_global(int i)
{
	return bpf_copy_from_user(&i, sizeof(i), NULL) + i;
}

GLOBAL int call_copy_global(int i)
{
	return copy_global(i) + 1;
}

STATIC int copy_static(void)
{
	char c;

	return bpf_copy_from_user(&c, 1, NULL);
}

STATIC int copy_cb(__u32 n, void *unused)
{
	return copy_static() & 1;
}

struct cgroup;
extern void cgroup_rstat_flush(struct cgroup *cgrp) __ksym __weak;

#define SLEEPS(kind, name, type, msg, call)				\
SEC(type)								\
__failure __msg(msg NAME_##kind)					\
int kind##_##name(void *ctx)						\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	call;								\
	CLOSE_##kind(&flags);						\
	return 0;							\
}

#define HELPER "sleepable helper bpf_copy_from_user#148 in "

#define SLEEP(kind)							\
SLEEPS(kind, sleep, "syscall", HELPER, copy_static())			\
SLEEPS(kind, sleep_in_callback, "syscall", HELPER, bpf_loop(SOME(), copy_cb, NULL, 0)) \
SLEEPS(kind, sleep_in_bpf, "syscall", "sleepable helper bpf_sys_bpf#166 in ", \
	union bpf_attr attr = {}; bpf_sys_bpf(0, &attr, sizeof(attr)))	\
SLEEPS(kind, sleep_in_global, "syscall",				\
	"sleepable global function copy_global() called in ", copy_global(1)) \
SLEEPS(kind, sleep_in_global_below, "syscall",				\
	"sleepable global function call_copy_global() called in ", call_copy_global(1)) \
SLEEPS(kind, sleep_in_kfunc, "lsm.s/bpf",				\
	"kernel func cgroup_rstat_flush is sleepable within ", cgroup_rstat_flush(NULL))

SLEEP(rcu)
SLEEP(preempt)
SLEEP(irq)

/* One section ends, another one goes on. */
SEC("syscall")
__failure __msg(HELPER NAME_rcu)
int sleep_in_outer_rcu(void *unused)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	copy_static();
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
__failure __msg(HELPER NAME_preempt)
int sleep_in_outer_preempt(void *unused)
{
	unsigned long flags;

	bpf_preempt_disable();
	bpf_local_irq_save(&flags);
	bpf_local_irq_restore(&flags);
	copy_static();
	bpf_preempt_enable();
	return 0;
}

/* Whether it may sleep depends on the way, on which nothing else differs. */
#define SLEEP_ON_WAY(kind, name, condition)				\
SEC("syscall")								\
__failure __msg(HELPER NAME_##kind)					\
int kind##_sleep_on_##name(void *unused)				\
{									\
	FLAGS;								\
									\
	if (condition) {						\
		OPEN_##kind(&flags);					\
		STATE();						\
	}								\
	STATE();							\
	copy_static();							\
	return 0;							\
}

SLEEP_ON_WAY(rcu, one_way, SOME())
SLEEP_ON_WAY(rcu, other_way, !SOME())
SLEEP_ON_WAY(preempt, one_way, SOME())
SLEEP_ON_WAY(preempt, other_way, !SOME())

/* Sections in a bpf_spin_lock */
#define LOCKED(kind)							\
SEC("tc")								\
__failure __msg("function calls are not allowed while holding a lock")	\
int kind##_opened_under_lock(struct __sk_buff *skb)			\
{									\
	struct locked *v = lookup_locked();				\
	FLAGS;								\
									\
	if (!v)								\
		return 0;						\
	bpf_spin_lock(&v->lock);					\
	OPEN_##kind(&flags);						\
	bpf_spin_unlock(&v->lock);					\
	CLOSE_##kind(&flags);						\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg("function calls are not allowed while holding a lock")	\
int kind##_closed_under_lock(struct __sk_buff *skb)			\
{									\
	struct locked *v = lookup_locked();				\
	FLAGS;								\
									\
	if (!v)								\
		return 0;						\
	OPEN_##kind(&flags);						\
	bpf_spin_lock(&v->lock);					\
	CLOSE_##kind(&flags);						\
	bpf_spin_unlock(&v->lock);					\
	return 0;							\
}

LOCKED(rcu)
LOCKED(preempt)
LOCKED(irq)

/* So many that the counter of the CPU overflows with eight of such programs in one another */
SEC("tc")
__failure __msg("there are more than 32 sections in one another")
int too_many(struct __sk_buff *skb)
{
	unsigned long flags[11];
	int i;

#pragma unroll
	for (i = 0; i < 11; i++) {
		bpf_preempt_disable();
		bpf_rcu_read_lock();
		bpf_local_irq_save(&flags[i]);
	}
	return 0;
}

/* Loops that change how many sections are open: the first way out of each is all right. */
#define LOOP(name, msg, before, body, after)				\
SEC("tc")								\
__failure __msg(msg)							\
__attribute__((naked)) int name(void)					\
{									\
	asm volatile(before						\
		     body "call %[random]; if r0 != 0 goto -3;"		\
		     after "r0 = 0; exit;"				\
		     : : [disable]"i"(bpf_preempt_disable),		\
		     [enable]"i"(bpf_preempt_enable),			\
		     [random]"i"(bpf_get_prandom_u32)			\
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");	\
}

LOOP(opened_by_each_iteration, AT_EXIT(preempt), "", "call %[disable];", "call %[enable];")
LOOP(closed_by_each_iteration, UNMATCHED_preempt, "call %[disable];", "call %[enable];", "")
