// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Loops over numbers that must load, and what they compute. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "bpf_may_goto.h"
#include "iter_num.h"
#include "locks.h"

char _license[] SEC("license") = "GPL";

#define STATIC static __attribute__((noinline))
#define GLOBAL __attribute__((noinline))

int start, end, n;
long result;
unsigned int numbers[ITER_NUMBERS];
unsigned char cells[ITER_ROWS][ITER_COLUMNS];

/* The iterator itself: what the calls return. */
SEC("syscall")
int calls(void *ctx)
{
	struct bpf_iter_num it;
	int err, *v, count = 0;
	long sum = 0;

	err = bpf_iter_num_new(&it, start, end);
	while ((v = bpf_iter_num_next(&it))) {
		sum += *v;
		count++;
	}
	/* nothing comes behind the end */
	if (bpf_iter_num_next(&it))
		count = -1;
	bpf_iter_num_destroy(&it);
	result = sum;
	n = count;
	return err;
}

SEC("syscall")
int sum(void *ctx)
{
	int i, count = 0;

	result = 0;
	bpf_for(i, start, end) {
		result += i;
		count++;
	}
	return count;
}

SEC("syscall")
int repeat(void *ctx)
{
	int count = 0;

	bpf_repeat(end)
		count++;
	return count;
}

/* The element goes on being that of the iterator. */
SEC("syscall")
int for_each(void *ctx)
{
	int *v, *first = NULL, count = 0;

	bpf_for_each(num, v, start, end) {
		if (!first)
			first = v;
		if (*first != *v)
			return -1;
		count++;
	}
	return count;
}

SEC("syscall")
int ways_out(void *ctx)
{
	int i, j, count = 0;

	bpf_for(i, 0, 100) {
		if (i == 3)
			continue;
		bpf_for(j, 0, 100) {
			if (j == 5)
				break;
			if (i == n)
				return count;
			count++;
		}
	}
	return -1;
}

/* As many as there are, without a check of their own */
SEC("syscall")
int fill(void *ctx)
{
	int i;

	bpf_for(i, 0, ITER_NUMBERS)
		numbers[i] = ITER_NUMBERS - i;
	return 0;
}

SEC("syscall")
int sum_numbers(void *ctx)
{
	unsigned int sum = 0;
	int i;

	bpf_for(i, 0, ITER_NUMBERS)
		sum += numbers[i];
	return sum;
}

/* Three deep, with a value that is carried from one loop to the next */
SEC("syscall")
int sort(void *ctx)
{
	int i, j, swaps = 0;
	unsigned int tmp;

	bpf_for(i, 0, n) {
		bpf_for(j, 0, n - 1 - i) {
			if (j < 0 || j >= ITER_NUMBERS - 1)
				break;
			if (numbers[j] <= numbers[j + 1])
				continue;
			tmp = numbers[j];
			numbers[j] = numbers[j + 1];
			numbers[j + 1] = tmp;
			swaps++;
		}
	}
	return swaps;
}

SEC("syscall")
int grid(void *ctx)
{
	int round, row, column, set = 0;

	bpf_for(round, 0, n)
		bpf_for(row, 0, ITER_ROWS)
			bpf_for(column, 0, ITER_COLUMNS)
				cells[row][column] += round & 1;
	bpf_for(row, 0, ITER_ROWS)
		bpf_for(column, 0, ITER_COLUMNS)
			set += cells[row][column];
	return set;
}

/* A number that is followed to where it begins again, in the inner one of two loops */
SEC("syscall")
int begins_again(void *ctx)
{
	unsigned int at = 0, rounds = 0;

	bpf_repeat(n) {
		bpf_repeat(n) {
			if (++at > 60) {
				at = 0;
				rounds++;
			}
			numbers[at] = 0;
		}
	}
	return rounds;
}

/* Paths that are many, and meet before the next loop */
SEC("syscall")
int branches(void *ctx)
{
	unsigned int kinds[4] = {}, v;
	int i, j, all = 0;

	bpf_for(i, 0, ITER_NUMBERS) {
		v = numbers[i];
		if (v & 1)
			kinds[0]++;
		if (v & 2)
			kinds[1]++;
		if (v & 4)
			kinds[2]++;
		if (v & 8)
			kinds[3]++;
		bpf_for(j, 0, 4)
			all += v >> j & 1;
	}
	return all - kinds[0] - kinds[1] - kinds[2] - kinds[3];
}

STATIC int take(struct bpf_iter_num *it, int max)
{
	int *v, taken = 0;

	while (taken < max && (v = bpf_iter_num_next(it)))
		taken++;
	return taken;
}

STATIC void begin(struct bpf_iter_num *it, int from, int to)
{
	bpf_iter_num_new(it, from, to);
}

STATIC void finish(struct bpf_iter_num *it)
{
	bpf_iter_num_destroy(it);
}

