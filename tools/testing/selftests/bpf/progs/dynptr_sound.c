// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Dynptrs: programs that must load. Each returns 0, or the number of the step that failed. */
#include "dynptr_sound.h"

char _license[] SEC("license") = "GPL";

#define CHECK(step, cond) do { if (!(cond)) return step; } while (0)

long callback_step;

GLOBAL long global_read(struct bpf_dynptr *ptr)
{
	long value = 0;

	bpf_dynptr_read(&value, sizeof(value), ptr, 0, 0);
	return value;
}

GLOBAL long global_passes_on(long n, const struct bpf_dynptr *const_ptr)
{
	struct bpf_dynptr *ptr = (void *)const_ptr;
	long *data = bpf_dynptr_data(ptr, 8, 8);

	if (data)
		*data = n;
	return global_read(ptr);
}

struct memory {
	long words[2];
};

GLOBAL long global_memory(struct memory *memory)
{
	return memory ? memory->words[0] : 0;
}

/* All that a callback may do with its dynptr; a sample has two longs. */
static long use_sample(struct bpf_dynptr *dynptr, long *sum)
{
	long value = 0, none = 1, *data;

	CHECK(1, !bpf_dynptr_read(&value, sizeof(value), dynptr, 0, 0));
	CHECK(2, bpf_dynptr_read(&none, sizeof(none), dynptr, 9, 0) == -7 /* E2BIG */ && !none);
	CHECK(3, !bpf_dynptr_write(dynptr, 8, &value, sizeof(value), 0));
	data = bpf_dynptr_data(dynptr, 0, 16);
	CHECK(4, data && data[0] == value && data[1] == value);
	CHECK(5, global_read(dynptr) == value);
	CHECK(6, global_passes_on(value + 1, dynptr) == value && data[1] == value + 1);
	*sum += value;
	return 0;
}

static long sample_cb(struct bpf_dynptr *dynptr, long *sum)
{
	callback_step = use_sample(dynptr, sum);
	return !!callback_step;
}

SEC("syscall")
int sample(void *ctx)
{
	long sum = 0;

	CHECK(100, bpf_user_ringbuf_drain(&user_ringbuf, sample_cb, &sum, 0) == 3);
	CHECK(101, !callback_step);
	CHECK(102, sum == 1 + 2 + 3);
	return 0;
}

/* A dynptr over another, and its stack for something else */
SEC("syscall")
int overwrite(void *ctx)
{
	union {
		struct bpf_dynptr ptr;
		volatile long words[2];
	} u;
	long *data;

	buffer[0] = 1;
	buffer[1] = 2;
	bpf_dynptr_from_mem(buffer, 8, 0, &u.ptr);
	bpf_dynptr_from_mem(buffer + 1, 8, 0, &u.ptr);
	data = bpf_dynptr_data(&u.ptr, 0, 8);
	CHECK(1, data && *data == 2);
	u.words[0] = 3;
	u.words[1] = 4;
	CHECK(2, u.words[0] + u.words[1] == 7);
	bpf_dynptr_from_mem(buffer, 8, 0, &u.ptr);
	data = bpf_dynptr_data(&u.ptr, 0, 8);
	CHECK(3, data && *data == 1);
	return 0;
}

/* What destroys one leaves the slices of the other. */
SEC("syscall")
int two_slices(void *ctx)
{
	struct bpf_dynptr ptr1, ptr2;
	long *data1, *data2;

	bpf_dynptr_from_mem(buffer, 8, 0, &ptr1);
	bpf_dynptr_from_mem(buffer + 1, 8, 0, &ptr2);
	data1 = bpf_dynptr_data(&ptr1, 0, 8);
	data2 = bpf_dynptr_data(&ptr2, 0, 8);
	CHECK(1, data1 && data2);
	*(volatile long *)&ptr1 = 0;
	*data2 = 5;
	CHECK(2, global_read(&ptr2) == 5);
	return 0;
}

/* A dynptr that is made anew each time, and used after the last */
SEC("syscall")
int loop(void *ctx)
{
	struct bpf_dynptr ptr;
	long *data, sum = 0;
	int i;

	buffer[0] = 1;
	bpf_dynptr_from_mem(buffer, 8, 0, &ptr);
	for (i = 0; i < 50; i++) {
		data = bpf_dynptr_data(&ptr, 0, 8);
		CHECK(1, data);
		sum += *data;
		if (bpf_get_prandom_u32() & 1)
			bpf_dynptr_from_mem(buffer, 8, 0, &ptr);
	}
	CHECK(2, sum == 50);
	return 0;
}

/* Fields of a structure, also at an offset that the verifier has to follow */
SEC("syscall")
int constant_offset(void *ctx)
{
	struct {
		long before;
		struct bpf_dynptr ptrs[2];
		long after;
	} s = {};
	long off = sizeof(struct bpf_dynptr), *data;

	barrier_var(off);
	buffer[1] = 6;
	bpf_dynptr_from_mem(buffer, 8, 0, &s.ptrs[0]);
	bpf_dynptr_from_mem(buffer + 1, 8, 0, (void *)s.ptrs + off);
	s.before = s.after = 1;
	data = bpf_dynptr_data((void *)s.ptrs + off, 0, 8);
	CHECK(1, data && *data == 6);
	return 0;
}

STATIC long reserve(struct bpf_dynptr *ptr)
{
	return bpf_ringbuf_reserve_dynptr(&ringbuf, 16, 0, ptr);
}

STATIC long fill(struct bpf_dynptr *ptr)
{
	long *data = bpf_dynptr_data(ptr, 0, 16);

	if (!data)
		return 1;
	data[0] = 7;
	return 0;
}

static long fill_cb(__u32 i, struct bpf_dynptr *ptr)
{
	return fill(ptr);
}

/* Made, used and ended in different functions */
SEC("syscall")
int functions(void *ctx)
{
	struct bpf_dynptr ptr;
	long value;

	reserve(&ptr);
	bpf_loop(2, fill_cb, &ptr, 0);
	value = global_passes_on(8, &ptr);
	bpf_ringbuf_discard_dynptr(&ptr, 0);
	CHECK(1, value == 7);
	bpf_dynptr_from_mem(buffer, 16, 0, &ptr);
	CHECK(2, !fill(&ptr) && buffer[0] == 7);
	return 0;
}

/* What a failed call leaves is a dynptr of nothing. */
SEC("syscall")
int failed(void *ctx)
{
	struct bpf_dynptr ptr;

	CHECK(1, bpf_dynptr_from_mem(buffer, 8, 1, &ptr));
	CHECK(2, !bpf_dynptr_data(&ptr, 0, 0));
	CHECK(3, !global_read(&ptr));
	return 0;
}

/* For the replacements */
SEC("syscall")
int replaced(void *ctx)
{
	struct memory memory = { .words = { 1 } };
	struct bpf_dynptr ptr;

	buffer[0] = 9;
	local_dynptr(&ptr);
	return global_read(&ptr) + global_memory(&memory) - 1;
}

/* What a context is called does not matter to 6.1. */
SEC("syscall")
int context_like_dynptr(struct bpf_dynptr *ctx)
{
	barrier_var(ctx);
	return 0;
}
