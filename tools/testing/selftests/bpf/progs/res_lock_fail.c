// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* bpf_res_spin_lock(): what must be refused. */
#include "res_lock.h"
#include "locks.h"

char _license[] SEC("license") = "GPL";

GLOBAL_LOCK(A);
GLOBAL_LOCK(B);

long number;

/* What is passed */

SEC("tc")
__failure __msg("arg#0 doesn't point to map value or allocated object")
int maybe_null(struct __sk_buff *skb)
{
	struct guarded *v = lookup(0);

	bpf_res_spin_lock(&v->lock);
	return 0;
}

SEC("tc")
__failure __msg("arg#0 doesn't point to map value or allocated object")
int on_stack(struct __sk_buff *skb)
{
	struct bpf_res_spin_lock lock = {};

	bpf_res_spin_lock(&lock);
	return 0;
}

SEC("tc")
__failure __msg("arg#0 doesn't point to map value or allocated object")
int a_number(struct __sk_buff *skb)
{
	bpf_res_spin_lock((void *)(long)skb->len);
	return 0;
}

SEC("tc")
__failure __msg("has no valid bpf_res_spin_lock")
int no_lock(struct __sk_buff *skb)
{
	bpf_res_spin_lock((void *)&number);
	return 0;
}

SEC("tc")
__failure __msg("map 'locks' has no valid bpf_res_spin_lock")
int spin_lock_as_res(struct __sk_buff *skb)
{
	struct locked *v = lookup_locked();

	if (v)
		bpf_res_spin_lock((void *)&v->lock);
	return 0;
}

SEC("tc")
__failure __msg("map 'guarded' doesn't have 'struct bpf_spin_lock'")
int res_as_spin_lock(struct __sk_buff *skb)
{
	struct guarded *v = lookup(0);

	if (v)
		bpf_spin_lock((void *)&v->lock);
	return 0;
}

SEC("tc")
__failure __msg("off 4 doesn't point to 'struct bpf_res_spin_lock' that is at 0")
int beside_it(struct __sk_buff *skb)
{
	struct guarded *v = lookup(0);

	if (v)
		bpf_res_spin_lock((void *)&v->count);
	return 0;
}

SEC("tc")
__failure __msg("R1 doesn't have constant offset. bpf_res_spin_lock has to be at")
int variable_offset(struct __sk_buff *skb)
{
	struct guarded *v = lookup(0);

	if (v)
		bpf_res_spin_lock((void *)v + (skb->len & 4));
	return 0;
}

SEC("tc")
__failure __msg("bpf_res_spin_lock cannot be accessed directly by load/store")
int store(struct __sk_buff *skb)
{
	struct guarded *v = lookup(0);

	if (v)
		*(volatile int *)&v->lock = 0;
	return 0;
}

SEC("tc")
__failure __msg("bpf_res_spin_lock cannot be accessed directly by load/store")
int load(struct __sk_buff *skb)
{
	struct guarded *v = lookup(0);

	return v ? *(volatile int *)&v->lock : 0;
}

SEC("tc")
__failure __msg("bpf_res_spin_lock cannot be accessed directly by load/store")
int by_helper(struct __sk_buff *skb)
{
	struct guarded *v = lookup(0);

	if (v)
		bpf_probe_read_kernel(v, sizeof(*v), skb);
	return 0;
}

/* Taken and not given back */

#define UNMATCHED(name, msg, body)					\
SEC("tc")								\
__failure __msg(msg)							\
int name(struct __sk_buff *skb)						\
{									\
	struct guarded *v = lookup(0), *w = lookup(0);			\
	unsigned long flags __attribute__((unused));			\
	unsigned long more __attribute__((unused));			\
									\
	if (!v || !w)							\
		return 0;						\
	body								\
	return 0;							\
}

#define LOCK(lock) if (bpf_res_spin_lock(&(lock))) return 0
#define UNLOCK(lock) bpf_res_spin_unlock(&(lock))
#define LOCK_IRQ(lock, flags) if (bpf_res_spin_lock_irqsave(&(lock), flags)) return 0
#define UNLOCK_IRQ(lock, flags) bpf_res_spin_unlock_irqrestore(&(lock), flags)

#define MISSING "bpf_res_spin_unlock is missing"
#define DIFFERENT "bpf_res_spin_unlock of different lock"
#define ORDER "bpf_res_spin_unlock cannot be out of order"
#define NO_CALLS "function calls are not allowed while holding a lock"

UNMATCHED(never, MISSING, LOCK(A);)
UNMATCHED(result_ignored, MISSING, bpf_res_spin_lock(&A);)
UNMATCHED(one_of_two, MISSING,
	  LOCK(A); if (bpf_res_spin_lock(&v->lock)) { UNLOCK(A); return 0; } UNLOCK(v->lock);)
