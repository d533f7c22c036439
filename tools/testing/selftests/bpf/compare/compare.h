/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#pragma once

/*
 * Programs with loops in the shape of what people run, for "make compare", which asks more
 * than one kernel about them. They are loaded and never run. All of them are safe, none is
 * written with a verifier in mind, and each loads on mainline as it is.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpf_may_goto.h"

char _license[] SEC("license") = "GPL";

#define GLOBAL	__weak __attribute__((noinline))
#define STATIC	static __attribute__((noinline))

#define ETH_P_IP	0x0800
#define ETH_P_IPV6	0x86dd
#define ETH_P_8021Q	0x8100
#define ETH_P_8021AD	0x88a8
#define TC_ACT_OK	0
#define TC_ACT_SHOT	2

#define PER_CPU(name, t)				\
	struct {					\
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);\
		__uint(max_entries, 1);			\
		__type(key, __u32);			\
		__type(value, t);			\
	} name SEC(".maps")

#define ARRAY(name, t, n)				\
	struct {					\
		__uint(type, BPF_MAP_TYPE_ARRAY);	\
		__uint(max_entries, n);			\
		__type(key, __u32);			\
		__type(value, t);			\
	} name SEC(".maps")

#define HASH(name, k, t, n)				\
	struct {					\
		__uint(type, BPF_MAP_TYPE_HASH);	\
		__uint(max_entries, n);			\
		__type(key, k);				\
		__type(value, t);			\
	} name SEC(".maps")

static inline void *first(void *map)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(map, &zero);
}

static inline __u16 be16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

static inline __u32 be32(const __u8 *p)
{
	return p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

/* The payload behind the headers of Ethernet, IPv4 without options, and TCP or UDP */
static inline void *l4_payload(void *data, void *end, __u8 protocol, __u16 port)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 ||
	    ip->protocol != protocol || udp->dest != bpf_htons(port))
		return NULL;
	return (void *)udp + (protocol == IPPROTO_UDP ? sizeof(*udp) : sizeof(struct tcphdr));
}

#define PAYLOAD(skb)	(sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct tcphdr))
