// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Dynptrs on the stack of a program: what must be refused. "6.1 loads it" says so of the
 * kernel without this series, and "6.1 refuses it" that its message differs at most.
 */
#include "dynptr_sound.h"

char _license[] SEC("license") = "GPL";

static __always_inline void *variable(void *p)
{
	return p + (bpf_get_prandom_u32() & 16);
}

/* The offset */

/* 6.1 loads it, and takes any 16 bytes of the program for a dynptr. */
SEC("syscall")
__failure __msg("dynptr has to be at a constant offset")
int variable_use(void *ctx)
{
	struct {
		struct bpf_dynptr ptr;
		long fake[2];
	} s = { .fake = { 1, 1 } };

	local_dynptr(&s.ptr);
	return !bpf_dynptr_data(variable(&s.ptr), 0, 8);
}

/* 6.1 loads it. */
SEC("syscall")
__failure __msg("dynptr has to be at a constant offset")
int variable_init(void *ctx)
{
	struct bpf_dynptr ptrs[2];

	return local_dynptr(variable(ptrs));
}

/* 6.1 loads it, and releases anything. */
SEC("syscall")
__failure __msg("dynptr has to be at a constant offset")
int variable_release(void *ctx)
{
	struct {
		struct bpf_dynptr ptr;
		long fake[2];
	} s = { .fake = { 1, 1 } };

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &s.ptr);
	bpf_ringbuf_discard_dynptr(variable(&s.ptr), 0);
	return 0;
}

