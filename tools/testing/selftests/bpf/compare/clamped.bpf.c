// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A length that is cut to what there is room for, and a loop up to there. */
#include "compare.h"

#define N	64

struct payload {
	__u32 len;
	__u8 data[256];
};

PER_CPU(buffers, struct payload);

__u64 values[N], total;
__u32 nr, from, to;
char word[32];

/* As many values as user space says, at most all */
SEC("raw_tp/sys_enter")
int clamp_then_sum(void *ctx)
{
	__u32 i, n = nr;
	__u64 sum = 0;

	if (n > N)
		n = N;
	for (i = 0; i < n && can_loop; i++)
		sum += values[i];
	total = sum;
	return 0;
}

/* From here to there */
SEC("raw_tp/sys_enter")
int clamp_window(void *ctx)
{
	__u32 i, end = to;
	__u64 max = 0;

	if (end > N)
		end = N;
	for (i = from; i < end && can_loop; i++)
		if (values[i] > max)
			max = values[i];
	total = max;
	return 0;
}

/* The name of the task, on the stack, up to a length */
SEC("raw_tp/sys_enter")
int clamp_on_stack(void *ctx)
{
	__u32 i, n = nr & 15, hash = 0;
	char comm[16];

	bpf_get_current_comm(comm, sizeof(comm));
	for (i = 0; i < n && can_loop; i++)
		hash = hash * 31 + comm[i];
	return hash;
}

struct row {
	__u32 n;
	__u64 sum;
};

static long add_value(__u32 i, struct row *r)
{
	if (i >= r->n)
		return 1;
	r->sum += values[i];
	return 0;
}

/* The same with a callback that is told how many there are */
SEC("raw_tp/sys_enter")
int clamp_for_callback(void *ctx)
{
	struct row r = { .n = nr };

	if (r.n > N)
		r.n = N;
	bpf_loop(r.n, add_value, &r, 0);
	total = r.sum;
	return 0;
}

/* The words of 4 bytes of what was copied from a packet */
SEC("tc")
int clamp_packet(struct __sk_buff *skb)
{
	struct payload *b = first(&buffers);
	__u32 len = skb->len, i, sum = 0;

	if (!b)
		return TC_ACT_OK;
	if (len > sizeof(b->data))
		len = sizeof(b->data);
	if (len < 4 || bpf_skb_load_bytes(skb, 0, b->data, len))
		return TC_ACT_OK;
	for (i = 0; i < len - 3 && can_loop; i += 4)
		sum += be32(b->data + i);
	skb->mark = sum;
	return TC_ACT_OK;
}

/* Turn a word round: two indexes that come together. */
SEC("raw_tp/sys_enter")
int clamp_reverse(void *ctx)
{
	__u32 left = 0, right = nr;
	char c;

	if (right > sizeof(word))
		right = sizeof(word);
	while (left < right && can_loop) {
		right--;
		c = word[left];
		word[left] = word[right];
		word[right] = c;
		left++;
	}
	return 0;
}

/* The bounded loop that was written before there was another one */
SEC("raw_tp/sys_enter")
int clamp_bounded(void *ctx)
{
	__u32 i, n = nr;
	__u64 sum = 0;

	if (n > N)
		n = N;
	for (i = 0; i < n; i++)
		sum += values[i];
	total = sum;
	return 0;
}
