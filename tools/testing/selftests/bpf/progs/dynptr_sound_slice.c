// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Slices and clones of dynptrs: programs that must load. Each returns 0, or the number of the
 * step that failed.
 */
#include "dynptr_sound.h"
#include "bpf_kfuncs.h"

char _license[] SEC("license") = "GPL";

#define CHECK(step, cond) do { if (!(cond)) return step; } while (0)
#define EINVAL	22
#define ERANGE	34

long callback_step;

/* A sample has two longs, the first of which is not 0. */
static long read_sample(struct bpf_dynptr *sample, long *sum)
{
	const long *words = bpf_dynptr_slice(sample, 0, NULL, 16);
	long value, *word;

	CHECK(1, bpf_dynptr_size(sample) == 16);
	CHECK(2, !bpf_dynptr_read(&value, sizeof(value), sample, 0, 0));
	CHECK(3, words && words[0] == value && words[1] == 0);
	CHECK(4, !bpf_dynptr_slice(sample, 9, NULL, 8));
	CHECK(5, !bpf_dynptr_slice(sample, 0, NULL, 17));
	CHECK(6, !bpf_dynptr_slice(sample, 1ULL << 32, NULL, 8));
	CHECK(7, !bpf_dynptr_slice(sample, -8ULL, NULL, 16));
	CHECK(8, !bpf_dynptr_slice(sample, 16, NULL, 1));
	word = bpf_dynptr_slice_rdwr(sample, 8, NULL, 8);
	CHECK(9, word);
	*word = value + 1;
	CHECK(10, words[1] == value + 1);
	CHECK(11, !bpf_dynptr_is_null(sample) && !bpf_dynptr_is_rdonly(sample));
	*sum += words[0];
	return 0;
}

static long sample_cb(struct bpf_dynptr *sample, long *sum)
{
	callback_step = read_sample(sample, sum);
	return !!callback_step;
}

SEC("syscall")
int sample_slice(void *ctx)
{
	long sum = 0;

	CHECK(100, bpf_user_ringbuf_drain(&user_ringbuf, sample_cb, &sum, 0) == 3);
	CHECK(101, !callback_step);
	CHECK(102, sum == 1 + 2 + 3);
	return 0;
}

static int check_adjust(struct bpf_dynptr *ptr)
{
	long *word, *kept = bpf_dynptr_slice(ptr, 8, NULL, 8);

	CHECK(1, kept && bpf_dynptr_size(ptr) == 64);
	CHECK(2, bpf_dynptr_adjust(ptr, 9, 8) == -EINVAL);
	CHECK(3, bpf_dynptr_adjust(ptr, 0, 65) == -ERANGE);
	CHECK(4, bpf_dynptr_adjust(ptr, 65, 65) == -ERANGE);
	CHECK(5, bpf_dynptr_adjust(ptr, 0, 1ULL << 32) == -ERANGE);
	CHECK(6, bpf_dynptr_size(ptr) == 64);
	CHECK(7, !bpf_dynptr_adjust(ptr, 8, 24) && bpf_dynptr_size(ptr) == 16);
	word = bpf_dynptr_slice(ptr, 0, NULL, 8);
	CHECK(8, word && *word == *kept);
	CHECK(9, !bpf_dynptr_adjust(ptr, 8, 16) && bpf_dynptr_size(ptr) == 8);
	word = bpf_dynptr_slice_rdwr(ptr, 0, NULL, 8);
	CHECK(10, word && !bpf_dynptr_slice(ptr, 1, NULL, 8));
	*word = 7;
	CHECK(11, kept[0] && !bpf_dynptr_adjust(ptr, 8, 8) && !bpf_dynptr_size(ptr));
	CHECK(12, !bpf_dynptr_slice(ptr, 0, NULL, 1) && !bpf_dynptr_is_null(ptr));
	return 0;
}

SEC("syscall")
int adjusted(void *ctx)
{
	struct bpf_dynptr ptr;
	int step;

	buffer[1] = 5;
	buffer[2] = 6;
	local_dynptr(&ptr);
	step = check_adjust(&ptr);
	CHECK(step, !step);
	CHECK(20, buffer[2] == 7);
	return 0;
}

/* The type stays: the record is submitted in one piece */
SEC("syscall")
int adjusted_record(void *ctx)
{
	long before = bpf_ringbuf_query(&ringbuf, BPF_RB_PROD_POS);
	struct bpf_dynptr ptr;
	long step = 1;

	if (bpf_ringbuf_reserve_dynptr(&ringbuf, 64, 0, &ptr))
		goto out;
	step = 2;
	if (bpf_dynptr_adjust(&ptr, 8, 16) || bpf_dynptr_size(&ptr) != 8)
		goto out;
	step = 0;
out:
	bpf_ringbuf_submit_dynptr(&ptr, BPF_RB_NO_WAKEUP);
	CHECK(3, bpf_ringbuf_query(&ringbuf, BPF_RB_PROD_POS) == before + 72);
	return step;
}

