// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * User space keeps a store of keys and values in the arena, and this program
 * answers questions about it from the network driver: it puts the value into the
 * packet and sends it back. There is no copy of the store and no system call
 * between an update and the first answer with it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "arena_kv.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1000); /* pages */
} arena SEC(".maps");

struct kv_store __arena store;

static struct kv_elem __arena *kv_find(__u64 key)
{
	struct kv_elem __arena *e = store.buckets[kv_hash(key)];
	int i;

	for (i = 0; i < KV_CHAIN && e; i++, e = e->next)
		if (e->key == key)
			return e;
	return NULL;
}

static void swap_addresses(struct ethhdr *eth)
{
	__u8 mac[6];

	__builtin_memcpy(mac, eth->h_source, 6);
	__builtin_memcpy(eth->h_source, eth->h_dest, 6);
	__builtin_memcpy(eth->h_dest, mac, 6);
}

SEC("xdp")
int kv_answer(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct kv_packet *packet = (void *)(eth + 1);
	struct kv_elem __arena *e;

	if ((void *)(packet + 1) > end || eth->h_proto != bpf_htons(KV_MAGIC))
		return XDP_PASS;

	e = kv_find(packet->key);
	if (!e) {
		__sync_fetch_and_add(&store.misses, 1);
		return XDP_DROP;
	}
	__sync_fetch_and_add(&store.hits, 1);
	packet->value = e->value;
	swap_addresses(eth);
	return XDP_TX;
}
