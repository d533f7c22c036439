// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Sorting and searching. */
#include "compare.h"

#define N	32
#define MANY	4096

__u64 values[N], sorted[MANY], merged[2 * N], a[N], b[N];
__u32 nr, nr_sorted;
__u64 wanted;

static void swap(__u64 *x, __u64 *y)
{
	__u64 t = *x;

	*x = *y;
	*y = t;
}

/* Sort a few samples for their median. */
SEC("raw_tp/sys_enter")
int sort_bubble(void *ctx)
{
	__u64 v[8];
	int i, j;

	for (i = 0; i < 8; i++)
		v[i] = values[i];
	for (i = 0; i < 7; i++)
		for (j = 0; j < 7 - i; j++)
			if (v[j] > v[j + 1])
				swap(&v[j], &v[j + 1]);
	return v[4];
}

/* More of them, in the memory of a map */
SEC("raw_tp/sys_enter")
int sort_insertion(void *ctx)
{
	__u32 i, j;
	__u64 v;

	for (i = 1; i < N && can_loop; i++) {
		v = values[i];
		for (j = i; j > 0 && values[j - 1] > v && can_loop; j--)
			values[j] = values[j - 1];
		values[j] = v;
	}
	return 0;
}

/* As many as there are */
SEC("raw_tp/sys_enter")
int sort_selection(void *ctx)
{
	__u32 i, j, least;

	for (i = 0; i < nr && can_loop; i++) {
		if (i >= N)
			break;
		least = i;
		for (j = i + 1; j < nr && can_loop; j++) {
			if (j >= N)
				break;
			if (values[j] < values[least])
				least = j;
		}
		swap(&values[i], &values[least]);
	}
	return 0;
}

/* Let an element sink in a heap of timers. */
SEC("raw_tp/sys_enter")
int heap_sift_down(void *ctx)
{
	__u32 at = 0, child;

	while (true) {
		child = 2 * at + 1;
		if (child >= nr || child >= MANY - 1)
			break;
		if (child + 1 < nr && sorted[child + 1] < sorted[child])
			child++;
		if (sorted[at] <= sorted[child])
			break;
		swap(&sorted[at], &sorted[child]);
		at = child;
		cond_break;
	}
	return at;
}

/* Let a new one rise. */
SEC("raw_tp/sys_enter")
int heap_sift_up(void *ctx)
{
	__u32 at = nr, up;

	if (at >= MANY)
		return 0;
	while (at > 0 && can_loop) {
		up = (at - 1) / 2;
		if (sorted[up] <= sorted[at])
			break;
		swap(&sorted[at], &sorted[up]);
		at = up;
	}
	return at;
}

/* In which range of addresses? A binary search, as in tables to unwind stacks */
SEC("perf_event")
int search_binary(void *ctx)
{
	__u32 lo = 0, hi = nr_sorted, mid;
	int i;

	if (hi > MANY)
		hi = MANY;
	for (i = 0; i < 12; i++) {
		if (lo >= hi)
			break;
		mid = (lo + hi) / 2;
		if (mid >= MANY)
			break;
		if (sorted[mid] <= wanted)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The same, as long as it takes */
SEC("perf_event")
int search_lower_bound(void *ctx)
{
	__u32 lo = 0, hi = MANY;

	while (lo < hi && can_loop) {
		__u32 mid = lo + (hi - lo) / 2;

		if (sorted[mid % MANY] < wanted)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct search {
	__u32 lo, hi;
	__u64 wanted;
};

static long search_step(__u32 i, struct search *s)
{
	__u32 mid = s->lo + (s->hi - s->lo) / 2;

	if (s->lo >= s->hi || mid >= MANY)
		return 1;
	if (sorted[mid] < s->wanted)
		s->lo = mid + 1;
	else
		s->hi = mid;
	return 0;
}

/* The same with a callback */
SEC("perf_event")
int search_callback(void *ctx)
{
	struct search s = { .hi = MANY, .wanted = wanted };

	bpf_loop(32, search_step, &s, 0);
	return s.lo;
}

/* Merge two rows that are sorted. */
SEC("raw_tp/sys_enter")
int merge_rows(void *ctx)
{
	__u32 i = 0, j = 0, k;

	for (k = 0; k < 2 * N && can_loop; k++) {
		if (i < N && (j >= N || a[i] <= b[j]))
			merged[k] = a[i++];
		else if (j < N)
			merged[k] = b[j++];
		else
			break;
	}
	return k;
}

/* Partition: what is less than the wanted one comes first. */
SEC("raw_tp/sys_enter")
int partition_row(void *ctx)
{
	__u32 i, less = 0;

	for (i = 0; i < N; i++)
		if (values[i] < wanted) {
			swap(&values[i], &values[less]);
			less++;
		}
	return less;
}