UNMATCHED(on_one_way, MISSING, LOCK(A); if (skb->len) UNLOCK(A);)
UNMATCHED(irq_never, MISSING, LOCK_IRQ(A, &flags);)

/* Given back and not taken */
UNMATCHED(not_taken, "bpf_res_spin_unlock without taking a lock", UNLOCK(A);)
UNMATCHED(after_failure, "bpf_res_spin_unlock without taking a lock",
	  if (bpf_res_spin_lock(&A)) UNLOCK(A); else UNLOCK(A);)
UNMATCHED(twice, "bpf_res_spin_unlock without taking a lock", LOCK(A); UNLOCK(A); UNLOCK(A);)
UNMATCHED(other_map, DIFFERENT, LOCK(A); UNLOCK(B);)
UNMATCHED(other_value, DIFFERENT, LOCK(v->lock); UNLOCK(w->lock);)
UNMATCHED(value_of_other_map, DIFFERENT, LOCK(v->lock); UNLOCK(A);)
UNMATCHED(in_order, ORDER,
	  LOCK(A); if (bpf_res_spin_lock(&v->lock)) { UNLOCK(A); return 0; }
	  UNLOCK(A); UNLOCK(v->lock);)
UNMATCHED(again, "Acquiring the same lock again, AA deadlock detected",
	  LOCK(A); bpf_res_spin_lock(&A);)
UNMATCHED(value_again, "Acquiring the same lock again, AA deadlock detected",
	  LOCK(v->lock); bpf_res_spin_lock(&v->lock);)
UNMATCHED(again_with_irq, "Acquiring the same lock again, AA deadlock detected",
	  LOCK(A); bpf_res_spin_lock_irqsave(&A, &flags);)

/* With interrupts */
UNMATCHED(irq_as_plain, DIFFERENT, LOCK_IRQ(A, &flags); UNLOCK(A);)
UNMATCHED(plain_as_irq, DIFFERENT,
	  bpf_local_irq_save(&flags); if (!bpf_res_spin_lock(&A)) UNLOCK_IRQ(A, &flags);)
UNMATCHED(flags_of_another, "cannot restore irq state out of order",
	  LOCK_IRQ(A, &flags);
	  if (bpf_res_spin_lock_irqsave(&v->lock, &more)) { UNLOCK_IRQ(A, &flags); return 0; }
	  UNLOCK_IRQ(v->lock, &flags); UNLOCK_IRQ(A, &more);)
UNMATCHED(native_flags, "irq flag acquired by native kfuncs cannot be restored with lock kfuncs",
	  bpf_local_irq_save(&more);
	  if (!bpf_res_spin_lock_irqsave(&A, &flags)) UNLOCK_IRQ(A, &more);)
UNMATCHED(lock_flags, NO_CALLS, LOCK_IRQ(A, &flags); bpf_local_irq_restore(&flags); UNLOCK(A);)
UNMATCHED(flags_in_use, "expected uninitialized irq flag as R2",
	  LOCK_IRQ(A, &flags);
	  if (!bpf_res_spin_lock_irqsave(&v->lock, &flags)) UNLOCK_IRQ(v->lock, &flags);
	  UNLOCK_IRQ(A, &flags);)
UNMATCHED(flags_after_failure, "expected an initialized irq flag as R1",
	  if (bpf_res_spin_lock_irqsave(&A, &flags)) { bpf_local_irq_restore(&flags); return 0; }
	  UNLOCK_IRQ(A, &flags);)

/* What is called meanwhile */
UNMATCHED(helper_called, NO_CALLS, LOCK(A); bpf_ktime_get_ns(); UNLOCK(A);)
UNMATCHED(spin_lock_called, NO_CALLS,
	  struct locked *s = lookup_locked(); if (!s) return 0;
	  LOCK(A); bpf_spin_lock(&s->lock); bpf_spin_unlock(&s->lock); UNLOCK(A);)
UNMATCHED(kfunc_called, NO_CALLS, LOCK(A); bpf_preempt_disable(); UNLOCK(A);
	  bpf_preempt_enable();)
UNMATCHED(crossed, "bpf_spin_unlock cannot be out of order",
	  struct locked *s = lookup_locked(); if (!s) return 0;
	  bpf_spin_lock(&s->lock);
	  if (bpf_res_spin_lock(&A)) { bpf_spin_unlock(&s->lock); return 0; }
	  bpf_spin_unlock(&s->lock); UNLOCK(A);)

GLOBAL int global_function(void)
{
	return number;
}

UNMATCHED(global_called, "global function calls are not allowed while holding a lock",
	  LOCK(A); global_function(); UNLOCK(A);)

GLOBAL int global_takes(void)
{
	return bpf_res_spin_lock(&A);
}

UNMATCHED(global_that_takes, MISSING, global_takes();)

