// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* DNS, in packets and in messages that were copied out of them. */
#include "compare.h"

#define MAX_LABELS	32
#define MAX_NAME	255
#define MSG_SIZE	512
#define DNS_PORT	53

struct dns_header {
	__be16 id, flags, questions, answers, authorities, additional;
};

struct dns_scratch {
	__u8 msg[MSG_SIZE];
	char name[MAX_NAME + 1];
};

PER_CPU(scratch, struct dns_scratch);
HASH(blocked, __u32, __u8, 65536);
ARRAY(labels_seen, __u64, MAX_LABELS + 1);

/* How many labels do names have that are asked for? */
SEC("xdp")
int dns_labels(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	__u8 *p = l4_payload((void *)(long)ctx->data, end, IPPROTO_UDP, DNS_PORT);
	__u32 labels = 0;
	__u64 *seen;
	int i;

	if (!p)
		return XDP_PASS;
	p += sizeof(struct dns_header);
	for (i = 0; i < MAX_LABELS; i++) {
		if ((void *)(p + 1) > end)
			return XDP_DROP;
		if (!*p)
			break;
		p += *p + 1;
		labels++;
	}
	seen = bpf_map_lookup_elem(&labels_seen, &labels);
	if (seen)
		__sync_fetch_and_add(seen, 1);
	return XDP_PASS;
}

/* Drop queries for names that are on a list, by their hash. */
SEC("xdp")
int dns_block_name(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	char *p = l4_payload((void *)(long)ctx->data, end, IPPROTO_UDP, DNS_PORT);
	__u32 hash = 5381;
	int i;

	if (!p)
		return XDP_PASS;
	p += sizeof(struct dns_header);
	for (i = 0; i < MAX_NAME; i++, p++) {
		if ((void *)(p + 1) > end)
			return XDP_PASS;
		if (!*p)
			break;
		hash = hash * 33 + lower(*p);
	}
	return bpf_map_lookup_elem(&blocked, &hash) ? XDP_DROP : XDP_PASS;
}

static struct dns_scratch *copy_message(struct __sk_buff *skb)
{
	struct dns_scratch *s = first(&scratch);
	__u32 off = sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct udphdr);
	__u32 len;

	if (!s || skb->len <= off)
		return NULL;
	len = skb->len - off;
	if (len > MSG_SIZE)
		len = MSG_SIZE;
	if (len < sizeof(struct dns_header) || bpf_skb_load_bytes(skb, off, s->msg, len))
		return NULL;
	return s;
}

/* Write the name with dots, for a log. */
SEC("tc")
int dns_name_dots(struct __sk_buff *skb)
{
	struct dns_scratch *s = copy_message(skb);
	__u32 in = sizeof(struct dns_header), out = 0, left = 0;

	if (!s)
		return TC_ACT_OK;
	while (in < MSG_SIZE && out < MAX_NAME && can_loop) {
		__u8 c = s->msg[in++];

		if (left) {
			s->name[out++] = c;
			left--;
			continue;
		}
		if (!c || c > 63)
			break;
		left = c;
		if (out)
			s->name[out++] = '.';
	}
	s->name[out & MAX_NAME] = 0;
	bpf_printk("%s", s->name);
	return TC_ACT_OK;
}

/* Where a name ends that begins at off, 0 if it does not */
static __u32 skip_name(struct dns_scratch *s, __u32 off)
{
	int i;

	for (i = 0; i < MAX_LABELS && can_loop; i++) {
		__u8 len;

		if (off >= MSG_SIZE)
			return 0;
		len = s->msg[off];
		if (!len)
			return off + 1;
		if (len >= 0xc0)
			return off + 2;
		off += len + 1;
	}
	return 0;
}

/* For how long may the answers be kept? */
SEC("tc")
int dns_min_ttl(struct __sk_buff *skb)
{
	struct dns_scratch *s = copy_message(skb);
	__u32 i, answers, off, ttl, min = -1;

	if (!s)
		return TC_ACT_OK;
	answers = be16(s->msg + 6);
	off = skip_name(s, sizeof(struct dns_header)) + 4;
	for (i = 0; i < answers && can_loop; i++) {
		off = skip_name(s, off);
		if (!off || off > MSG_SIZE - 10)
			break;
		ttl = be32(s->msg + off + 4);
		if (ttl < min)
			min = ttl;
		off += 10 + be16(s->msg + off + 8);
	}
	skb->mark = min;
	return TC_ACT_OK;
}

struct suffix_walk {
	struct dns_scratch *s;
	__u32 off;
	bool found;
};

static long check_suffix(__u32 i, struct suffix_walk *w)
{
	__u32 j, hash = 5381, off = w->off;

	if (off >= MSG_SIZE || !w->s->msg[off])
		return 1;
	for (j = 0; j < 64 && off + j < MSG_SIZE; j++) {
		char c = w->s->msg[off + j];

		if (!c)
			break;
		hash = hash * 33 + lower(c);
	}
	if (bpf_map_lookup_elem(&blocked, &hash)) {
		w->found = true;
		return 1;
	}
	w->off += w->s->msg[off] + 1;
	return 0;
}

/* Drop what is below a domain that is on the list. */
SEC("tc")
int dns_block_domain(struct __sk_buff *skb)
{
	struct suffix_walk w = { .s = copy_message(skb), .off = sizeof(struct dns_header) };

	if (!w.s)
		return TC_ACT_OK;
	bpf_loop(MAX_LABELS, check_suffix, &w, 0);
	return w.found ? TC_ACT_SHOT : TC_ACT_OK;
}

/* Count the options that a resolver sends (EDNS). */
SEC("tc")
int dns_edns_options(struct __sk_buff *skb)
{
	struct dns_scratch *s = copy_message(skb);
	__u32 off, end, count = 0;

	if (!s)
		return TC_ACT_OK;
	off = skip_name(s, sizeof(struct dns_header)) + 4;
	if (off > MSG_SIZE - 11 || be16(s->msg + off + 1) != 41)
		return TC_ACT_OK;
	end = off + 11 + be16(s->msg + off + 9);
	if (end > MSG_SIZE)
		end = MSG_SIZE;
	for (off += 11; off + 4 <= end && can_loop; count++)
		off += 4 + be16(s->msg + off + 2);
	skb->mark = count;
	return TC_ACT_OK;
}