/* 6.1 refuses it, as the six below. */
SEC("syscall")
__failure __msg("cannot pass in dynptr at an offset=-12")
__naked int misaligned_use(void)
{
	asm volatile(ASM_LOCAL(-16)
		     ASM_DATA(-12)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("cannot pass in dynptr at an offset=-20")
__naked int misaligned_init(void)
{
	asm volatile(ASM_LOCAL(-20)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("cannot pass in dynptr at an offset=-8")
__naked int second_half(void)
{
	asm volatile(ASM_LOCAL(-16)
		     ASM_DATA(-8)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
__naked int two_halves(void)
{
	asm volatile(ASM_LOCAL(-16)
		     ASM_LOCAL(-32)
		     ASM_DATA(-24)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("cannot pass in dynptr at an offset=0")
__naked int above_the_stack(void)
{
	asm volatile(ASM_LOCAL(0)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("invalid write to stack R4 off=-528 size=8")
__naked int below_the_stack(void)
{
	asm volatile(ASM_LOCAL(-528)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
__naked int nothing_there(void)
{
	asm volatile("*(u64 *)(r10 - 8) = 0;"
		     "*(u64 *)(r10 - 16) = 0;"
		     ASM_DATA(-16)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

/* Writes to a dynptr */

/* 6.1 loads it: the halves of two dynptrs are a third, whose address is the size of the
 * first.
 */
SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
__naked int of_two_halves(void)
{
	asm volatile(ASM_LOCAL(-16)
		     "*(u64 *)(r10 - 16) = 0;"
		     ASM_LOCAL(-24)
		     ASM_DATA(-16)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

/* 6.1 refuses the five below. */
SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
__naked int write_first_half(void)
{
	asm volatile(ASM_LOCAL(-16)
		     "*(u8 *)(r10 - 10) = 0;"
		     ASM_DATA(-16)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
__naked int write_second_half(void)
{
	asm volatile(ASM_LOCAL(-16)
		     "*(u64 *)(r10 - 8) = r10;"
		     ASM_DATA(-16)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
__naked int write_variable(void)
{
	asm volatile(ASM_LOCAL(-16)
		     "call %[bpf_get_prandom_u32];"
		     "r0 &= 8;"
		     "r1 = r10;"
		     "r1 += r0;"
		     "*(u64 *)(r1 - 24) = 0;"
		     ASM_DATA(-16)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
__naked int init_over_half(void)
{
	asm volatile(ASM_LOCAL(-24)
		     ASM_LOCAL(-16)
		     ASM_DATA(-24)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

STATIC int write_to(long *p)
{
	*p = 1;
	return 0;
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int write_in_function(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	write_to((long *)&ptr + 1);
	return !bpf_dynptr_data(&ptr, 0, 8);
}

/* 6.1 loads it: the helper overwrites the dynptr that it reads. */
SEC("syscall")
__failure __msg("potential write to dynptr at off=")
int write_by_helper(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return bpf_dynptr_read(&ptr, sizeof(ptr), &ptr, 0, 0);
}

/* 6.1 refuses them. */
SEC("syscall")
__failure __msg("invalid indirect read from stack")
int read_by_helper(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return bpf_ringbuf_output(&ringbuf, &ptr, sizeof(ptr), 0);
}

SEC("syscall")
__failure __msg("invalid read from stack")
int read_directly(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return *((volatile long *)&ptr + 1);
}

/* Writes to a dynptr that holds a reference. 6.1 lets them be, and refuses the program for
 * the reference that is left.
 */
SEC("syscall")
__failure __msg("cannot overwrite referenced dynptr")
int write_referenced(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	*(volatile char *)&ptr = 0;
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("cannot overwrite referenced dynptr")
int write_referenced_second_half(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	*((volatile long *)&ptr + 1) = 0;
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("cannot overwrite referenced dynptr")
int write_referenced_variable(void *ctx)
{
	struct {
		long before[2];
		struct bpf_dynptr ptr;
	} s;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &s.ptr);
	*(volatile char *)variable(s.before) = 0;
	bpf_ringbuf_submit_dynptr(&s.ptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("cannot overwrite referenced dynptr")
int init_over_referenced(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

static long write_cb(__u32 i, long *p)
{
	*p = 1;
	return 0;
}

SEC("syscall")
__failure __msg("cannot overwrite referenced dynptr")
int write_referenced_in_callback(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_loop(1, write_cb, &ptr, 0);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("potential write to dynptr at off=")
int write_referenced_by_helper(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 16, 0, &ptr);
	bpf_get_current_comm(&ptr, sizeof(ptr));
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

/* Release */

/* 6.1 refuses all of them. */
SEC("syscall")
__failure __msg("arg 1 is an unacquired reference")
int release_twice(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("arg 1 is an unacquired reference")
int release_local(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("Unreleased reference")
int not_released(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	return 0;
}

static long release_cb(__u32 i, struct bpf_dynptr *ptr)
{
	bpf_ringbuf_submit_dynptr(ptr, 0);
	return 0;
}

/* The callback may run twice. */
SEC("syscall")
__failure __msg("reference has not been acquired before")
int release_in_callback(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_loop(2, release_cb, &ptr, 0);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

/* Slices */

/* 6.1 loads it, as the two below. */
SEC("syscall")
__failure __msg("R6 invalid mem access 'scalar'")
__naked int slice_of_destroyed(void)
{
	asm volatile(ASM_LOCAL(-16)
		     ASM_DATA(-16)
		     "if r0 == 0 goto 1f;"
		     "r6 = r0;"
		     "*(u64 *)(r10 - 8) = 0;"
		     "*(u64 *)(r6 + 0) = 0;"
		     "1:"
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("R7 invalid mem access 'scalar'")
__naked int spilled_slice_of_destroyed(void)
{
	asm volatile(ASM_LOCAL(-16)
		     ASM_DATA(-16)
		     "*(u64 *)(r10 - 24) = r0;"
		     "*(u64 *)(r10 - 16) = 0;"
		     "r7 = *(u64 *)(r10 - 24);"
		     "if r7 == 0 goto 1f;"
		     "*(u64 *)(r7 + 0) = 0;"
		     "1:"
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int slice_of_destroyed_in_function(void *ctx)
{
	struct bpf_dynptr ptr;
	long *data;

	local_dynptr(&ptr);
	data = bpf_dynptr_data(&ptr, 0, 8);
	if (!data)
		return 0;
	write_to((long *)&ptr);
	return *data;
}

/* 6.1 refuses it. */
SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int slice_of_released(void *ctx)
{
	struct bpf_dynptr ptr;
	long *data;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	data = bpf_dynptr_data(&ptr, 0, 8);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return data ? *data : 0;
}

/* Pruning: the first path is safe and must not stand for the second. */

/* 6.1 loads it: a dynptr of two numbers. */
SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
__naked int prune_no_dynptr(void)
{
	asm volatile("call %[bpf_get_prandom_u32];"
		     "if r0 == 1 goto 1f;"
		     ASM_LOCAL(-16)
		     "goto 2f;"
		     "1:"
		     "*(u64 *)(r10 - 16) = 1;"
		     "*(u64 *)(r10 - 8) = 8;"
		     "2:"
		     ASM_STATE
		     ASM_DATA(-16)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

/* 6.1 loads it: all slots that count are slots of dynptrs. */
SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
__naked int prune_other_halves(void)
{
	asm volatile("call %[bpf_get_prandom_u32];"
		     "if r0 == 1 goto 1f;"
		     ASM_LOCAL(-32)
		     ASM_LOCAL(-16)
		     "goto 2f;"
		     "1:"
		     ASM_LOCAL(-40)
		     ASM_LOCAL(-24)
		     "2:"
		     ASM_STATE
		     ASM_DATA(-32)
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

/* 6.1 loads it. Only in the second path is R6 a slice of what is overwritten. */
SEC("syscall")
__failure __msg("R6 invalid mem access 'scalar'")
__naked int prune_other_slice(void)
{
	asm volatile(ASM_LOCAL(-16)
		     ASM_LOCAL(-32)
		     "call %[bpf_get_prandom_u32];"
		     "if r0 == 1 goto 1f;"
		     ASM_DATA(-16)
		     "goto 2f;"
		     "1:"
		     ASM_DATA(-32)
		     "2:"
		     "if r0 == 0 goto 3f;"
		     "r6 = r0;"
		     ASM_STATE
		     "*(u64 *)(r10 - 32) = 0;"
		     "*(u64 *)(r6 + 0) = 0;"
		     "3:"
		     ASM_RETURN(0)
		     : : ASM_ARGS : __clobber_all);
}

/* 6.1 refuses it: it compares references. */
SEC("syscall")
__failure __msg("Unreleased reference")
int prune_reference(void *ctx)
{
	struct bpf_dynptr ptr;

	if (bpf_get_prandom_u32() == 1)
		bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	else
		local_dynptr(&ptr);
	return !bpf_dynptr_data(&ptr, 0, 8);
}
