// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Slices and clones of dynptrs: what must be refused. */
#include "dynptr_sound.h"
#include "bpf_kfuncs.h"

char _license[] SEC("license") = "GPL";

const long constants[2] = { 1, 2 };

/* What the verifier has seen so far is kept here, for the other ways that lead here. */
#define STATE() asm volatile(ASM_STATE : : : "r2", "r3", "r4", "r5", "memory")

static __always_inline long *first(struct bpf_dynptr *ptr)
{
	return bpf_dynptr_slice_rdwr(ptr, 0, NULL, 8);
}

/* The slice and its size */

SEC("syscall")
__failure __msg("cannot write into rdonly_mem")
int slice_written(void *ctx)
{
	struct bpf_dynptr ptr;
	long *word;

	local_dynptr(&ptr);
	word = bpf_dynptr_slice(&ptr, 0, NULL, 8);
	if (word)
		*word = 1;
	return 0;
}

SEC("syscall")
__failure __msg("cannot write into rdonly_mem")
int slice_added_to(void *ctx)
{
	struct bpf_dynptr ptr;
	long *word;

	local_dynptr(&ptr);
	word = bpf_dynptr_slice(&ptr, 0, NULL, 8);
	if (word)
		__sync_fetch_and_add(word, 1);
	return 0;
}

