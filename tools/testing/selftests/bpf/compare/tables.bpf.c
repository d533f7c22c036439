// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Tables, lists and limits in maps. */
#include "compare.h"

#define SLOTS	1024
#define NONE	0xffffffff

struct slot {
	__u64 key, count;
	__u32 next, age;
};

struct token_bucket {
	__u64 tokens, last;
};

struct config {
	__u32 slots, rounds, first;
};

ARRAY(table, struct slot, SLOTS);
ARRAY(config, struct config, 1);
ARRAY(bloom, __u64, 1024);
ARRAY(limits, struct token_bucket, 4);
HASH(conns, __u64, struct slot, 65536);
HASH(totals, __u32, __u64, 256);

/* Open addressing: look in at most 16 slots. */
SEC("xdp")
int table_probe(struct xdp_md *ctx)
{
	__u64 key = ctx->rx_queue_index;
	struct slot *s;
	__u32 i, at;

	for (i = 0; i < 16; i++) {
		at = (key + i * i) % SLOTS;
		s = bpf_map_lookup_elem(&table, &at);
		if (!s)
			return XDP_ABORTED;
		if (s->key == key) {
			s->count++;
			return XDP_PASS;
		}
		if (!s->key) {
			s->key = key;
			s->count = 1;
			return XDP_PASS;
		}
	}
	return XDP_DROP;
}

/* A list whose links are indexes */
SEC("raw_tp/sys_enter")
int list_in_map(void *ctx)
{
	struct config *c = first(&config);
	__u64 sum = 0;
	struct slot *s;
	__u32 at;

	if (!c)
		return 0;
	for (at = c->first; at != NONE && can_loop; at = s->next) {
		s = bpf_map_lookup_elem(&table, &at);
		if (!s)
			break;
		sum += s->count;
	}
	return sum;
}

/* As many slots as the configuration says: an index that is looked up */
SEC("raw_tp/sys_enter")
int bound_in_map(void *ctx)
{
	struct config *c = first(&config);
	struct slot *s;
	__u64 max = 0;
	__u32 i;

	if (!c)
		return 0;
	for (i = 0; i < c->slots && can_loop; i++) {
		s = bpf_map_lookup_elem(&table, &i);
		if (s && s->count > max)
			max = s->count;
	}
	return max;
}

static long decay(void *map, __u32 *key, struct slot *s, __u64 *dead)
{
	s->count /= 2;
	if (!s->count && s->key) {
		s->key = 0;
		++*dead;
	}
	return 0;
}

/* Let counts grow old. */
SEC("raw_tp/sys_enter")
int age_all(void *ctx)
{
	__u64 dead = 0;

	bpf_for_each_map_elem(&table, decay, &dead, 0);
	return dead;
}

struct oldest {
	__u64 key;
	__u32 age;
	__u32 looked_at;
};

static long find_oldest(void *map, __u64 *key, struct slot *s, struct oldest *o)
{
	s->age++;
	if (s->age > o->age) {
		o->age = s->age;
		o->key = *key;
	}
	return ++o->looked_at >= 1000;
}

/* Make room: delete the connection that was idle for longest. */
SEC("tc")
int evict_oldest(struct __sk_buff *skb)
{
	struct oldest o = {};

	bpf_for_each_map_elem(&conns, find_oldest, &o, 0);
	if (o.age)
		bpf_map_delete_elem(&conns, &o.key);
	return TC_ACT_OK;
}

static __u32 mix(__u32 x, __u32 seed)
{
	x ^= seed * 0x9e3779b9;
	x ^= x >> 16;
	x *= 0x85ebca6b;
	return x ^ x >> 13;
}

/* A Bloom filter of sources: was this one seen before? */
SEC("tc")
int bloom_filter(struct __sk_buff *skb)
{
	bool seen = true;
	__u32 i, h, word;
	__u64 *w;

	for (i = 0; i < 7; i++) {
		h = mix(skb->hash, i);
		word = h / 64 % 1024;
		w = bpf_map_lookup_elem(&bloom, &word);
		if (!w)
			return TC_ACT_OK;
		if (!(*w & 1ULL << (h & 63))) {
			seen = false;
			__sync_fetch_and_or(w, 1ULL << (h & 63));
		}
	}
	return seen ? TC_ACT_OK : TC_ACT_SHOT;
}

/* Four token buckets, each wider than the one before: all must have some. */
SEC("tc")
int token_buckets(struct __sk_buff *skb)
{
	__u64 now = bpf_ktime_get_ns(), rate = 1000000;
	struct token_bucket *b;
	__u32 i;

	for (i = 0; i < 4; i++, rate *= 10) {
		b = bpf_map_lookup_elem(&limits, &i);
		if (!b)
			break;
		b->tokens += (now - b->last) / rate;
		b->last = now;
		if (b->tokens > 1000 * rate)
			b->tokens = 1000 * rate;
		if (b->tokens < skb->len)
			return TC_ACT_SHOT;
		b->tokens -= skb->len;
	}
	return TC_ACT_OK;
}

static long add_slot(void *map, __u32 *key, struct slot *s, __u64 *sum)
{
	*sum += s->count;
	return 0;
}

static long sum_round(__u32 i, __u64 *sum)
{
	__u64 one = 0;

	bpf_for_each_map_elem(&table, add_slot, &one, 0);
	bpf_map_update_elem(&totals, &i, &one, BPF_ANY);
	*sum += one;
	return 0;
}

/* All elements, as many times as the configuration says */
SEC("raw_tp/sys_enter")
int rounds_of_all(void *ctx)
{
	struct config *c = first(&config);
	__u64 sum = 0;

	if (c)
		bpf_loop(c->rounds, sum_round, &sum, 0);
	return sum;
}