static int cb_takes(__u32 i, void *ctx)
{
	return bpf_res_spin_lock(&A);
}

UNMATCHED(callback_that_takes, MISSING, bpf_loop(2, cb_takes, NULL, 0);)

SEC("tc")
__failure __msg("BPF_LD_[ABS|IND] cannot be used inside bpf_res_spin_lock-ed region")
__attribute__((naked)) int packet_load(void)
{
	asm volatile("r6 = r1;"
		     "r1 = %[A] ll;"
		     "call %[lock];"
		     "if w0 != 0 goto 1f;"
		     "r0 = *(u8 *)skb[0];"
		     "r1 = %[A] ll;"
		     "call %[unlock];"
		     "1: r0 = 0; exit;"
		     : : [A]"i"(&A), [lock]"i"(bpf_res_spin_lock), [unlock]"i"(bpf_res_spin_unlock)
		     : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "memory");
}

/* More than 64: as many as there is room for on the stack, and some of maps of their own */
#define REPEAT_15(X)					\
	X(0); X(1); X(2); X(3); X(4); X(5); X(6); X(7);	\
	X(8); X(9); X(10); X(11); X(12); X(13); X(14)
#define DEFINE_LOCK(n) GLOBAL_LOCK(L##n)
#define TAKE_LOCK(n) if (bpf_res_spin_lock(&L##n)) goto out

REPEAT_15(DEFINE_LOCK);

SEC("tc")
__failure __msg("there are more than 64 bpf_res_spin_locks held at once")
int many(struct __sk_buff *skb)
{
	struct guarded *values[50];
	int i;

	for (i = 0; i < 50; i++) {
		values[i] = lookup(0);
		if (!values[i])
			return 0;
	}
	for (i = 0; i < 50; i++)
		if (bpf_res_spin_lock(&values[i]->lock))
			goto out;
	REPEAT_15(TAKE_LOCK);
out:
	for (i--; i >= 0; i--)
		bpf_res_spin_unlock(&values[i]->lock);
	return 0;
}

/* What differs in the locks alone is no state that was seen. */
#define STATE() asm volatile("goto +0; goto +0; r2 = 0; r3 = 0; r4 = 0; r5 = 0;" \
			     "goto +0; goto +0;" : : : "r2", "r3", "r4", "r5", "memory")

SEC("tc")
__failure __msg(DIFFERENT)
int pruned_by_other_lock(struct __sk_buff *skb)
{
	struct guarded *v = lookup(0), *w = lookup(1);

	if (!v || !w)
		return 0;
	if (skb->len) {
		if (bpf_res_spin_lock(&v->lock))
			return 0;
	} else {
		if (bpf_res_spin_lock(&w->lock))
			return 0;
	}
	STATE();
	UNLOCK(v->lock);
	return 0;
}

SEC("tc")
__failure __msg("bpf_res_spin_unlock of different lock")
int pruned_by_kind(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_local_irq_restore(&flags);
	if (skb->len) {
		LOCK_IRQ(A, &flags);
	} else {
		unsigned long other;

		LOCK_IRQ(B, &other);
		UNLOCK_IRQ(B, &other);
		LOCK(A);
	}
	STATE();
	if (skb->mark)
		UNLOCK(A);
	else
		UNLOCK_IRQ(A, &flags);
	return 0;
}

SEC("tc")
__failure __msg(ORDER)
int pruned_by_order(struct __sk_buff *skb)
{
	if (skb->len) {
		LOCK(A);
		if (bpf_res_spin_lock(&B)) {
			UNLOCK(A);
			return 0;
		}
	} else {
		LOCK(B);
		if (bpf_res_spin_lock(&A)) {
			UNLOCK(B);
			return 0;
		}
	}
	STATE();
	UNLOCK(B);
	UNLOCK(A);
	return 0;
}

SEC("tc")
__failure __msg(MISSING)
int pruned_by_number(struct __sk_buff *skb)
{
	LOCK(A);
	if (skb->len)
		UNLOCK(A);
	STATE();
	return 0;
}

/* An error is an int: its upper half is 0, and not what makes it negative. */
SEC("tc")
__failure __msg("math between map_value pointer and register with unbounded min value")
__attribute__((naked)) int error_as_long(void)
{
	asm volatile("r1 = %[A] ll;"
		     "call %[lock];"
		     "if w0 == 0 goto 1f;"
		     "r0 += 4096;"
		     "r1 = %[number] ll;"
		     "r1 += r0;"
		     "r0 = *(u8 *)(r1 + 0);"
		     "r0 = 0; exit;"
		     "1: r1 = %[A] ll;"
		     "call %[unlock];"
		     "r0 = 0; exit;"
		     : : [A]"i"(&A), [number]"i"(&number), [lock]"i"(bpf_res_spin_lock),
		       [unlock]"i"(bpf_res_spin_unlock)
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");
}