SEC("syscall")
__failure __msg("R1 type=rdonly_mem expected=fp")
int slice_filled_by_helper(void *ctx)
{
	struct bpf_dynptr ptr;
	char *comm;

	local_dynptr(&ptr);
	comm = bpf_dynptr_slice(&ptr, 0, NULL, 16);
	if (comm)
		bpf_get_current_comm(comm, 16);
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'rdonly_mem_or_null'")
int slice_not_checked(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return *(volatile long *)bpf_dynptr_slice(&ptr, 0, NULL, 8);
}

SEC("syscall")
__failure __msg("invalid mem access 'mem_or_null'")
int slice_rdwr_not_checked(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return *(volatile long *)first(&ptr);
}

SEC("syscall")
__failure __msg("invalid access to memory, mem_size=8 off=8 size=1")
int slice_too_short(void *ctx)
{
	struct bpf_dynptr ptr;
	char *bytes;

	local_dynptr(&ptr);
	bytes = bpf_dynptr_slice(&ptr, 0, NULL, 8);
	return bytes ? bytes[8] : 0;
}

SEC("syscall")
__failure __msg("invalid access to memory, mem_size=0 off=0 size=1")
int slice_of_nothing(void *ctx)
{
	struct bpf_dynptr ptr;
	char *bytes;

	local_dynptr(&ptr);
	bytes = bpf_dynptr_slice(&ptr, 0, NULL, 0);
	return bytes ? bytes[0] : 0;
}

SEC("syscall")
__failure __msg("R4 must be a known constant")
int size_not_constant(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return !bpf_dynptr_slice(&ptr, 0, NULL, bpf_get_prandom_u32() & 8);
}

SEC("syscall")
__failure __msg("R4 is no size of a slice")
int size_over_32_bits(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return !bpf_dynptr_slice(&ptr, 0, NULL, 1ULL << 32);
}

SEC("syscall")
__failure __msg("R4 is not a scalar")
int size_is_pointer(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return !bpf_dynptr_slice(&ptr, 0, NULL, (long)ctx);
}

SEC("syscall")
__failure __msg("R2 is not a scalar")
int offset_is_pointer(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return !bpf_dynptr_slice(&ptr, (long)ctx, NULL, 8);
}

/* The way that is verified last has the smaller slice, whichever that is. */
#define SIZES(name, size1, size2) \
int name(void *ctx) \
{ \
	struct bpf_dynptr ptr; \
	long size = size1, *words; \
	\
	local_dynptr(&ptr); \
	if (bpf_get_prandom_u32()) \
		size = size2; \
	barrier_var(size); \
	STATE(); \
	words = bpf_dynptr_slice(&ptr, 0, NULL, size); \
	return words ? words[1] : 0; \
}

SEC("syscall")
__failure __msg("invalid access to memory, mem_size=8 off=8 size=")
SIZES(size_small_or_large, 8, 16)

SEC("syscall")
__failure __msg("invalid access to memory, mem_size=8 off=8 size=")
SIZES(size_large_or_small, 16, 8)

/* The memory for the slice */

SEC("syscall")
__failure __msg("arg#2 arg#3 memory, len pair leads to invalid memory access")
int buffer_too_small(void *ctx)
{
	struct bpf_dynptr ptr;
	char small[8] = {};

	local_dynptr(&ptr);
	return !bpf_dynptr_slice(&ptr, 0, small, 512);
}

SEC("syscall")
__failure __msg("arg#2 arg#3 memory, len pair leads to invalid memory access")
int buffer_read_only(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return !bpf_dynptr_slice(&ptr, 0, (void *)constants, sizeof(constants));
}

SEC("syscall")
__failure __msg("arg#2 arg#3 memory, len pair leads to invalid memory access")
int buffer_is_dynptr(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return !bpf_dynptr_slice(&ptr, 0, &ptr, sizeof(ptr));
}

SEC("syscall")
__failure __msg("arg#2 arg#3 memory, len pair leads to invalid memory access")
int buffer_is_number(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return !bpf_dynptr_slice(&ptr, 0, (void *)8, 8);
}

/* A number that is 0 on the one way only */
#define BUFFERS(name, buffer1, buffer2) \
int name(void *ctx) \
{ \
	long buf = buffer1; \
	struct bpf_dynptr ptr; \
	\
	local_dynptr(&ptr); \
	if (bpf_get_prandom_u32()) \
		buf = buffer2; \
	barrier_var(buf); \
	STATE(); \
	return !bpf_dynptr_slice(&ptr, 0, (void *)buf, 8); \
}

SEC("syscall")
__failure __msg("arg#2 arg#3 memory, len pair leads to invalid memory access")
BUFFERS(buffer_null_or_number, 0, 8)

SEC("syscall")
__failure __msg("arg#2 arg#3 memory, len pair leads to invalid memory access")
BUFFERS(buffer_number_or_null, 8, 0)

/* What is not a dynptr */

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int not_initialized(void *ctx)
{
	struct bpf_dynptr ptr = {};

	return !bpf_dynptr_slice(&ptr, 0, NULL, 8);
}

SEC("syscall")
__failure __msg("arg#0 expected pointer to stack or dynptr_ptr")
int map_value(void *ctx)
{
	return bpf_dynptr_size((void *)buffer);
}

SEC("syscall")
__failure __msg("arg#0 expected pointer to stack or dynptr_ptr")
int no_dynptr(void *ctx)
{
	return bpf_dynptr_is_null(NULL);
}

static long offset_cb(struct bpf_dynptr *sample, void *context)
{
	return bpf_dynptr_adjust(sample + 1, 0, 0) & 1;
}

SEC("syscall")
__failure __msg("dereference of modified dynptr_ptr ptr R1 off=16 disallowed")
int offset(void *ctx)
{
	return bpf_user_ringbuf_drain(&user_ringbuf, offset_cb, NULL, 0);
}

/* A clone of what is no dynptr, and where there is no room for one */

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int clone_of_nothing(void *ctx)
{
	struct bpf_dynptr ptr = {}, clone;

	return bpf_dynptr_clone(&ptr, &clone);
}

SEC("syscall")
__failure __msg("arg#1 expected pointer to stack or dynptr_ptr")
int clone_to_map_value(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return bpf_dynptr_clone(&ptr, (void *)buffer);
}

static long clone_to_sample_cb(struct bpf_dynptr *sample, void *context)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return bpf_dynptr_clone(&ptr, sample) & 1;
}

SEC("syscall")
__failure __msg("Dynptr has to be an uninitialized dynptr")
int clone_to_sample(void *ctx)
{
	return bpf_user_ringbuf_drain(&user_ringbuf, clone_to_sample_cb, NULL, 0);
}

