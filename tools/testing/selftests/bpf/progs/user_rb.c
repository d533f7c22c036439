// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "user_rb_run.h"

char _license[] SEC("license") = "GPL";

#define E2BIG 7
#define MAX_SIZE_BITS 24

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

int waiting;	/* the callback has arrived at wait_after */
int go_on;	/* and may leave */

/* Of drain_sequence(). No two CPUs are in callbacks of one ring. */
__u64 next;	/* value that the next sample should have */
__u64 strange;	/* samples that had another one */

/*
 * A dynptr does not tell its size: it is where reading starts to fail. Without
 * branches, of which the verifier would follow all combinations.
 */
static __u32 sample_size(struct bpf_dynptr *sample)
{
	__u32 size = 0;
	__u8 byte;
	long err;
	int bit;

#pragma clang loop unroll(full)
	for (bit = MAX_SIZE_BITS - 1; bit >= 0; bit--) {
		err = bpf_dynptr_read(&byte, 1, sample, size + (1U << bit) - 1, 0);
		asm volatile("%0 s>>= 63" : "+r"(err));
		size += (1U << bit) & ~err;
	}
	return size;
}

static long wait_for_user(__u32 i, void *ctx)
{
	return *(volatile int *)&go_on != 0;
}

static long take_nothing(struct bpf_dynptr *sample, void *ctx)
{
	return 0;
}

static void look_at_value(struct bpf_dynptr *sample, struct user_rb_run *got)
{
	__u64 value;

	if (bpf_dynptr_read(&value, sizeof(value), sample, 0, 0))
		return;
	if (!got->first)
		got->first = value;
	else if (value != got->last + 1)
		got->disorder++;
	got->last = value;
}

static void look_at_place(struct bpf_dynptr *sample, struct user_rb_run *got, __u32 size)
{
	__u64 start = (__u64)bpf_dynptr_data(sample, 0, 1);

	if (!start)
		return;
	if (!got->low || start < got->low)
		got->low = start;
	if (start + size > got->high)
		got->high = start + size;
}

static long take(struct bpf_dynptr *sample, void *ctx)
{
	struct user_rb_run *got = ctx;
	__u32 size = sample_size(sample);

	got->calls++;
	got->bytes += size;
	if (size > got->longest)
		got->longest = size;
	look_at_value(sample, got);
	look_at_place(sample, got, size);
	if (got->nested)
		got->nested_ret = bpf_user_ringbuf_drain(&ring, take_nothing, NULL, 0);
	if (got->wait_after && got->calls == got->wait_after) {
		waiting = 1;
		bpf_loop(1 << 23, wait_for_user, NULL, 0);
		waiting = 0;
	}
	return got->stop_after && got->calls == got->stop_after;
}

SEC("syscall")
int drain(struct user_rb_run *run)
{
	struct user_rb_run got = *run;

	got.ret = bpf_user_ringbuf_drain(&ring, take, &got, run->flags);
	*run = got;
	return 0;
}

static long take_next(struct bpf_dynptr *sample, void *ctx)
{
	__u64 value = 0;

	if (bpf_dynptr_read(&value, sizeof(value), sample, 0, 0) || value != next)
		strange++;
	next = value + 1;
	return 0;
}

SEC("syscall")
int drain_sequence(struct user_rb_run *run)
{
	run->ret = bpf_user_ringbuf_drain(&ring, take_next, NULL, run->flags);
	return 0;
}

/* Pieces of all sizes, read at one place and written 16 bytes further on. */
static long copy_pieces(struct bpf_dynptr *sample, void *ctx)
{
	__u32 *failed = ctx;
	__u8 three[3];
	__u32 four;
	__u64 eight;

	*failed = bpf_dynptr_read(&eight, 8, sample, 0, 0) ||
		  bpf_dynptr_write(sample, 16, &eight, 8, 0) ||
		  bpf_dynptr_read(&four, 4, sample, 8, 0) ||
		  bpf_dynptr_write(sample, 24, &four, 4, 0) ||
		  bpf_dynptr_read(three, 3, sample, 12, 0) ||
		  bpf_dynptr_write(sample, 28, three, 3, 0) ||
		  bpf_dynptr_read(&eight, 8, sample, 25, 0) != -E2BIG ||
		  bpf_dynptr_write(sample, 29, &four, 4, 0) != -E2BIG;
	return 0;
}

SEC("syscall")
int drain_copy(struct user_rb_run *run)
{
	__u32 failed = run->calls;

	run->ret = bpf_user_ringbuf_drain(&ring, copy_pieces, &failed, 0);
	run->calls = failed;
	return 0;
}

/* As above, for samples of which only the number matters. */
SEC("syscall")
int drain_fast(struct user_rb_run *run)
{
	run->ret = bpf_user_ringbuf_drain(&ring, take_nothing, NULL, run->flags);
	return 0;
}
