// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Short answers to what is asked often. The pages of Documentation/bpf quote them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_kfuncs.h>
#include <bpf/bpf_may_goto.h>
#include "recipes.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 100);	/* pages */
} arena SEC(".maps");

__u32 zero;	/* what the verifier does not know */

/* ---- Print, but not for each packet ---- */

#define PER_SECOND	5

__u64 this_second, lines, held_back;

static bool may_print(void)
{
	__u64 second = bpf_ktime_get_ns() / 1000000000, last = this_second;

	if (second != last && __sync_bool_compare_and_swap(&this_second, last, second))
		lines = 0;
	if (__sync_fetch_and_add(&lines, 1) < PER_SECOND)
		return true;
	__sync_fetch_and_add(&held_back, 1);
	return false;
}

SEC("xdp")
int tell(struct xdp_md *ctx)
{
	if (may_print())
		bpf_stream_printk(BPF_STDOUT, "a packet of %u bytes, %llu not shown\n",
				  ctx->data_end - ctx->data, held_back);
	return XDP_PASS;
}

/* ---- A ring in the arena: programs on all CPUs put, one process takes ---- */

struct ring __arena ring;

static bool ring_put(__u64 value)
{
	struct slot __arena *slot;
	__u64 head, turn;

	while (can_loop) {
		head = READ_ONCE(ring.head);
		slot = &ring.slots[head % SLOTS];
		turn = READ_ONCE(slot->turn);
		if (turn < head / SLOTS * 2)
			break;		/* has the value of the last round still: full */
		if (turn == head / SLOTS * 2 &&
		    __sync_bool_compare_and_swap(&ring.head, head, head + 1)) {
			slot->value = value;
			/* the value is there before it can be found */
			__sync_lock_test_and_set(&slot->turn, turn + 1);
			return true;
		}
	}
	__sync_fetch_and_add(&ring.lost, 1);
	return false;
}

SEC("syscall")
int put_100(void *ctx)
{
	__u32 i, put = 0;

	for (i = zero; i < 100 && can_loop; i++)
		put += ring_put(i);
	return put;
}

/* ---- A lock of one's own, for data in the arena ---- */

struct sum __arena sum;

/*
 * The owner may be what this program has interrupted, or user space: so whoever does not
 * get the lock soon goes without it.
 */
static bool try_lock(__u32 __arena *lock)
{
	__u32 i;

	for (i = zero; i < 1000 && can_loop; i++)
		if (!__sync_lock_test_and_set(lock, 1))
			return true;
	return false;
}

static void unlock(__u32 __arena *lock)
{
	__sync_lock_test_and_set(lock, 0);
}

SEC("syscall")
int add_with_try_lock(void *ctx)
{
	if (!try_lock(&sum.lock)) {
		__sync_fetch_and_add(&sum.skipped, 1);
		return 1;
	}
	sum.count++;
	sum.total += sum.count;
	unlock(&sum.lock);
	return 0;
}

/* ---- Or a bpf_spin_lock, which lives in a map, for the same data ---- */

struct guard {
	struct bpf_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard);
} guards SEC(".maps");

SEC("syscall")
int add_with_spin_lock(void *ctx)
{
	struct guard *guard = bpf_map_lookup_elem(&guards, &zero);

	if (!guard)
		return 1;
	bpf_spin_lock(&guard->lock);
	sum.count++;
	sum.total += sum.count;
	bpf_spin_unlock(&guard->lock);
	return 0;
}

/* ---- All of a large array ---- */

__u32 values[NR_VALUES];
__u32 nr_values;	/* as many as user space says */

/* The number is a constant: each iteration is followed, and the index is known. */
SEC("syscall")
int sum_all(void *ctx)
{
	__u32 i, total = 0;

	for (i = 0; i < NR_VALUES && can_loop; i++)
		total += values[i];
	return total;
}

/* It is a variable: the index is checked where it is used, as an index, not as a pointer. */
SEC("syscall")
int sum_some(void *ctx)
{
	__u32 i, total = 0;

	for (i = zero; i < nr_values && can_loop; i++) {
		barrier_var(i);
		if (i >= NR_VALUES)
			break;
		total += values[i];
	}
	return total;
}

/* ---- A switch in a loop: the limit is in the condition of the loop ---- */

enum { TEXT, QUOTED, ESCAPED };

char line[TEXT_MAX];

SEC("syscall")
int count_words(void *ctx)
{
	__u32 i, words = 0, state = TEXT;

	for (i = zero; i < TEXT_MAX && line[i & (TEXT_MAX - 1)] && can_loop; i++) {
		char c = line[i & (TEXT_MAX - 1)];

		switch (state) {
		case TEXT:
			words += c == ' ';
			if (c == '"')
				state = QUOTED;
			break;
		case QUOTED:
			if (c == '"')
				state = TEXT;
			else if (c == '\\')
				state = ESCAPED;
			break;
		case ESCAPED:
			state = QUOTED;
			break;
		}
	}
	return words + 1;
}

/* The same where the loop has no condition: a jump out of both. */
SEC("syscall")
int wait_for_zero(void *ctx)
{
	__u32 state = TEXT, rounds = 0;

	while (true) {
		switch (state) {
		case TEXT:
			state = ++rounds < 10 ? QUOTED : ESCAPED;
			cond_break_label(out);
			break;
		case QUOTED:
			state = TEXT;
			cond_break_label(out);
			break;
		default:
			return rounds;
		}
	}
out:
	return 0;
}

/* ---- Samples of any size from a user ring buffer ---- */

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);	/* bytes */
} samples SEC(".maps");

__u64 nr_bytes, nr_x, letters, too_short;

/* A sample that tells its length: that is checked, and no more is read. */
static long count_letters(struct bpf_dynptr *sample, void *ctx)
{
	char text[TEXT_MAX];
	struct sample head;
	__u32 i, len;

	if (bpf_dynptr_read(&head, sizeof(head), sample, 0, 0))
		return 0;
	len = head.len;
	if (len > sizeof(text))
		len = sizeof(text);
	if (bpf_dynptr_read(text, len, sample, sizeof(head), 0)) {
		too_short++;
		return 0;
	}
	for (i = zero; i < len && can_loop; i++)
		letters += text[i & (TEXT_MAX - 1)] == 'x';
	return 0;
}

SEC("syscall")
int take_text(void *ctx)
{
	return bpf_user_ringbuf_drain(&samples, count_letters, NULL, 0);
}

/* One that does not, or all that there is: read where it is, up to the end */
static long count_bytes(struct bpf_dynptr *sample, void *ctx)
{
	const char *byte;
	__u64 off = 0;

	while ((byte = bpf_dynptr_slice(sample, off, NULL, 1)) && can_loop) {
		nr_x += *byte == 'x';
		off++;
	}
	nr_bytes += bpf_dynptr_size(sample);
	return 0;
}

SEC("syscall")
int take_sizes(void *ctx)
{
	return bpf_user_ringbuf_drain(&samples, count_bytes, NULL, 0);
}
