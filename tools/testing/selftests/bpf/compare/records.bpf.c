// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Records that tell their length, one behind the other: protocols of messages. */
#include "compare.h"

#define BUF_SIZE	2048
#define MAX_RECORDS	100

struct buffer {
	__u32 len;
	__u8 data[BUF_SIZE];
};

PER_CPU(buffers, struct buffer);
HASH(topics, __u32, __u64, 1024);

__u64 fields_seen[32], bytes_of_kind[256];
__u32 nr_records;

static struct buffer *load(struct __sk_buff *skb)
{
	struct buffer *b = first(&buffers);
	__u32 len = skb->len;

	if (!b || len < 8)
		return NULL;
	if (len > BUF_SIZE)
		len = BUF_SIZE;
	if (bpf_skb_load_bytes(skb, 0, b->data, len))
		return NULL;
	b->len = len;
	return b;
}

/* Batches as Kafka has them: a size of 4 bytes, then the record */
SEC("sk_skb/stream_parser")
int kafka_records(struct __sk_buff *skb)
{
	struct buffer *b = load(skb);
	__u32 off = 0, size, records = 0;

	if (!b)
		return 0;
	while (off + 4 <= b->len && records < MAX_RECORDS && can_loop) {
		if (off > BUF_SIZE - 4)
			break;
		size = be32(b->data + off);
		if (size > BUF_SIZE)
			return 0;
		off += 4 + size;
		records++;
	}
	return off;
}

/* An array of strings with 2 bytes of length: which topics are asked for? */
SEC("socket")
int kafka_topics(struct __sk_buff *skb)
{
	struct buffer *b = load(skb);
	__u32 i, j, off = 8, n, len, hash;
	__u64 *count;

	if (!b)
		return 0;
	n = be32(b->data + 4);
	for (i = 0; i < n && i < 16; i++) {
		if (off > BUF_SIZE - 2)
			break;
		len = be16(b->data + off);
		off += 2;
		hash = 0;
		for (j = 0; j < len && can_loop; j++) {
			if (off + j >= BUF_SIZE)
				return 0;
			hash = hash * 31 + b->data[off + j];
		}
		count = bpf_map_lookup_elem(&topics, &hash);
		if (count)
			__sync_fetch_and_add(count, 1);
		off += len;
	}
	return 0;
}

/* Attributes of netlink: which types, and how many bytes of each? */
SEC("socket")
int netlink_attributes(struct __sk_buff *skb)
{
	struct buffer *b = load(skb);
	__u32 off = 16;

	if (!b)
		return 0;
	while (can_loop) {
		struct nlattr *a;

		if (off > BUF_SIZE - sizeof(*a) || off + sizeof(*a) > b->len)
			break;
		a = (struct nlattr *)(b->data + off);
		if (a->nla_len < sizeof(*a))
			break;
		bytes_of_kind[a->nla_type & 255] += a->nla_len;
		off += (a->nla_len + 3) & ~3;
	}
	return 0;
}

/* A number of 7 bits per byte; -1 if it is cut off */
static __u64 varint(struct buffer *b, __u32 *at)
{
	__u64 value = 0;
	__u32 shift;

	for (shift = 0; shift < 64; shift += 7) {
		__u8 c;

		if (*at >= BUF_SIZE)
			return -1;
		c = b->data[(*at)++];
		value |= (__u64)(c & 127) << shift;
		if (!(c & 128))
			break;
	}
	return value;
}

/* Fields of a message of protobuf */
SEC("socket")
int protobuf_fields(struct __sk_buff *skb)
{
	struct buffer *b = load(skb);
	__u32 at = 0;
	__u64 tag;

	if (!b)
		return 0;
	while (at < b->len && can_loop) {
		tag = varint(b, &at);
		fields_seen[tag >> 3 & 31]++;
		switch (tag & 7) {
		case 0:
			varint(b, &at);
			break;
		case 1:
			at += 8;
			break;
		case 2:
			at += varint(b, &at);
			break;
		case 5:
			at += 4;
			break;
		default:
			return 0;
		}
		if (at >= BUF_SIZE)
			break;
	}
	return 0;
}

struct varint_sum {
	struct buffer *b;
	__u32 at;
	__u64 sum;
};

static long add_varint(__u32 i, struct varint_sum *v)
{
	__u32 at = v->at;

	if (at >= v->b->len)
		return 1;
	v->sum += varint(v->b, &at);
	v->at = at;
	return 0;
}

/* A packed list of numbers: their sum */
SEC("socket")
int packed_sum(struct __sk_buff *skb)
{
	struct varint_sum v = { .b = load(skb) };

	if (!v.b)
		return 0;
	bpf_loop(BUF_SIZE, add_varint, &v, 0);
	return v.sum;
}

/* TLVs in TLVs: a stack of where each ends */
SEC("socket")
int nested_tlvs(struct __sk_buff *skb)
{
	struct buffer *b = load(skb);
	__u32 ends[8], depth = 0, off = 0, deepest = 0;

	if (!b)
		return 0;
	ends[0] = b->len;
	while (off < BUF_SIZE - 2 && can_loop) {
		__u8 type, len;

		while (depth > 0 && off >= ends[depth & 7] && can_loop)
			depth--;
		if (off >= ends[0])
			break;
		type = b->data[off];
		len = b->data[off + 1];
		off += 2;
		if (type & 0x20 && depth < 7) {
			depth++;
			ends[depth & 7] = off + len;
			if (depth > deepest)
				deepest = depth;
		} else {
			off += len;
		}
	}
	return deepest;
}

/* Frames of a WebSocket: how much is masked? */
SEC("sk_skb/stream_verdict")
int websocket_frames(struct __sk_buff *skb)
{
	struct buffer *b = load(skb);
	__u32 off = 0, i, masked = 0;
	__u64 len;

	if (!b)
		return SK_PASS;
	for (i = 0; i < 32; i++) {
		if (off >= BUF_SIZE - 10 || off + 2 > b->len)
			break;
		len = b->data[off + 1] & 127;
		masked += b->data[off + 1] >> 7;
		off += 2;
		if (len == 126) {
			len = be16(b->data + off);
			off += 2;
		} else if (len == 127) {
			len = be32(b->data + off + 4);
			off += 8;
		}
		if (len > BUF_SIZE)
			break;
		off += len + 4;
	}
	return masked == i ? SK_PASS : SK_DROP;
}
