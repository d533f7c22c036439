// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Headers of the network and transport layers, in the packet itself. */
#include "compare.h"

#ifndef IPPROTO_HOPOPTS
#define IPPROTO_HOPOPTS		0
#define IPPROTO_ROUTING		43
#define IPPROTO_FRAGMENT	44
#define IPPROTO_DSTOPTS		60
#endif

#define MAX_EXT		8
#define MAX_OPTS	40
#define OPT_NOP		1
#define OPT_MSS		2
#define OPT_TS		8

HASH(flows, __u64, __u64, 65536);

static struct tcphdr *tcp_header(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->protocol != IPPROTO_TCP)
		return NULL;
	tcp = (void *)ip + ip->ihl * 4;
	return (void *)(tcp + 1) > end ? NULL : tcp;
}

/* Which protocol is behind the extension headers of IPv6? */
SEC("xdp")
int ipv6_skip_headers(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct ipv6hdr *ip = (void *)(eth + 1);
	struct ipv6_opt_hdr *h = (void *)(ip + 1);
	__u8 next;
	int i;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IPV6))
		return XDP_PASS;
	next = ip->nexthdr;
	for (i = 0; i < MAX_EXT; i++) {
		if ((void *)(h + 1) > end)
			return XDP_DROP;
		switch (next) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
			next = h->nexthdr;
			h = (void *)h + (h->hdrlen + 1) * 8;
			break;
		case IPPROTO_AH:
			next = h->nexthdr;
			h = (void *)h + (h->hdrlen + 2) * 4;
			break;
		case IPPROTO_FRAGMENT:
			next = h->nexthdr;
			h = (void *)h + 8;
			break;
		default:
			return next == IPPROTO_TCP || next == IPPROTO_UDP ? XDP_PASS : XDP_DROP;
		}
	}
	return XDP_DROP;
}

/* The largest segment that the other side takes */
SEC("xdp")
int tcp_mss(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct tcphdr *tcp = tcp_header(ctx);
	__u8 *p, *opts_end;
	int i;

	if (!tcp || !tcp->syn)
		return XDP_PASS;
	p = (void *)(tcp + 1);
	opts_end = (void *)tcp + tcp->doff * 4;
	for (i = 0; i < MAX_OPTS; i++) {
		if (p >= opts_end || (void *)(p + 2) > end || *p == 0)
			break;
		if (*p == OPT_NOP) {
			p++;
			continue;
		}
		if (*p == OPT_MSS)
			return (void *)(p + 4) <= end && be16(p + 2) < 536 ? XDP_DROP : XDP_PASS;
		if (p[1] < 2)
			break;
		p += p[1];
	}
	return XDP_PASS;
}

struct option_walk {
	struct __sk_buff *skb;
	__u32 off, end;
	__u32 stamp;
};

static long walk_option(__u32 i, struct option_walk *w)
{
	__u8 opt[10];

	if (w->off + 2 > w->end || bpf_skb_load_bytes(w->skb, w->off, opt, 2) || !opt[0])
		return 1;
	if (opt[0] == OPT_NOP) {
		w->off++;
		return 0;
	}
	if (opt[0] == OPT_TS) {
		if (!bpf_skb_load_bytes(w->skb, w->off, opt, sizeof(opt)))
			w->stamp = be32(opt + 2);
		return 1;
	}
	w->off += opt[1] < 2 ? 2 : opt[1];
	return 0;
}

/* The time stamp of TCP, to measure round trips */
SEC("tc")
int tcp_timestamp(struct __sk_buff *skb)
{
	__u32 off = sizeof(struct ethhdr) + sizeof(struct iphdr);
	struct option_walk w = { .skb = skb, .off = off + sizeof(struct tcphdr) };
	__u64 now = bpf_ktime_get_ns(), key;
	__u8 doff;

	if (bpf_skb_load_bytes(skb, off + 12, &doff, 1))
		return TC_ACT_OK;
	w.end = off + (doff >> 4) * 4;
	bpf_loop(MAX_OPTS, walk_option, &w, 0);
	key = (__u64)skb->hash << 32 | w.stamp;
	bpf_map_update_elem(&flows, &key, &now, BPF_NOEXIST);
	return TC_ACT_OK;
}

/* Look below stacked tags of VLANs. */
SEC("xdp")
int vlan_depth(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end, *p = (void *)(long)ctx->data;
	struct ethhdr *eth = p;
	__be16 proto;
	int i;

	if ((void *)(eth + 1) > end)
		return XDP_DROP;
	proto = eth->h_proto;
	p = eth + 1;
	for (i = 0; i < 4; i++) {
		struct vlan_hdr *vlan = p;

		if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(vlan + 1) > end)
			return XDP_DROP;
		proto = vlan->h_vlan_encapsulated_proto;
		p = vlan + 1;
	}
	return i > 2 ? XDP_DROP : XDP_PASS;
}

/* The checksum of the IPv4 header, options included, by hand */
SEC("xdp")
int ipv4_checksum(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	__u16 *word = (void *)ip;
	__u32 i, sum = 0;

	if ((void *)(ip + 1) > end)
		return XDP_DROP;
	for (i = 0; i < ip->ihl * 2; i++) {
		if ((void *)(word + 1) > end)
			return XDP_DROP;
		sum += *word++;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff ? XDP_PASS : XDP_DROP;
}

/* Labels of MPLS, down to the bottom of the stack */
SEC("tc")
int mpls_labels(struct __sk_buff *skb)
{
	__u32 off = sizeof(struct ethhdr), labels = 0;
	__be32 entry;

	while (can_loop) {
		if (bpf_skb_load_bytes(skb, off, &entry, sizeof(entry)))
			return TC_ACT_SHOT;
		off += sizeof(entry);
		labels++;
		if (bpf_ntohl(entry) & 0x100)
			break;
	}
	skb->mark = labels;
	return TC_ACT_OK;
}

/* Hosts of a /24 that answered, as bits in a map: is this one new? */
ARRAY(seen_hosts, __u64, 4);

SEC("cgroup_skb/ingress")
int count_hosts(struct __sk_buff *skb)
{
	__u32 i, hosts = 0;
	__u64 *bits, word;

	for (i = 0; i < 4; i++) {
		bits = bpf_map_lookup_elem(&seen_hosts, &i);
		if (!bits)
			return 0;
		for (word = *bits; word && can_loop; word &= word - 1)
			hosts++;
	}
	return hosts < 200;
}