SEC("syscall")
__failure __msg("cannot pass in dynptr at an offset=")
int clone_misaligned(void *ctx)
{
	struct bpf_dynptr ptr;
	char room[32];

	local_dynptr(&ptr);
	return bpf_dynptr_clone(&ptr, (void *)room + 4);
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int clone_over_half(void *ctx)
{
	union {
		struct bpf_dynptr ptr;
		struct {
			long start;
			struct bpf_dynptr ptr;
		} above;
	} u;

	local_dynptr(&u.ptr);
	bpf_dynptr_clone(&u.ptr, &u.above.ptr);
	return bpf_dynptr_size(&u.ptr);
}

/* After the memory is gone */

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int slice_of_submitted(void *ctx)
{
	struct bpf_dynptr ptr;
	long *word;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	word = first(&ptr);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return word ? *word : 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int slice_of_discarded(void *ctx)
{
	void *volatile spilled;
	struct bpf_dynptr ptr;
	long *word;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	spilled = first(&ptr);
	bpf_ringbuf_discard_dynptr(&ptr, 0);
	word = spilled;
	return word ? *word : 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int slice_of_submitted_clone(void *ctx)
{
	struct bpf_dynptr ptr, clone;
	long *word;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_dynptr_clone(&ptr, &clone);
	word = first(&ptr);
	bpf_ringbuf_submit_dynptr(&clone, 0);
	return word ? *word : 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int clone_slice_of_submitted(void *ctx)
{
	struct bpf_dynptr ptr, clone;
	long *word;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_dynptr_clone(&ptr, &clone);
	word = bpf_dynptr_data(&clone, 0, 8);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return word ? *word : 0;
}

STATIC long *slice_of_own_clone(struct bpf_dynptr *ptr)
{
	struct bpf_dynptr clone;

	bpf_dynptr_clone(ptr, &clone);
	return first(&clone);
}

/* The clone is gone when the record is submitted, and its slice is not. */
SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int slice_of_gone_clone(void *ctx)
{
	struct bpf_dynptr ptr;
	long *word;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	word = slice_of_own_clone(&ptr);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return word ? *word : 0;
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int clone_of_submitted(void *ctx)
{
	struct bpf_dynptr ptr, clone;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_dynptr_clone(&ptr, &clone);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return !bpf_dynptr_slice(&clone, 0, NULL, 8);
}

SEC("syscall")
__failure __msg("arg 1 is an unacquired reference")
int submitted_twice(void *ctx)
{
	struct bpf_dynptr ptr, clone;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_dynptr_clone(&ptr, &clone);
	bpf_ringbuf_submit_dynptr(&clone, 0);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

STATIC long submit(struct bpf_dynptr *ptr)
{
	struct bpf_dynptr clone;

	bpf_dynptr_clone(ptr, &clone);
	bpf_ringbuf_submit_dynptr(&clone, 0);
	return 0;
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int submitted_in_function(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	submit(&ptr);
	return bpf_dynptr_size(&ptr);
}

static long submit_cb(__u32 i, struct bpf_dynptr *ptr)
{
	return submit(ptr);
}

SEC("syscall")
__failure __msg("reference has not been acquired before")
int submitted_in_callback(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_loop(2, submit_cb, &ptr, 0);
	bpf_ringbuf_discard_dynptr(&ptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("Unreleased reference")
int not_released(void *ctx)
{
	struct bpf_dynptr ptr, clone;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_dynptr_clone(&ptr, &clone);
	local_dynptr(&ptr);
	return 0;
}

SEC("syscall")
__failure __msg("cannot overwrite referenced dynptr")
int last_overwritten(void *ctx)
{
	struct bpf_dynptr ptr, clone;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_dynptr_clone(&ptr, &clone);
	local_dynptr(&ptr);
	*(volatile long *)&clone = 0;
	return 0;
}

SEC("syscall")
__failure __msg("cannot overwrite referenced dynptr")
int last_cloned_over_itself(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_dynptr_clone(&ptr, &ptr);
	bpf_ringbuf_discard_dynptr(&ptr, 0);
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int slice_of_overwritten(void *ctx)
{
	struct bpf_dynptr ptr;
	long *word;

	local_dynptr(&ptr);
	word = first(&ptr);
	*(volatile long *)&ptr = 0;
	return word ? *word : 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int slice_of_cloned_over(void *ctx)
{
	struct bpf_dynptr ptr, other;
	long *word;

	local_dynptr(&ptr);
	local_dynptr(&other);
	word = first(&ptr);
	bpf_dynptr_clone(&other, &ptr);
	return word ? *word : 0;
}

/* What is kept of a sample when its callback has returned */

#define AFTER_DRAIN(name, use) \
int name(void *ctx) \
{ \
	long *context = NULL; \
	\
	bpf_user_ringbuf_drain(&user_ringbuf, name##_cb, &context, 0); \
	return use; \
}

static long keep_slice_cb(struct bpf_dynptr *sample, long **context)
{
	*context = first(sample);
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
AFTER_DRAIN(keep_slice, context ? *context : 0)

/* 6.1 loads it. */
static long keep_data_cb(struct bpf_dynptr *sample, long **context)
{
	*context = bpf_dynptr_data(sample, 0, 8);
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
AFTER_DRAIN(keep_data, context ? *context : 0)

static long keep_slice_of_clone_cb(struct bpf_dynptr *sample, long **context)
{
	struct bpf_dynptr clone;

	bpf_dynptr_clone(sample, &clone);
	*context = first(&clone);
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
AFTER_DRAIN(keep_slice_of_clone, context ? *context : 0)

static long keep_in_next_call_cb(struct bpf_dynptr *sample, long **context)
{
	if (*context)
		return **context & 1;
	*context = first(sample);
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
AFTER_DRAIN(keep_in_next_call, 0)

static long keep_clone_cb(struct bpf_dynptr *sample, struct bpf_dynptr *context)
{
	bpf_dynptr_clone(sample, context);
	return 0;
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int keep_clone(void *ctx)
{
	struct bpf_dynptr clone;

	local_dynptr(&clone);
	bpf_user_ringbuf_drain(&user_ringbuf, keep_clone_cb, &clone, 0);
	return bpf_dynptr_size(&clone);
}

static long keep_clone_of_clone_cb(struct bpf_dynptr *sample, struct bpf_dynptr *context)
{
	struct bpf_dynptr clone;

	bpf_dynptr_clone(sample, &clone);
	bpf_dynptr_clone(&clone, context);
	return 0;
}

SEC("syscall")
__failure __msg("Expected an initialized dynptr as arg #1")
int keep_clone_of_clone(void *ctx)
{
	struct bpf_dynptr clone;

	local_dynptr(&clone);
	bpf_user_ringbuf_drain(&user_ringbuf, keep_clone_of_clone_cb, &clone, 0);
	return bpf_dynptr_size(&clone);
}

STATIC long *slice_of_own_local(void)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return first(&ptr);
}

/* Lent on the one way only. What it is a slice of is gone on both. */
#define LENT(name, slice1, slice2) \
static long name##_cb(struct bpf_dynptr *sample, long **context) \
{ \
	if (bpf_get_prandom_u32()) \
		*context = slice1; \
	else \
		*context = slice2; \
	STATE(); \
	return 0; \
} \
\
SEC("syscall") \
__failure __msg("invalid mem access 'scalar'") \
AFTER_DRAIN(name, context ? *context : 0)

LENT(lent_or_not, slice_of_own_clone(sample), slice_of_own_local())
LENT(not_or_lent, slice_of_own_local(), slice_of_own_clone(sample))

/* The same of a dynptr */
#define CLONED(name, from1, from2) \
static long name##_cb(struct bpf_dynptr *sample, struct bpf_dynptr *context) \
{ \
	struct bpf_dynptr ptr; \
	\
	local_dynptr(&ptr); \
	if (bpf_get_prandom_u32()) \
		bpf_dynptr_clone(from1, context); \
	else \
		bpf_dynptr_clone(from2, context); \
	STATE(); \
	return 0; \
} \
\
SEC("syscall") \
__failure __msg("Expected an initialized dynptr as arg #1") \
int name(void *ctx) \
{ \
	struct bpf_dynptr clone; \
	\
	local_dynptr(&clone); \
	bpf_user_ringbuf_drain(&user_ringbuf, name##_cb, &clone, 0); \
	return bpf_dynptr_size(&clone); \
}

CLONED(cloned_lent_or_not, sample, &ptr)
CLONED(cloned_not_or_lent, &ptr, sample)

/* A slice of the one or the other, of which one is overwritten */
#define SLICES(name, from1, from2) \
SEC("syscall") \
__failure __msg("invalid mem access 'scalar'") \
int name(void *ctx) \
{ \
	struct bpf_dynptr ptr, other; \
	long *word; \
	\
	local_dynptr(&ptr); \
	local_dynptr(&other); \
	if (bpf_get_prandom_u32()) \
		word = first(from1); \
	else \
		word = first(from2); \
	STATE(); \
	*(volatile long *)&ptr = 0; \
	return word ? *word : bpf_dynptr_size(&other); \
}

SLICES(slice_of_one_or_other, &ptr, &other)
SLICES(slice_of_other_or_one, &other, &ptr)

/* A clone of a record or not, when the record is submitted */
#define RECORDS(name, from1, from2) \
SEC("syscall") \
__failure __msg("Expected an initialized dynptr as arg #1") \
int name(void *ctx) \
{ \
	struct bpf_dynptr record, local, clone; \
	\
	local_dynptr(&local); \
	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &record); \
	if (bpf_get_prandom_u32()) \
		bpf_dynptr_clone(from1, &clone); \
	else \
		bpf_dynptr_clone(from2, &clone); \
	STATE(); \
	bpf_ringbuf_submit_dynptr(&record, 0); \
	return bpf_dynptr_size(&clone); \
}

RECORDS(clone_of_record_or_not, &record, &local)
RECORDS(clone_of_local_or_record, &local, &record)
