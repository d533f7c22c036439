// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Matrices and other numbers, as models that run in the kernel have them. */
#include "compare.h"

#define DIM	8
#define INPUTS	16
#define HIDDEN	8

int a[DIM][DIM], b[DIM][DIM], c[DIM][DIM];
int weights[HIDDEN][INPUTS], bias[HIDDEN], last[HIDDEN];
int input[INPUTS];
__u8 cells[16][16], next[16][16];
__u32 rows, cols, inner;
__u64 prefix[256];

struct split {
	__u16 feature, left, right;
	int threshold, result;
};

ARRAY(forest, struct split, 1024);

/* A product of matrices */
SEC("raw_tp/sys_enter")
int matrix_product(void *ctx)
{
	int i, j, k;

	for (i = 0; i < DIM; i++)
		for (j = 0; j < DIM; j++) {
			int sum = 0;

			for (k = 0; k < DIM; k++)
				sum += a[i][k] * b[k][j];
			c[i][j] = sum;
		}
	return 0;
}

/* The same with sizes that are variables */
SEC("raw_tp/sys_enter")
int matrix_product_sizes(void *ctx)
{
	__u32 i, j, k;

	for (i = 0; i < rows && i < DIM && can_loop; i++)
		for (j = 0; j < cols && j < DIM && can_loop; j++) {
			int sum = 0;

			for (k = 0; k < inner && k < DIM && can_loop; k++)
				sum += a[i][k] * b[k][j];
			c[i][j] = sum;
		}
	return 0;
}

/* Turn a matrix in place. */
SEC("raw_tp/sys_enter")
int matrix_transpose(void *ctx)
{
	int i, j, t;

	for (i = 0; i < DIM; i++)
		for (j = i + 1; j < DIM; j++) {
			t = a[i][j];
			a[i][j] = a[j][i];
			a[j][i] = t;
		}
	return 0;
}

/* A net of two layers decides about a flow. */
SEC("tc")
int neural_net(struct __sk_buff *skb)
{
	int out = 0, i, j;

	for (i = 0; i < HIDDEN; i++) {
		int sum = bias[i];

		for (j = 0; j < INPUTS; j++)
			sum += weights[i][j] * input[j];
		if (sum > 0)
			out += sum * last[i];
	}
	return out > 0 ? TC_ACT_SHOT : TC_ACT_OK;
}

/* A tree of decisions, in a map */
SEC("tc")
int decision_tree(struct __sk_buff *skb)
{
	__u32 at = 0, depth;
	struct split *s;

	for (depth = 0; depth < 20; depth++) {
		s = bpf_map_lookup_elem(&forest, &at);
		if (!s)
			break;
		if (s->left == s->right)
			return s->result ? TC_ACT_SHOT : TC_ACT_OK;
		at = input[s->feature % INPUTS] < s->threshold ? s->left : s->right;
	}
	return TC_ACT_OK;
}

/* A step of the game of life: each cell looks at those around it. */
SEC("raw_tp/sys_enter")
int game_of_life(void *ctx)
{
	__u32 i, j, around;

	for (i = 1; i < 15 && can_loop; i++)
		for (j = 1; j < 15 && can_loop; j++) {
			around = cells[i - 1][j - 1] + cells[i - 1][j] + cells[i - 1][j + 1] +
				 cells[i][j - 1] + cells[i][j + 1] +
				 cells[i + 1][j - 1] + cells[i + 1][j] + cells[i + 1][j + 1];
			next[i][j] = around == 3 || (around == 2 && cells[i][j]);
		}
	return 0;
}

/* Sums from the left, then how much is in a range */
SEC("raw_tp/sys_enter")
int prefix_sums(void *ctx)
{
	__u32 i, from = bpf_get_prandom_u32() & 127;

	for (i = 1; i < 256 && can_loop; i++)
		prefix[i] += prefix[i - 1];
	return prefix[from + 128] - prefix[from];
}

/* A Fenwick tree: add at an index, and sum up to it. */
SEC("raw_tp/sys_enter")
int fenwick_tree(void *ctx)
{
	__u32 at = bpf_get_prandom_u32() & 127, i;
	__u64 sum = 0;

	for (i = at + 1; i < 256 && can_loop; i += i & -i)
		prefix[i]++;
	for (i = at + 1; i > 0 && can_loop; i -= i & -i) {
		if (i >= 256)
			break;
		sum += prefix[i];
	}
	return sum;
}

/* A power, by squares */
SEC("raw_tp/sys_enter")
int power_mod(void *ctx)
{
	__u64 base = bpf_get_prandom_u32(), exp = bpf_get_prandom_u32(), result = 1;

	for (; exp && can_loop; exp >>= 1) {
		if (exp & 1)
			result = result * base % 1000000007;
		base = base * base % 1000000007;
	}
	return result;
}
