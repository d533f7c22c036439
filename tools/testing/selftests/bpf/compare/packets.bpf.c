// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The bytes of packets. */
#include "compare.h"

#define CHUNK	64
#define MTU	1500

__u64 byte_count[256];
__u64 patterns[8];
char signature[16];
__u32 signature_len;

struct payload {
	__u8 data[MTU];
};

PER_CPU(payloads, struct payload);

/* The sum of all words, as far as the packet goes */
SEC("xdp")
int sum_words(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	__u16 *p = (void *)(long)ctx->data;
	__u32 i, sum = 0;

	for (i = 0; i < MTU / 2; i++) {
		if ((void *)(p + 1) > end)
			break;
		sum += *p++;
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return (__u16)~sum ? XDP_PASS : XDP_DROP;
}

/* The same by offset, which is the way others write it */
SEC("xdp")
int sum_by_offset(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 off, sum = 0;

	for (off = 0; off < 256; off += 4) {
		__u32 *p = data + off;

		if ((void *)(p + 1) > end)
			break;
		sum += *p;
	}
	return sum & 1 ? XDP_PASS : XDP_DROP;
}

/* Every 16th byte of a large packet, as a sample */
SEC("tc")
int sample_bytes(struct __sk_buff *skb)
{
	__u32 off, hash = 0;
	__u8 c;

	for (off = 0; off < skb->len && can_loop; off += 16) {
		if (bpf_skb_load_bytes(skb, off, &c, 1))
			break;
		hash = hash * 31 + c;
	}
	skb->mark = hash;
	return TC_ACT_OK;
}

/* How often does each byte occur? In chunks that are copied to the stack */
SEC("tc")
int count_bytes(struct __sk_buff *skb)
{
	__u8 chunk[CHUNK];
	__u32 off, i;

	for (off = 0; off + CHUNK <= skb->len && off < MTU; off += CHUNK) {
		if (bpf_skb_load_bytes(skb, off, chunk, CHUNK))
			break;
		for (i = 0; i < CHUNK; i++)
			byte_count[chunk[i]]++;
	}
	return TC_ACT_OK;
}

struct chunk_walk {
	struct __sk_buff *skb;
	__u32 hash;
};

static long hash_chunk(__u32 n, struct chunk_walk *w)
{
	__u8 chunk[CHUNK];
	int i;

	if (bpf_skb_load_bytes(w->skb, n * CHUNK, chunk, CHUNK))
		return 1;
	for (i = 0; i < CHUNK; i++)
		w->hash = (w->hash ^ chunk[i]) * 16777619;
	return 0;
}

/* A hash of all of it, in chunks by bpf_loop() */
SEC("tc")
int hash_packet(struct __sk_buff *skb)
{
	struct chunk_walk w = { .skb = skb, .hash = 2166136261 };

	bpf_loop(skb->len / CHUNK, hash_chunk, &w, 0);
	skb->mark = w.hash;
	return TC_ACT_OK;
}

/* A signature anywhere in the first bytes */
SEC("xdp")
int find_signature(struct xdp_md *ctx)
{
	char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	int i, j;

	for (i = 0; i < 64; i++, p++) {
		if (p + 8 > end)
			break;
		for (j = 0; j < 8; j++)
			if (p[j] != signature[j])
				break;
		if (j == 8)
			return XDP_DROP;
	}
	return XDP_PASS;
}

/* The same in a copy, with a signature of any length */
SEC("tc")
int find_any_signature(struct __sk_buff *skb)
{
	struct payload *pl = first(&payloads);
	__u32 len = skb->len, i, j;

	if (!pl || !len)
		return TC_ACT_OK;
	if (len > MTU)
		len = MTU;
	if (bpf_skb_load_bytes(skb, 0, pl->data, len))
		return TC_ACT_OK;
	for (i = 0; i < len && can_loop; i++) {
		for (j = 0; j < signature_len && j < sizeof(signature) && can_loop; j++)
			if (i + j >= MTU || pl->data[i + j] != signature[j])
				break;
		if (j == signature_len)
			return TC_ACT_SHOT;
	}
	return TC_ACT_OK;
}

/* Which of eight patterns of 8 bytes does the packet begin with? */
SEC("xdp")
int match_prefix(struct xdp_md *ctx)
{
	__u64 *p = (void *)(long)ctx->data;
	int i;

	if ((void *)(p + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	for (i = 0; i < 8; i++)
		if (*p == patterns[i])
			return XDP_DROP;
	return XDP_PASS;
}

/* Write a mark into the payload, one byte after another. */
SEC("tc")
int scrub_payload(struct __sk_buff *skb)
{
	__u8 *p = (void *)(long)skb->data + PAYLOAD(skb), *end = (void *)(long)skb->data_end;
	int i;

	for (i = 0; i < 128; i++) {
		if (p + i + 1 > end)
			break;
		p[i] = 0;
	}
	return TC_ACT_OK;
}
