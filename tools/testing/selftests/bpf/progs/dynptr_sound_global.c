// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Dynptrs that global functions take: what must be refused. 6.1 refuses whatever has such a
 * function that uses the dynptr, and takes any 16 bytes for an argument that is not used.
 */
#include "dynptr_sound.h"

char _license[] SEC("license") = "GPL";

GLOBAL long global_data(struct bpf_dynptr *ptr)
{
	return !bpf_dynptr_data(ptr, 0, 8);
}

GLOBAL long global_ignores(const struct bpf_dynptr *ptr)
{
	barrier_var(ptr);
	return 0;
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int no_dynptr(void *ctx)
{
	struct bpf_dynptr ptr = {};

	return global_data(&ptr);
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int ignored_argument(void *ctx)
{
	struct bpf_dynptr ptr = {};

	return global_ignores(&ptr);
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int released(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return global_data(&ptr);
}

SEC("syscall")
__failure __msg("arg#0 expected pointer to stack or dynptr_ptr")
int null(void *ctx)
{
	return global_data(NULL);
}

SEC("syscall")
__failure __msg("arg#0 expected pointer to stack or dynptr_ptr")
int map_value(void *ctx)
{
	return global_data((void *)buffer);
}

SEC("syscall")
__failure __msg("arg#0 expected pointer to stack or dynptr_ptr")
int slice(void *ctx)
{
	struct bpf_dynptr ptr;
	void *data;

	local_dynptr(&ptr);
	data = bpf_dynptr_data(&ptr, 0, 16);
	return data ? global_data(data) : 0;
}

SEC("syscall")
__failure __msg("dynptr has to be at a constant offset")
int variable_offset(void *ctx)
{
	struct bpf_dynptr ptrs[2];

	local_dynptr(&ptrs[0]);
	local_dynptr(&ptrs[1]);
	return global_data((void *)ptrs + (bpf_get_prandom_u32() & 16));
}

SEC("syscall")
__failure __msg("cannot pass in dynptr at an offset=-8")
int second_half(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return global_data((void *)&ptr + 8);
}

static long const_offset_cb(struct bpf_dynptr *dynptr, void *context)
{
	return global_data(dynptr + 1024);
}

SEC("syscall")
__failure __msg("dereference of modified dynptr_ptr ptr R1 off=16384 disallowed")
int const_offset(void *ctx)
{
	return bpf_user_ringbuf_drain(&user_ringbuf, const_offset_cb, NULL, 0);
}

/* In the function it is as const as that of a callback. */
GLOBAL long global_init(struct bpf_dynptr *ptr)
{
	return local_dynptr(ptr);
}

SEC("syscall")
__failure __msg("Dynptr has to be an uninitialized dynptr")
int init(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return global_init(&ptr);
}

GLOBAL long global_release(struct bpf_dynptr *ptr)
{
	bpf_ringbuf_submit_dynptr(ptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("CONST_PTR_TO_DYNPTR cannot be released")
int release(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	return global_release(&ptr);
}

GLOBAL long global_store(struct bpf_dynptr *ptr)
{
	*(volatile long *)ptr = 0;
	return 0;
}

SEC("syscall")
__failure __msg("R1 invalid mem access 'dynptr_ptr'")
int store(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return global_store(&ptr);
}

GLOBAL long global_returns(struct bpf_dynptr *ptr)
{
	return (long)ptr;
}

SEC("syscall")
__failure __msg("At subprogram exit the register R0 is not a scalar value (dynptr_ptr)")
int returned(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return global_returns(&ptr);
}

/* A slice lives as long as its dynptr, whatever a function did to it. */
SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int slice_after_call(void *ctx)
{
	struct bpf_dynptr ptr;
	long *data;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	data = bpf_dynptr_data(&ptr, 0, 8);
	if (!data) {
		bpf_ringbuf_discard_dynptr(&ptr, 0);
		return 0;
	}
	*data = global_data(&ptr);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return *data;
}

/* The second path must not be pruned for the first. */
SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
__naked int prune_register(void)
{
	asm volatile(ASM_LOCAL(-16)
		     "*(u64 *)(r10 - 24) = 0;"
		     "*(u64 *)(r10 - 32) = 0;"
		     "call %[bpf_get_prandom_u32];"
		     "r1 = r10;"
		     "r1 += -32;"
		     "if r0 == 1 goto 1f;"
		     "r1 += 16;"
		     "1:"
		     ASM_STATE
		     "call global_data;"
		     "exit;"
		     : : ASM_ARGS : __clobber_all);
}

GLOBAL long global_memory(long *p)
{
	return p ? *p : 0;
}

/* 6.1 loads it: an argument that is memory is the same to it as a dynptr here. */
SEC("syscall")
__failure __msg("invalid indirect")
__naked int prune_memory(void)
{
	asm volatile("*(u64 *)(r10 - 8) = 0;"
		     "call %[bpf_get_prandom_u32];"
		     "r1 = r10;"
		     "r1 += -4;"
		     "if r0 == 1 goto 1f;"
		     "r1 += -4;"
		     "1:"
		     ASM_STATE
		     "call global_memory;"
		     "exit;"
		     : : ASM_ARGS : __clobber_all);
}