/* An iterator of the caller */
SEC("syscall")
int functions(void *ctx)
{
	struct bpf_iter_num it;
	int a, b;

	begin(&it, 0, 30);
	a = take(&it, 10);
	b = take(&it, 100);
	finish(&it);
	begin(&it, 0, 7);
	a += take(&it, 100) * 1000;
	finish(&it);
	return a * 100 + b;
}

GLOBAL int sum_to(int to)
{
	int i, sum = 0;

	bpf_for(i, 0, to)
		sum += i;
	return sum;
}

SEC("syscall")
int global(void *ctx)
{
	int i, sum = 0;

	bpf_for(i, 0, 10)
		sum += sum_to(i);
	return sum;
}

STATIC int count_inside(__u32 index, int *count)
{
	int i;

	bpf_for(i, 0, n)
		++*count;
	return 0;
}

SEC("syscall")
int in_callback(void *ctx)
{
	int count = 0;

	bpf_loop(10, count_inside, &count, 0);
	return count;
}

struct both {
	struct bpf_iter_num *it;
	int taken;
};

STATIC int take_one(__u32 index, struct both *both)
{
	if (!bpf_iter_num_next(both->it))
		return 1;
	both->taken++;
	return 0;
}

/* Callbacks take from an iterator that was there before the call. */
SEC("syscall")
int from_callback(void *ctx)
{
	struct bpf_iter_num it;
	struct both both = { .it = &it };

	bpf_iter_num_new(&it, 0, n);
	bpf_loop(100, take_one, &both, 0);
	bpf_iter_num_destroy(&it);
	return both.taken;
}

/* Callbacks in a loop, with a loop in each */
SEC("syscall")
int around_callbacks(void *ctx)
{
	int i, count = 0;

	bpf_for(i, 0, 5)
		bpf_loop(3, count_inside, &count, 0);
	return count;
}

SEC("syscall")
int with_may_goto(void *ctx)
{
	int i, count = 0;

	bpf_for(i, 0, n) {
		unsigned int left = i;

		while (left && can_loop) {
			left--;
			count++;
		}
	}
	return count;
}

SEC("syscall")
int locked(void *ctx)
{
	struct locked *v = lookup_locked();
	int i;

	if (!v)
		return -1;
	bpf_spin_lock(&v->lock);
	bpf_for(i, 0, n)
		v->count += i;
	bpf_spin_unlock(&v->lock);
	return v->count;
}

/* The slot is used for something else, and for an iterator again. */
SEC("syscall")
int slot_again(void *ctx)
{
	union {
		struct bpf_iter_num it;
		long number;
	} u;
	int taken;

	bpf_iter_num_new(&u.it, 0, 3);
	taken = take(&u.it, 10);
	bpf_iter_num_destroy(&u.it);
	u.number = n;
	barrier_var(u.number);
	taken += u.number;
	bpf_iter_num_new(&u.it, 0, 4);
	taken += take(&u.it, 10);
	bpf_iter_num_destroy(&u.it);
	return taken;
}

/* Destroyed and made again in a loop that ends by another one */
SEC("syscall")
int made_again(void *ctx)
{
	struct bpf_iter_num it;
	int i, taken = 0;

	bpf_iter_num_new(&it, 0, 2);
	bpf_for(i, 0, n) {
		taken += take(&it, 10);
		bpf_iter_num_destroy(&it);
		bpf_iter_num_new(&it, 0, 2);
	}
	bpf_iter_num_destroy(&it);
	return taken;
}

STATIC int next_or_big(struct bpf_iter_num *it)
{
	int *v = bpf_iter_num_next(it);

	return v ? *v : 1000;
}

/* Two at the same time, of which now the one is asked and now the other */
SEC("syscall")
int merge(void *ctx)
{
	struct bpf_iter_num a, b;
	int v, w, count = 0;

	bpf_iter_num_new(&a, 0, 10);
	bpf_iter_num_new(&b, 5, 8);
	v = next_or_big(&a);
	w = next_or_big(&b);
	while (v < 1000 || w < 1000) {
		if (v < w) {
			v = next_or_big(&a);
			count++;
		} else {
			w = next_or_big(&b);
			count += 100;
		}
	}
	bpf_iter_num_destroy(&b);
	bpf_iter_num_destroy(&a);
	return count;
}

/* Other types of programs; iter_num_types.c has one of each. */
SEC("tc")
int in_tc(struct __sk_buff *skb)
{
	return sum_to(n);
}

SEC("xdp")
int in_xdp(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data, *data_end = (void *)(long)xdp->data_end;
	int i, ones = 0;

	bpf_for(i, 0, 64) {
		if (data + i + 1 > data_end)
			break;
		ones += *(__u8 *)(data + i) == 1;
	}
	return ones;
}

SEC("cgroup_skb/egress")
int cgroup_skb(struct __sk_buff *skb)
{
	return sum_to(3) > 2;
}

SEC("socket")
int in_socket(struct __sk_buff *skb)
{
	return sum_to(3);
}
