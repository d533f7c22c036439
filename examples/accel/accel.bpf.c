// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Answer questions from a store in the arena, before the network stack has seen them: no
 * task wakes up, and there is no copy of the store. What is not there goes up to the server.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_may_goto.h>
#include "accel.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4096);	/* pages */
} arena SEC(".maps");

struct store __arena store;

/* The headers of a question, and of its answer */
struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	struct message message;
} __attribute__((packed));

static bool is_question(const struct frame *f)
{
	return f->eth.h_proto == bpf_htons(0x0800) && f->ip.version == 4 && f->ip.ihl == 5 &&
	       f->ip.protocol == IPPROTO_UDP && f->udp.dest == bpf_htons(PORT) &&
	       f->udp.len == bpf_htons(sizeof(f->udp) + sizeof(f->message)) &&
	       !(f->ip.frag_off & bpf_htons(0x3fff));
}

static struct elem __arena *find(__u64 key)
{
	struct elem __arena *e;

	for (e = *BUCKET(&store, key); e && can_loop; e = e->next)
		if (e->key == key)
			return e;
	return NULL;
}

/* The sum of the IP header is that of the same words in another order. */
static void turn_round(struct frame *f)
{
	__be32 addr = f->ip.saddr;
	__be16 port = f->udp.source;
	__u8 mac[6];

	__builtin_memcpy(mac, f->eth.h_source, 6);
	__builtin_memcpy(f->eth.h_source, f->eth.h_dest, 6);
	__builtin_memcpy(f->eth.h_dest, mac, 6);
	f->ip.saddr = f->ip.daddr;
	f->ip.daddr = addr;
	f->udp.source = f->udp.dest;
	f->udp.dest = port;
	f->udp.check = 0;	/* none */
}

SEC("xdp")
int answer(struct xdp_md *ctx)
{
	struct frame *f = (void *)(long)ctx->data;
	struct elem __arena *e;

	if ((void *)(f + 1) > (void *)(long)ctx->data_end || !is_question(f))
		return XDP_PASS;
	e = find(f->message.key);
	if (!e) {
		__sync_fetch_and_add(&store.misses, 1);
		return XDP_PASS;
	}
	__sync_fetch_and_add(&store.hits, 1);
	f->message.value = e->value;
	f->message.from = FROM_DRIVER;
	turn_round(f);
	return XDP_TX;
}
