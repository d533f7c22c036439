// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The dynptr that the callback of bpf_user_ringbuf_drain() gets is the kernel's: what
 * must be refused. "6.1 loads it" says so of the kernel without this series.
 */
#include "dynptr_sound.h"

char _license[] SEC("license") = "GPL";

#define DRAIN_PROGRAM(name) \
int name(void *ctx) \
{ \
	long context = 0; \
	\
	return bpf_user_ringbuf_drain(&user_ringbuf, name##_cb, &context, 0); \
}

/* 6.1 loads it: the kernel drains into memory of the program's choice. */
static long reinit_mem_cb(struct bpf_dynptr *dynptr, long *context)
{
	local_dynptr(dynptr);
	return 0;
}

SEC("syscall")
__failure __msg("Dynptr has to be an uninitialized dynptr")
DRAIN_PROGRAM(reinit_mem)

/* 6.1 loads it: no one releases the record. */
static long reinit_ringbuf_cb(struct bpf_dynptr *dynptr, long *context)
{
	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, dynptr);
	return 0;
}

SEC("syscall")
__failure __msg("Dynptr has to be an uninitialized dynptr")
DRAIN_PROGRAM(reinit_ringbuf)

/* 6.1 looks at the stack of the main function, and refuses it for what is there. */
static long submit_cb(struct bpf_dynptr *dynptr, long *context)
{
	bpf_ringbuf_submit_dynptr(dynptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("CONST_PTR_TO_DYNPTR cannot be released")
DRAIN_PROGRAM(submit)

static long discard_cb(struct bpf_dynptr *dynptr, long *context)
{
	bpf_ringbuf_discard_dynptr(dynptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("CONST_PTR_TO_DYNPTR cannot be released")
DRAIN_PROGRAM(discard)

/* A reference of the main function is no help. */
SEC("syscall")
__failure __msg("CONST_PTR_TO_DYNPTR cannot be released")
int discard_beside_reference(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_user_ringbuf_drain(&user_ringbuf, discard_cb, NULL, 0);
	bpf_ringbuf_discard_dynptr(&ptr, 0);
	return 0;
}

/* 6.1 refuses the five below as well. */
static long offset_cb(struct bpf_dynptr *dynptr, long *context)
{
	return !bpf_dynptr_data(dynptr + 1, 0, 8);
}

SEC("syscall")
__failure __msg("dereference of modified dynptr_ptr ptr R1 off=16 disallowed")
DRAIN_PROGRAM(offset)

static long negative_offset_cb(struct bpf_dynptr *dynptr, long *context)
{
	return !bpf_dynptr_data(dynptr - 1, 0, 8);
}

SEC("syscall")
__failure __msg("negative offset dynptr_ptr ptr R1 off=-16 disallowed")
DRAIN_PROGRAM(negative_offset)

static long variable_offset_cb(struct bpf_dynptr *dynptr, long *context)
{
	return !bpf_dynptr_data((void *)dynptr + (bpf_get_prandom_u32() & 16), 0, 8);
}

SEC("syscall")
__failure __msg("variable dynptr_ptr access var_off=")
DRAIN_PROGRAM(variable_offset)

static long store_cb(struct bpf_dynptr *dynptr, long *context)
{
	*(long *)dynptr = 0;
	return 0;
}

SEC("syscall")
__failure __msg("R1 invalid mem access 'dynptr_ptr'")
DRAIN_PROGRAM(store)

static long load_cb(struct bpf_dynptr *dynptr, long *context)
{
	return *(volatile long *)dynptr & 1;
}

SEC("syscall")
__failure __msg("R1 invalid mem access 'dynptr_ptr'")
DRAIN_PROGRAM(load)

static long atomic_add_cb(struct bpf_dynptr *dynptr, long *context)
{
	__sync_fetch_and_add((long *)dynptr, 8);
	return 0;
}

/* 6.1 refuses it: no pointer but to memory can be changed. */
SEC("syscall")
__failure __msg("R1 invalid mem access 'dynptr_ptr'")
DRAIN_PROGRAM(atomic_add)

/* 6.1 refuses the rest, too. */
static long memory_for_helper_cb(struct bpf_dynptr *dynptr, long *context)
{
	return bpf_get_current_comm(dynptr, 16);
}

SEC("syscall")
__failure __msg("R1 type=dynptr_ptr expected=fp")
DRAIN_PROGRAM(memory_for_helper)

static long map_value_cb(struct bpf_dynptr *dynptr, long *context)
{
	return bpf_map_push_elem(&values, dynptr, 0);
}

SEC("syscall")
__failure __msg("R2 type=dynptr_ptr expected=fp")
DRAIN_PROGRAM(map_value)

/* What comes back from the stack is the pointer, with all that is known of it. */
static long spilled_cb(struct bpf_dynptr *dynptr, long *context)
{
	struct bpf_dynptr *volatile copy = dynptr;

	return !bpf_dynptr_data(copy, 0, 8);
}

SEC("syscall")
__success
DRAIN_PROGRAM(spilled)

static long out_of_callback_cb(struct bpf_dynptr *dynptr, long *context)
{
	*context = (long)dynptr;
	return 0;
}

SEC("syscall")
__failure __msg("R1 type=scalar expected=fp, dynptr_ptr")
int out_of_callback(void *ctx)
{
	long context = 0;

	bpf_user_ringbuf_drain(&user_ringbuf, out_of_callback_cb, &context, 0);
	return !bpf_dynptr_data((void *)context, 0, 8);
}

static long returned_cb(struct bpf_dynptr *dynptr, long *context)
{
	return (long)dynptr;
}

SEC("syscall")
__failure __msg("R0 not a scalar value")
DRAIN_PROGRAM(returned)

/* A slice is no dynptr. */
static long slice_for_dynptr_cb(struct bpf_dynptr *dynptr, long *context)
{
	void *data = bpf_dynptr_data(dynptr, 0, 16);

	return data && bpf_dynptr_data(data, 0, 8);
}

SEC("syscall")
__failure __msg("R1 type=mem expected=fp, dynptr_ptr")
DRAIN_PROGRAM(slice_for_dynptr)
