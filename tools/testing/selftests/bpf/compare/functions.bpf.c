// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Loops in functions, one after another, over what is on the stack. */
#include "compare.h"

#define N	128

struct sample {
	__u64 value, weight;
};

struct sample samples[N];
__u32 nr, window, zero;
__u64 results[16];

ARRAY(settings, __u32, 16);

STATIC __u64 sum_static(__u32 from, __u32 to)
{
	__u64 sum = 0;
	__u32 i;

	for (i = from; i < to && can_loop; i++) {
		if (i >= N)
			break;
		sum += samples[i].value * samples[i].weight;
	}
	return sum;
}

/* A static function with a loop, called in a loop: sums of windows */
SEC("raw_tp/sys_enter")
int static_in_loop(void *ctx)
{
	__u64 sum, best = 0;
	__u32 i;

	for (i = 0; i + window < nr && can_loop; i++) {
		sum = sum_static(i, i + window);
		if (sum > best)
			best = sum;
	}
	return best >> 32;
}

GLOBAL __u64 sum_global(__u32 from, __u32 to)
{
	__u64 sum = 0;
	__u32 i;

	for (i = from; i < to && i < N && can_loop; i++)
		sum += samples[i].value;
	return sum;
}

/* The same with a global one */
SEC("raw_tp/sys_enter")
int global_in_loop(void *ctx)
{
	__u64 sum, best = 0;
	__u32 i;

	for (i = 0; i < N; i += 8) {
		sum = sum_global(i, i + 8);
		if (sum > best)
			best = sum;
	}
	return best >> 32;
}

/* Mean, then variance: two loops in a row, the second needs the first */
SEC("raw_tp/sys_enter")
int mean_and_variance(void *ctx)
{
	__u64 sum = 0, mean, var = 0;
	__u32 i, n = nr;

	if (!n)
		return 0;
	for (i = 0; i < n && i < N && can_loop; i++)
		sum += samples[i].value;
	mean = sum / n;
	for (i = 0; i < n && i < N && can_loop; i++) {
		__u64 d = samples[i].value > mean ? samples[i].value - mean
						  : mean - samples[i].value;

		var += d * d;
	}
	return var / n > mean * mean;
}

/* Many figures at once: more than there are registers */
SEC("raw_tp/sys_enter")
int many_figures(void *ctx)
{
	__u64 sum = 0, squares = 0, min = -1, max = 0, odd = 0, zeros = 0, last = 0, falls = 0;
	__u32 i, longest = 0, run = 0;

	for (i = 0; i < nr && i < N && can_loop; i++) {
		__u64 v = samples[i].value;

		sum += v;
		squares += v * v;
		odd += v & 1;
		zeros += !v;
		if (v < min)
			min = v;
		if (v > max)
			max = v;
		if (v < last) {
			falls++;
			run = 0;
		} else if (++run > longest) {
			longest = run;
		}
		last = v;
	}
	results[0] = sum;
	results[1] = squares;
	results[2] = min;
	results[3] = max;
	results[4] = odd;
	results[5] = zeros;
	results[6] = falls;
	results[7] = longest;
	return 0;
}

/* A copy on the stack, changed and written back: smooth samples. */
SEC("raw_tp/sys_enter")
int smooth_on_stack(void *ctx)
{
	__u64 v[16];
	__u32 i;

	for (i = 0; i < 16; i++)
		v[i] = samples[i].value;
	for (i = 1; i < 15; i++)
		samples[i].value = (v[i - 1] + 2 * v[i] + v[i + 1]) / 4;
	return 0;
}

/* Counters on the stack by a class that is computed */
SEC("raw_tp/sys_enter")
int classes_on_stack(void *ctx)
{
	__u32 count[10] = {}, i, best = 0;

	for (i = 0; i < nr && can_loop; i++)
		count[samples[i % N].value % 10]++;
	for (i = 1; i < 10; i++)
		if (count[i] > count[best])
			best = i;
	return best;
}

/* Steps and limits that are settings in a map */
SEC("raw_tp/sys_enter")
int settings_as_bounds(void *ctx)
{
	__u32 k0 = 0, k1 = 1, i, hits = 0;
	__u32 *limit = bpf_map_lookup_elem(&settings, &k0);
	__u32 *step = bpf_map_lookup_elem(&settings, &k1);

	if (!limit || !step)
		return 0;
	for (i = 0; i < *limit && can_loop; i += *step) {
		if (i >= N)
			break;
		if (samples[i].value > 1000)
			hits++;
	}
	return hits;
}

STATIC void update(__u64 *acc, __u64 v)
{
	int i;

	for (i = 0; i < 4; i++)
		acc[i] = acc[i] * (i + 2) + v;
}

/* A function gets a pointer to the stack of its caller, in each iteration. */
SEC("raw_tp/sys_enter")
int accumulate_in_caller(void *ctx)
{
	__u64 acc[4] = {};
	__u32 i;

	for (i = zero; i < N && can_loop; i++)
		update(acc, samples[i].value);
	return acc[0] ^ acc[1] ^ acc[2] ^ acc[3];
}

/* The greatest common divisor */
SEC("raw_tp/sys_enter")
int euclid(void *ctx)
{
	__u64 x = samples[0].value, y = samples[1].value, t;

	while (y && can_loop) {
		t = x % y;
		x = y;
		y = t;
	}
	return x;
}

/* The integer root, by bits */
SEC("raw_tp/sys_enter")
int square_root(void *ctx)
{
	__u64 v = samples[0].value, bit = 1ULL << 62, root = 0;

	while (bit > v && can_loop)
		bit >>= 2;
	while (bit && can_loop) {
		if (v >= root + bit) {
			v -= root + bit;
			root = root / 2 + bit;
		} else {
			root /= 2;
		}
		bit >>= 2;
	}
	return root;
}

/* Try again when a lock is taken, a hundred times at most. */
SEC("raw_tp/sys_enter")
int spin_a_little(void *ctx)
{
	int i;

	for (i = 0; i < 100; i++)
		if (__sync_bool_compare_and_swap(&results[15], 0, 1))
			break;
	if (i == 100)
		return 1;
	results[14]++;
	results[15] = 0;
	return 0;
}
