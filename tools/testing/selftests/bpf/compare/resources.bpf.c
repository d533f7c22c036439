// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What is taken in a loop and given back: buffers, sockets, locks. */
#include "compare.h"

struct message {
	__u32 nr, len;
	char text[56];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 65536);
} commands SEC(".maps");

struct counter {
	struct bpf_spin_lock lock;
	__u64 values[8];
};

ARRAY(counters, struct counter, 16);
HASH(ports, __u32, __u64, 1024);

__u64 lost, sum;
__u32 nr_messages;

/* A message per CPU or queue: eight of them */
SEC("raw_tp/sys_enter")
int send_messages(void *ctx)
{
	struct message *m;
	__u32 i;

	for (i = 0; i < 8; i++) {
		m = bpf_ringbuf_reserve(&ring, sizeof(*m), 0);
		if (!m) {
			lost++;
			break;
		}
		m->nr = i;
		m->len = bpf_get_current_comm(m->text, 16);
		bpf_ringbuf_submit(m, 0);
	}
	return 0;
}

/* As many as are asked for; what has no text is thrown away. */
SEC("raw_tp/sys_enter")
int send_or_discard(void *ctx)
{
	struct message *m;
	__u32 i;

	for (i = 0; i < nr_messages && can_loop; i++) {
		m = bpf_ringbuf_reserve(&ring, sizeof(*m), 0);
		if (!m)
			break;
		if (bpf_get_current_comm(m->text, 16)) {
			bpf_ringbuf_discard(m, 0);
			continue;
		}
		m->nr = i;
		bpf_ringbuf_submit(m, BPF_RB_NO_WAKEUP);
	}
	return 0;
}

static long send_port(void *map, __u32 *port, __u64 *bytes, void *ctx)
{
	struct message *m = bpf_ringbuf_reserve(&ring, sizeof(*m), 0);

	if (!m)
		return 1;
	m->nr = *port;
	m->len = *bytes;
	*bytes = 0;
	bpf_ringbuf_submit(m, 0);
	return 0;
}

/* All of a table, from a callback */
SEC("raw_tp/sys_enter")
int send_table(void *ctx)
{
	bpf_for_each_map_elem(&ports, send_port, NULL, 0);
	return 0;
}

/* Is one of four ports listened on? */
SEC("tc")
int lookup_sockets(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;
	int i;

	tuple.ipv4.daddr = bpf_htonl(0x7f000001);
	for (i = 0; i < 4; i++) {
		tuple.ipv4.dport = bpf_htons(8080 + i);
		sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), -1, 0);
		if (!sk)
			continue;
		sum += sk->state;
		bpf_sk_release(sk);
	}
	return TC_ACT_OK;
}

struct port_walk {
	struct __sk_buff *skb;
	__u32 open;
};

static long lookup_port(__u32 i, struct port_walk *w)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;

	tuple.ipv4.dport = bpf_htons(i);
	sk = bpf_sk_lookup_udp(w->skb, &tuple, sizeof(tuple.ipv4), -1, 0);
	if (sk) {
		w->open++;
		bpf_sk_release(sk);
	}
	return 0;
}

/* How many of the first thousand? */
SEC("tc")
int count_open_ports(struct __sk_buff *skb)
{
	struct port_walk w = { .skb = skb };

	bpf_loop(1024, lookup_port, &w, 0);
	skb->mark = w.open;
	return TC_ACT_OK;
}

/* Under a lock: move all values of a counter down by one. */
SEC("tc")
int shift_under_lock(struct __sk_buff *skb)
{
	__u32 key = skb->hash & 15;
	struct counter *c = bpf_map_lookup_elem(&counters, &key);
	int i;

	if (!c)
		return TC_ACT_OK;
	bpf_spin_lock(&c->lock);
	for (i = 7; i > 0; i--)
		c->values[i] = c->values[i - 1];
	c->values[0] = skb->len;
	bpf_spin_unlock(&c->lock);
	return TC_ACT_OK;
}

/* A lock per iteration */
SEC("tc")
int lock_each(struct __sk_buff *skb)
{
	struct counter *c;
	__u32 i;

	for (i = 0; i < 16 && can_loop; i++) {
		c = bpf_map_lookup_elem(&counters, &i);
		if (!c)
			break;
		bpf_spin_lock(&c->lock);
		c->values[0] += skb->len;
		if (c->values[0] > 1000000)
			c->values[1]++;
		bpf_spin_unlock(&c->lock);
	}
	return TC_ACT_OK;
}

static long run_command(struct bpf_dynptr *d, void *ctx)
{
	struct message m;
	__u32 i;

	if (bpf_dynptr_read(&m, sizeof(m), d, 0, 0))
		return 0;
	for (i = 0; i < m.len && i < sizeof(m.text); i++)
		sum += m.text[i];
	return 0;
}

/* Commands of user space, each with a text */
SEC("raw_tp/sys_enter")
int drain_commands(void *ctx)
{
	return bpf_user_ringbuf_drain(&commands, run_command, NULL, 0);
}
