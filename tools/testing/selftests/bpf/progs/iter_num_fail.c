// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Iterators that must be refused, each with its message. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "bpf_may_goto.h"
#include "locks.h"

char _license[] SEC("license") = "GPL";

#define STATIC static __attribute__((noinline))
#define GLOBAL __attribute__((noinline))
#define __naked __attribute__((naked))

int n;
unsigned int numbers[64];

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} progs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ringbuf SEC(".maps");

/* Made, asked and destroyed in this order */

SEC("socket")
__failure __msg("Unreleased reference")
int not_destroyed(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	return 0;
}

SEC("socket")
__failure __msg("expected an initialized iter_num as R1")
int not_made(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("socket")
__failure __msg("expected an initialized iter_num as R1")
int asked_before(void *ctx)
{
	struct bpf_iter_num it = {};

	bpf_iter_num_next(&it);
	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("socket")
__failure __msg("expected an initialized iter_num as R1")
int asked_after(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_destroy(&it);
	bpf_iter_num_next(&it);
	return 0;
}

SEC("socket")
__failure __msg("expected an initialized iter_num as R1")
int destroyed_twice(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_destroy(&it);
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("socket")
__failure __msg("expected uninitialized iter_num as R1")
int made_twice(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("socket")
__failure __msg("Unreleased reference")
int left_in_the_middle(void *ctx)
{
	struct bpf_iter_num it;
	int *v;

	bpf_iter_num_new(&it, 0, 10);
	while ((v = bpf_iter_num_next(&it)))
		if (*v == n)
			return 1;
	bpf_iter_num_destroy(&it);
	return 0;
}

/* Where it lies */

struct bpf_iter_num global_it;

SEC("socket")
__failure __msg("R1 expected pointer to an iterator on stack")
int in_a_map(void *ctx)
{
	bpf_iter_num_new(&global_it, 0, 10);
	bpf_iter_num_destroy(&global_it);
	return 0;
}

SEC("socket")
__failure __msg("cannot pass in iter at an offset=-12")
__naked int misaligned(void)
{
	asm volatile("r1 = r10; r1 += -12; r2 = 0; r3 = 1; call %[new]; r0 = 0; exit;"
		     : : [new] "i"(bpf_iter_num_new));
}

SEC("socket")
__failure __msg("cannot pass in iter at an offset=0")
__naked int above_the_stack(void)
{
	asm volatile("r1 = r10; r2 = 0; r3 = 1; call %[new]; r0 = 0; exit;"
		     : : [new] "i"(bpf_iter_num_new));
}

SEC("socket")
__failure __msg("iter has to be at a constant offset")
__naked int anywhere(void)
{
	asm volatile("call %[random]; r0 &= 8; r1 = r10; r1 += -24; r1 += r0;"
		     "r2 = 0; r3 = 1; call %[new]; r0 = 0; exit;"
		     : : [new] "i"(bpf_iter_num_new), [random] "i"(bpf_get_prandom_u32));
}

/* What is in it is the kernel's */

SEC("socket")
__failure __msg("expected an initialized iter_num as R1")
int overwritten(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	*(volatile __u64 *)&it = 1;
	bpf_iter_num_next(&it);
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("socket")
__failure __msg("expected an initialized iter_num as R1")
int byte_overwritten(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	*((volatile __u8 *)&it + 7) = 1;
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("socket")
__failure __msg("expected an initialized iter_num as R1")
__naked int overwritten_somewhere(void)
{
	asm volatile("r1 = 0; *(u64 *)(r10 - 16) = r1;"
		     "r1 = r10; r1 += -8; r2 = 0; r3 = 10; call %[new];"
		     "call %[random]; r0 &= 8; r1 = r10; r1 += -16; r1 += r0;"
		     "*(u8 *)(r1 + 0) = r0;"
		     "r1 = r10; r1 += -8; call %[destroy]; r0 = 0; exit;"
		     : : [new] "i"(bpf_iter_num_new), [destroy] "i"(bpf_iter_num_destroy),
			 [random] "i"(bpf_get_prandom_u32));
}

SEC("tc")
__failure __msg("expected an initialized iter_num as R1")
int overwritten_by_helper(struct __sk_buff *skb)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_skb_load_bytes(skb, 0, &it, sizeof(it));
	bpf_iter_num_next(&it);
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("socket")
__failure __msg("Unreleased reference")
int overwritten_and_left(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	*(volatile __u64 *)&it = 1;
	return 0;
}

SEC("socket")
__failure __msg("invalid read from stack")
int read(void *ctx)
{
	struct bpf_iter_num it;
	int left;

	bpf_iter_num_new(&it, 0, 10);
	left = *(volatile int *)&it;
	bpf_iter_num_destroy(&it);
	return left;
}

SEC("socket")
__failure __msg("invalid indirect read from stack")
int read_by_helper(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_ringbuf_output(&ringbuf, &it, sizeof(it), 0);
	bpf_iter_num_destroy(&it);
	return 0;
}

GLOBAL int take_global(struct bpf_iter_num *it)
{
	return it ? it->__opaque[0] : 0;
}

SEC("socket")
__failure __msg("invalid")
int passed_to_global(void *ctx)
{
	struct bpf_iter_num it;
	int ret;

	bpf_iter_num_new(&it, 0, 10);
	ret = take_global(&it);
	bpf_iter_num_destroy(&it);
	return ret;
}

/* The element */

SEC("socket")
__failure __msg("invalid mem access 'scalar'")
int element_after_end(void *ctx)
{
	struct bpf_iter_num it;
	int *v, ret = 0;

	bpf_iter_num_new(&it, 0, 10);
	v = bpf_iter_num_next(&it);
	bpf_iter_num_destroy(&it);
	if (v)
		ret = *v;
	return ret;
}

SEC("socket")
__failure __msg("invalid mem access 'scalar'")
int element_not_checked(void *ctx)
{
	struct bpf_iter_num it;
	int ret;

	bpf_iter_num_new(&it, 0, 10);
	ret = *bpf_iter_num_next(&it);
	bpf_iter_num_destroy(&it);
	return ret;
}

SEC("socket")
__failure __msg("cannot write into rdonly_mem")
int element_written(void *ctx)
{
	struct bpf_iter_num it;
	int *v;

	bpf_iter_num_new(&it, 0, 10);
	v = bpf_iter_num_next(&it);
	if (v)
		*v = 5;
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("socket")
__failure __msg("invalid access to memory, mem_size=4 off=4 size=4")
int behind_element(void *ctx)
{
	struct bpf_iter_num it;
	int *v, ret = 0;

	bpf_iter_num_new(&it, 0, 10);
	v = bpf_iter_num_next(&it);
	if (v)
		ret = v[1];
	bpf_iter_num_destroy(&it);
	return ret;
}

/* Functions, callbacks, tail calls */

STATIC int leave_it(void)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, n);
	return n;
}

SEC("socket")
__failure __msg("Unreleased reference")
int left_in_function(void *ctx)
{
	return leave_it();
}

STATIC int leave_in_callback(__u32 index, void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, n);
	return 0;
}

SEC("socket")
__failure __msg("Unreleased reference")
int left_in_callback(void *ctx)
{
	bpf_loop(10, leave_in_callback, NULL, 0);
	return 0;
}

STATIC int destroy_it(__u32 index, struct bpf_iter_num *it)
{
	bpf_iter_num_destroy(it);
	return 1;
}

SEC("socket")
__failure __msg("iter_num was not made in this callback, and cannot be destroyed in it")
int destroyed_in_callback(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_loop(1, destroy_it, &it, 0);
	bpf_iter_num_destroy(&it);
	return 0;
}

STATIC int replace_it(__u32 index, struct bpf_iter_num *it)
{
	bpf_iter_num_destroy(it);
	bpf_iter_num_new(it, 0, 10);
	return 0;
}

SEC("socket")
__failure __msg("cannot be destroyed in it")
int replaced_in_callback(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_loop(10, replace_it, &it, 0);
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("socket")
__failure __msg("tail_call would lead to reference leak")
int tail_call(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_tail_call(ctx, &progs, 0);
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("socket")
__failure __msg("cannot overwrite referenced dynptr")
int over_a_dynptr(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_iter_num_new((struct bpf_iter_num *)&ptr, 0, 10);
	bpf_iter_num_destroy((struct bpf_iter_num *)&ptr);
	return 0;
}

/* What is found out in a few iterations has to hold in all */

SEC("socket")
__failure __msg("invalid access to map value")
int index_grows(void *ctx)
{
	unsigned int i = 0;

	bpf_repeat(n) {
		numbers[i] = 1;
		i++;
	}
	return 0;
}

SEC("socket")
__failure __msg("invalid access to map value")
int one_too_many(void *ctx)
{
	int i;

	bpf_for(i, 0, 65)
		numbers[i] = 1;
	return 0;
}

SEC("socket")
__failure __msg("unbounded min value is not allowed")
int may_be_negative(void *ctx)
{
	int i;

	bpf_for(i, n, 64)
		numbers[i] = 1;
	return 0;
}

SEC("socket")
__failure __msg("access to map value")
int after_the_loop(void *ctx)
{
	unsigned int i = 0;
	int round;

	bpf_for(round, 0, n) {
		if (i >= 64)
			break;
		numbers[i] = 1;
		i++;
	}
	numbers[i] = 2;
	return 0;
}

/* The state without elements left does not stand for the one with elements. */
SEC("socket")
__failure __msg("access to map value")
__naked int drained_or_not(void)
{
	asm volatile("call %[random]; r6 = r0;"
		     "r1 = r10; r1 += -8; r2 = 0; r3 = 10; call %[new];"
		     "if r6 != 0 goto 2f;"
		     "1: r1 = r10; r1 += -8; call %[next]; if r0 != 0 goto 1b;"
		     "2: r6 = 0;"
		     "r1 = r10; r1 += -8; call %[next]; if r0 == 0 goto 3f;"
		     "r1 = %[numbers] ll; r0 = *(u32 *)(r1 + 256);"
		     "3: r1 = r10; r1 += -8; call %[destroy]; r0 = 0; exit;"
		     : : [new] "i"(bpf_iter_num_new), [next] "i"(bpf_iter_num_next),
			 [destroy] "i"(bpf_iter_num_destroy), [numbers] "i"(&numbers),
			 [random] "i"(bpf_get_prandom_u32));
}

/* There is one iterator on both paths, but not the same. */
SEC("socket")
__failure __msg("expected an initialized iter_num as R1")
__naked int another_slot(void)
{
	asm volatile("call %[random]; r1 = r10; r1 += -8; r2 = 0; r3 = 10;"
		     "if r0 != 0 goto 1f; r1 += -8;"
		     "1: r7 = r1; if r0 == 0 goto 2f;"
		     "call %[new]; goto 3f; 2: call %[new];"
		     "3: r7 = 0; r0 = 0;"
		     "r1 = r10; r1 += -8; call %[destroy]; r0 = 0; exit;"
		     : : [new] "i"(bpf_iter_num_new), [destroy] "i"(bpf_iter_num_destroy),
			 [random] "i"(bpf_get_prandom_u32));
}

/* The element is one of the iterator that is gone, or of the other. */
SEC("socket")
__failure __msg("invalid mem access 'scalar'")
__naked int element_of_which(void)
{
	asm volatile("r1 = r10; r1 += -8; r2 = 0; r3 = 10; call %[new];"
		     "r1 = r10; r1 += -16; r2 = 0; r3 = 10; call %[new];"
		     "r1 = r10; r1 += -8; call %[next]; r6 = r0;"
		     "r1 = r10; r1 += -16; call %[next]; r7 = r0;"
		     "if r6 == 0 goto 4f; if r7 == 0 goto 4f;"
		     "call %[random]; if r0 != 0 goto 1f;"
		     "r8 = r6; goto 2f; 1: r8 = r7;"
		     "2: r6 = 0; r7 = 0; r0 = 0;"
		     "r1 = r10; r1 += -8; call %[destroy];"
		     "r9 = *(u32 *)(r8 + 0);"
		     "r1 = r10; r1 += -16; call %[destroy]; r0 = 0; exit;"
		     "4: r1 = r10; r1 += -8; call %[destroy];"
		     "r1 = r10; r1 += -16; call %[destroy]; r0 = 0; exit;"
		     : : [new] "i"(bpf_iter_num_new), [next] "i"(bpf_iter_num_next),
			 [destroy] "i"(bpf_iter_num_destroy), [random] "i"(bpf_get_prandom_u32));
}

/* Loops that have no end */

#define ITER(call) "r1 = r10; r1 += -8; call %[" #call "];"
#define NEW "r1 = r10; r1 += -8; r2 = 0; r3 = 10; call %[new];"
#define CALLS [new] "i"(bpf_iter_num_new), [next] "i"(bpf_iter_num_next),	\
	      [destroy] "i"(bpf_iter_num_destroy), [random] "i"(bpf_get_prandom_u32)

SEC("socket")
__failure __msg("infinite loop detected")
__naked int asks_for_ever(void)
{
	asm volatile(NEW
		     "1: " ITER(next) "call %[random]; if r0 != 7 goto 1b;"
		     ITER(destroy) "r0 = 0; exit;"
		     : : CALLS);
}

SEC("socket")
__failure __msg("infinite loop detected")
__naked int begins_for_ever(void)
{
	asm volatile("1: " NEW
		     "2: " ITER(next) "if r0 != 0 goto 2b;"
		     ITER(destroy) "goto 1b;"
		     : : CALLS);
}

/* One element of each iterator is taken, and another iterator made. */
SEC("socket")
__failure __msg("infinite loop detected")
__naked int one_of_each(void)
{
	asm volatile(NEW
		     "1: call %[random]; if r0 == 0 goto 2f;"
		     ITER(destroy) NEW
		     "2: " ITER(next) "if r0 != 0 goto 1b;"
		     ITER(destroy) "r0 = 0; exit;"
		     : : CALLS);
}

/* Two iterators, of which each advance of one replaces the other */
SEC("socket")
__failure __msg("infinite loop detected")
__naked int by_turns(void)
{
	asm volatile(NEW
		     "r1 = r10; r1 += -16; r2 = 0; r3 = 10; call %[new];"
		     "1: call %[random]; if r0 == 0 goto 2f;"
		     ITER(next) "if r0 == 0 goto 3f;"
		     "r1 = r10; r1 += -16; call %[destroy];"
		     "r1 = r10; r1 += -16; r2 = 0; r3 = 10; call %[new];"
		     "goto 1b;"
		     "2: r1 = r10; r1 += -16; call %[next]; if r0 == 0 goto 3f;"
		     ITER(destroy) NEW
		     "goto 1b;"
		     "3: " ITER(destroy)
		     "r1 = r10; r1 += -16; call %[destroy]; r0 = 0; exit;"
		     : : CALLS);
}

STATIC int take_or_renew(struct bpf_iter_num *it)
{
	if (bpf_get_prandom_u32() & 1)
		return !!bpf_iter_num_next(it);
	bpf_iter_num_destroy(it);
	bpf_iter_num_new(it, 0, 10);
	return 1;
}

/* The iterator of the caller is made again by what it calls. */
SEC("socket")
__failure __msg("infinite loop detected")
int renewed_by_function(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	while (take_or_renew(&it))
		;
	bpf_iter_num_destroy(&it);
	return 0;
}

STATIC void count_inside(struct bpf_iter_num *it)
{
	while (can_loop && bpf_iter_num_next(it))
		;
}

/* What the function counts is gone when it returns. */
SEC("socket")
__failure __msg("infinite loop detected")
int counted_inside(void *ctx)
{
	struct bpf_iter_num it;
	bool again;

	do {
		bpf_iter_num_new(&it, 0, 10);
		count_inside(&it);
		again = bpf_get_prandom_u32();
		bpf_iter_num_destroy(&it);
	} while (again);
	return 0;
}

STATIC int take_and_replace(struct bpf_iter_num *a, struct bpf_iter_num *b)
{
	if (!bpf_iter_num_next(a))
		return 0;
	bpf_iter_num_destroy(b);
	bpf_iter_num_new(b, 0, 10);
	return 1;
}

/* By turns, in a function: the caller's iterators are replaced there. */
SEC("socket")
__failure __msg("infinite loop detected")
int by_turns_in_function(void *ctx)
{
	struct bpf_iter_num a, b;

	bpf_iter_num_new(&a, 0, 10);
	bpf_iter_num_new(&b, 0, 10);
	while (take_and_replace(&a, &b) || take_and_replace(&b, &a))
		;
	bpf_iter_num_destroy(&a);
	bpf_iter_num_destroy(&b);
	return 0;
}

STATIC int ask_for_ever(__u32 index, struct bpf_iter_num **it)
{
	while (bpf_get_prandom_u32() & 1)
		bpf_iter_num_next(*it);
	return 0;
}

/* A callback asks an iterator of its caller that has nothing left. */
SEC("socket")
__failure __msg("infinite loop detected")
int asked_for_ever_in_callback(void *ctx)
{
	struct bpf_iter_num it, *p = &it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_loop(3, ask_for_ever, &p, 0);
	bpf_iter_num_destroy(&it);
	return 0;
}

/* The element of the inner iterator of an earlier iteration */
SEC("socket")
__failure __msg("invalid mem access 'scalar'")
int element_of_earlier_iteration(void *ctx)
{
	struct bpf_iter_num a, b;
	int *v = NULL, sum = 0;

	bpf_iter_num_new(&a, 0, 10);
	while (bpf_iter_num_next(&a)) {
		if (v)
			sum += *v;
		bpf_iter_num_new(&b, 0, 10);
		v = bpf_iter_num_next(&b);
		bpf_iter_num_destroy(&b);
	}
	bpf_iter_num_destroy(&a);
	return sum;
}

/* There are two on both paths, and an element of the second one, which is in another slot. */
SEC("socket")
__failure __msg("R7 invalid mem access 'scalar'")
__naked int element_of_other_slot(void)
{
	asm volatile("call %[random]; r6 = r0; if r6 != 0 goto 1f;"
		     "r1 = r10; r1 += -8; r2 = 0; r3 = 10; call %[new];"
		     "r1 = r10; r1 += -16; r2 = 0; r3 = 10; call %[new];"
		     "r1 = r10; r1 += -16; call %[next]; goto 2f;"
		     "1: r1 = r10; r1 += -16; r2 = 0; r3 = 10; call %[new];"
		     "r1 = r10; r1 += -8; r2 = 0; r3 = 10; call %[new];"
		     "r1 = r10; r1 += -8; call %[next];"
		     "2: r6 = 0; r7 = r0; if r7 == 0 goto 3f; r0 = 0;"
		     "r1 = r10; r1 += -8; call %[destroy]; r0 = *(u32 *)(r7 + 0); goto 4f;"
		     "3: r1 = r10; r1 += -8; call %[destroy];"
		     "4: r1 = r10; r1 += -16; call %[destroy]; r0 = 0; exit;"
		     : : [new] "i"(bpf_iter_num_new), [next] "i"(bpf_iter_num_next),
			 [destroy] "i"(bpf_iter_num_destroy), [random] "i"(bpf_get_prandom_u32));
}
