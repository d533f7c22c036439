// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Histograms and other figures of what happens. */
#include "compare.h"

#define SLOTS	26
#define TOP	10

struct hist {
	__u32 slots[SLOTS];
};

struct top {
	__u64 count[TOP];
	__u32 key[TOP];
};

HASH(hists, __u32, struct hist, 10240);
HASH(started, __u32, __u64, 10240);
ARRAY(tops, struct top, 1);
ARRAY(linear, __u64, 101);

__u64 bounds[12] = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000 };
__u64 by_bound[13];
__u64 window[64];
__u64 window_at;

static __u32 log2_of(__u64 v)
{
	__u32 r = 0;

	while (v >>= 1) {
		r++;
		if (r >= 64)
			break;
	}
	return r;
}

/* How long do system calls take? By powers of two */
SEC("raw_tp/sys_exit")
int hist_log2(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid(), slot;
	__u64 *start = bpf_map_lookup_elem(&started, &pid);
	struct hist *h = bpf_map_lookup_elem(&hists, &pid);

	if (!start || !h)
		return 0;
	slot = log2_of(bpf_ktime_get_ns() - *start);
	if (slot >= SLOTS)
		slot = SLOTS - 1;
	__sync_fetch_and_add(&h->slots[slot], 1);
	return 0;
}

/* By bounds that the user gives */
SEC("raw_tp/sys_exit")
int hist_bounds(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid();
	__u64 *start = bpf_map_lookup_elem(&started, &pid), us;
	int i;

	if (!start)
		return 0;
	us = (bpf_ktime_get_ns() - *start) / 1000;
	for (i = 0; i < 12; i++)
		if (us < bounds[i])
			break;
	by_bound[i]++;
	return 0;
}

/* The 99th percentile of a linear histogram */
SEC("raw_tp/sys_exit")
int hist_percentile(void *ctx)
{
	__u64 *n, total = 0, sum = 0;
	__u32 i;

	for (i = 0; i <= 100; i++) {
		n = bpf_map_lookup_elem(&linear, &i);
		if (n)
			total += *n;
	}
	for (i = 0; i <= 100; i++) {
		n = bpf_map_lookup_elem(&linear, &i);
		if (!n)
			break;
		sum += *n;
		if (sum * 100 >= total * 99)
			break;
	}
	return i;
}

static long merge_one(void *map, __u32 *pid, struct hist *h, struct hist *all)
{
	int i;

	for (i = 0; i < SLOTS; i++)
		all->slots[i] += h->slots[i];
	return 0;
}

/* All histograms added up, on the stack */
SEC("raw_tp/sys_exit")
int hist_merge(void *ctx)
{
	struct hist all = {};
	__u32 i, best = 0;

	bpf_for_each_map_elem(&hists, merge_one, &all, 0);
	for (i = 1; i < SLOTS; i++)
		if (all.slots[i] > all.slots[best])
			best = i;
	return best;
}

/* The ten largest, kept in order */
SEC("raw_tp/sys_exit")
int top_ten(void *ctx)
{
	__u64 count = bpf_ktime_get_ns() & 0xffffff;
	__u32 pid = bpf_get_current_pid_tgid();
	struct top *t = first(&tops);
	int i;

	if (!t || count <= t->count[TOP - 1])
		return 0;
	for (i = TOP - 1; i > 0 && t->count[i - 1] < count; i--) {
		t->count[i] = t->count[i - 1];
		t->key[i] = t->key[i - 1];
	}
	t->count[i] = count;
	t->key[i] = pid;
	return 0;
}

/* The mean and the largest of the last 64 */
SEC("raw_tp/sys_exit")
int moving_window(void *ctx)
{
	__u64 sum = 0, max = 0;
	int i;

	window[window_at++ % 64] = bpf_ktime_get_ns();
	for (i = 0; i < 64; i++) {
		sum += window[i];
		if (window[i] > max)
			max = window[i];
	}
	return max > 4 * (sum / 64);
}

struct scale {
	__u64 value;
	__u32 exponent;
};

static long shift_down(__u32 i, struct scale *s)
{
	if (s->value < 16)
		return 1;
	s->value >>= 1;
	s->exponent++;
	return 0;
}

/* A histogram of exponents and mantissas, as of HDR */
SEC("raw_tp/sys_exit")
int hist_hdr(void *ctx)
{
	struct scale s = { .value = bpf_ktime_get_ns() };
	__u32 slot, pid = 0;
	struct hist *h = bpf_map_lookup_elem(&hists, &pid);

	if (!h)
		return 0;
	bpf_loop(60, shift_down, &s, 0);
	slot = s.exponent;
	if (slot < SLOTS)
		h->slots[slot]++;
	return 0;
}