SEC("syscall")
int null(void *ctx)
{
	struct bpf_dynptr ptr, clone;

	bpf_dynptr_from_mem(buffer, 8, 1, &ptr);
	CHECK(1, bpf_dynptr_is_null(&ptr) && !bpf_dynptr_is_rdonly(&ptr));
	CHECK(2, (long)bpf_dynptr_size(&ptr) == -EINVAL);
	CHECK(3, !bpf_dynptr_slice(&ptr, 0, NULL, 1) && !bpf_dynptr_slice_rdwr(&ptr, 0, NULL, 1));
	CHECK(4, bpf_dynptr_adjust(&ptr, 0, 0) == -EINVAL);
	local_dynptr(&clone);
	CHECK(5, bpf_dynptr_clone(&ptr, &clone) == -EINVAL);
	CHECK(6, bpf_dynptr_is_null(&clone));
	return 0;
}

/* All of R0 is true or false, though C leaves most of it as it was. */
SEC("syscall")
int whole_register(void *ctx)
{
	struct bpf_dynptr ptr;
	long no, rdonly;

	local_dynptr(&ptr);
	asm volatile("r1 = %[ptr];"
		     "r0 = -1;"
		     "call %[bpf_dynptr_is_null];"
		     "%[no] = r0;"
		     "r1 = %[ptr];"
		     "r0 = -1;"
		     "call %[bpf_dynptr_is_rdonly];"
		     "%[rdonly] = r0;"
		     : [no]"=&r"(no), [rdonly]"=&r"(rdonly)
		     : [ptr]"r"(&ptr), __imm(bpf_dynptr_is_null), __imm(bpf_dynptr_is_rdonly)
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");
	CHECK(1, !no);
	CHECK(2, !rdonly);
	return bpf_dynptr_is_null(&ptr) || bpf_dynptr_is_rdonly(&ptr) ? 3 : 0;
}

SEC("syscall")
int clone_local(void *ctx)
{
	struct bpf_dynptr ptr, clone;
	long *word, *other;

	local_dynptr(&ptr);
	CHECK(1, !bpf_dynptr_clone(&ptr, &clone));
	CHECK(2, !bpf_dynptr_adjust(&clone, 8, 16));
	CHECK(3, bpf_dynptr_size(&ptr) == 64 && bpf_dynptr_size(&clone) == 8);
	word = bpf_dynptr_slice_rdwr(&clone, 0, NULL, 8);
	other = bpf_dynptr_slice(&ptr, 8, NULL, 8);
	CHECK(4, word && other);
	*word = 9;
	CHECK(5, *other == 9);
	/* What destroys the one leaves the other */
	*(volatile long *)&ptr = 0;
	CHECK(6, *word == 9 && bpf_dynptr_size(&clone) == 8);
	return 0;
}

SEC("syscall")
int clone_over_itself(void *ctx)
{
	struct bpf_dynptr ptr;
	long *word;

	buffer[0] = 3;
	local_dynptr(&ptr);
	CHECK(1, !bpf_dynptr_clone(&ptr, &ptr));
	word = bpf_dynptr_slice(&ptr, 0, NULL, 8);
	CHECK(2, word && *word == 3 && bpf_dynptr_size(&ptr) == 64);
	return 0;
}

/* A half of each lies in the other. */
SEC("syscall")
int clone_overlaps(void *ctx)
{
	union {
		struct {
			struct bpf_dynptr ptr;
			long rest;
		};
		struct {
			long start;
			struct bpf_dynptr ptr;
		} above;
	} u;
	long *word;

	buffer[0] = 4;
	local_dynptr(&u.ptr);
	CHECK(1, !bpf_dynptr_clone(&u.ptr, &u.above.ptr));
	word = bpf_dynptr_slice(&u.above.ptr, 0, NULL, 8);
	CHECK(2, word && *word == 4 && bpf_dynptr_size(&u.above.ptr) == 64);
	CHECK(3, !bpf_dynptr_clone(&u.above.ptr, &u.ptr));
	word = bpf_dynptr_slice(&u.ptr, 0, NULL, 8);
	CHECK(4, word && *word == 4 && bpf_dynptr_size(&u.ptr) == 64);
	return 0;
}

/* Released by either, and the one or the other may be overwritten before. */
SEC("syscall")
int clone_record(void *ctx)
{
	struct bpf_dynptr ptr, clone;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_dynptr_clone(&ptr, &clone);
	bpf_ringbuf_discard_dynptr(&clone, BPF_RB_NO_WAKEUP);
	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_dynptr_clone(&ptr, &clone);
	bpf_ringbuf_discard_dynptr(&ptr, BPF_RB_NO_WAKEUP);
	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	bpf_dynptr_clone(&ptr, &clone);
	local_dynptr(&ptr);
	bpf_ringbuf_discard_dynptr(&clone, BPF_RB_NO_WAKEUP);
	CHECK(1, bpf_dynptr_size(&ptr) == 64);
	return 0;
}

STATIC void discard(struct bpf_dynptr *ptr)
{
	struct bpf_dynptr clone;

	bpf_dynptr_clone(ptr, &clone);
	bpf_ringbuf_discard_dynptr(&clone, BPF_RB_NO_WAKEUP);
}

/* The frame of the clone is gone, and the reference with it. */
SEC("syscall")
int clone_in_function(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	discard(&ptr);
	local_dynptr(&ptr);
	CHECK(1, bpf_dynptr_size(&ptr) == 64);
	return 0;
}

/* No dynptr that there is needs the memory */
SEC("syscall")
int with_buffer(void *ctx)
{
	long mem[2] = { 1, 2 }, *words;
	struct bpf_dynptr ptr;

	buffer[0] = 11;
	local_dynptr(&ptr);
	words = bpf_dynptr_slice(&ptr, 0, mem, sizeof(mem));
	CHECK(1, words && words[0] == 11);
	words = bpf_dynptr_slice_rdwr(&ptr, 0, mem, sizeof(mem));
	CHECK(2, words);
	words[0] = 12;
	CHECK(3, mem[0] == 1 && mem[1] == 2 && buffer[0] == 12);
	words = bpf_dynptr_slice(&ptr, 56, mem, sizeof(mem));
	CHECK(4, !words);
	return 0;
}

GLOBAL long second_word(struct bpf_dynptr *ptr)
{
	struct bpf_dynptr clone;
	long *word;

	if (bpf_dynptr_adjust(ptr, 8, 16) || bpf_dynptr_clone(ptr, &clone))
		return 0;
	word = bpf_dynptr_slice(&clone, 0, NULL, 8);
	return word ? *word : 0;
}

GLOBAL long first_word(long *words)
{
	return words ? words[0] : 0;
}

/* A function of its own gets the dynptr, and a slice that may be NULL. */
SEC("syscall")
int global_function(void *ctx)
{
	struct bpf_dynptr ptr;

	buffer[0] = 13;
	buffer[1] = 14;
	local_dynptr(&ptr);
	CHECK(1, first_word(bpf_dynptr_slice_rdwr(&ptr, 0, NULL, 8)) == 13);
	CHECK(2, second_word(&ptr) == 14);
	CHECK(3, bpf_dynptr_size(&ptr) == 8);
	return 0;
}

/* Helpers read it, and it may be left on the stack. */
SEC("syscall")
int for_helpers(void *ctx)
{
	struct bpf_dynptr ptr;
	void *volatile spilled;
	char *text;

	local_dynptr(&ptr);
	spilled = bpf_dynptr_slice(&ptr, 0, NULL, 64);
	bpf_get_prandom_u32();
	text = spilled;
	CHECK(1, text && !bpf_ringbuf_output(&ringbuf, text, 64, BPF_RB_NO_WAKEUP));
	text = bpf_dynptr_slice_rdwr(&ptr, 8, NULL, 16);
	CHECK(2, text && !bpf_get_current_comm(text, 16));
	CHECK(3, ((char *)buffer)[8] == text[0] && text[0]);
	return 0;
}

/* At each turn a slice, and at some another dynptr */
SEC("syscall")
int loop_slices(void *ctx)
{
	struct bpf_dynptr ptr, clone;
	long *word, sum = 0;
	int i;

	buffer[0] = 1;
	local_dynptr(&ptr);
	for (i = 0; i < 50; i++) {
		bpf_dynptr_clone(&ptr, &clone);
		word = bpf_dynptr_slice(&clone, 0, NULL, 8);
		CHECK(1, word);
		sum += *word;
		if (bpf_get_prandom_u32() & 1)
			local_dynptr(&ptr);
	}
	CHECK(2, sum == 50);
	return 0;
}

/* What was not lent outlives the callback. */
static long own_slice_cb(struct bpf_dynptr *sample, long **context)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	*context = bpf_dynptr_slice(&ptr, 0, NULL, 8);
	return 0;
}

SEC("syscall")
int own_slice(void *ctx)
{
	long *context = NULL;

	bpf_user_ringbuf_drain(&user_ringbuf, own_slice_cb, &context, 0);
	return context ? *context & 0 : 0;
}
