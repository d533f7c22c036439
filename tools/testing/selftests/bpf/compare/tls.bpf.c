// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The first message of TLS: what a client offers, and whom it wants. */
#include "compare.h"

#define HELLO_SIZE	768
#define EXT_SNI		0
#define EXT_ALPN	16

struct hello {
	__u32 len;
	__u32 ciphers, extensions;	/* where they begin */
	__u8 msg[HELLO_SIZE];
	char name[256];
};

PER_CPU(hellos, struct hello);
HASH(weak_ciphers, __u16, __u8, 512);
HASH(allowed, __u32, __u8, 1024);

static struct hello *load_hello(struct __sk_buff *skb)
{
	struct hello *h = first(&hellos);
	__u32 len = skb->len, off = PAYLOAD(skb);

	if (!h || len < off + 64)
		return NULL;
	len -= off;
	if (len > HELLO_SIZE)
		len = HELLO_SIZE;
	if (bpf_skb_load_bytes(skb, off, h->msg, len))
		return NULL;
	h->len = len;
	if (h->msg[0] != 22 || h->msg[5] != 1)
		return NULL;
	h->ciphers = 44 + h->msg[43];
	h->extensions = h->ciphers + 2 + be16(h->msg + h->ciphers);
	return h;
}

/* Does the client offer a weak cipher? */
SEC("tc")
int tls_weak_cipher(struct __sk_buff *skb)
{
	struct hello *h = load_hello(skb);
	__u32 i, n;

	if (!h || h->ciphers > HELLO_SIZE - 2)
		return TC_ACT_OK;
	n = be16(h->msg + h->ciphers) / 2;
	for (i = 0; i < n && can_loop; i++) {
		__u32 off = h->ciphers + 2 + 2 * i;
		__u16 cipher;

		if (off > HELLO_SIZE - 2)
			break;
		cipher = be16(h->msg + off);
		if (bpf_map_lookup_elem(&weak_ciphers, &cipher))
			return TC_ACT_SHOT;
	}
	return TC_ACT_OK;
}

/* Where the extension is, after its header; 0 if there is none. 16 are looked at. */
static __u32 find_extension(struct hello *h, __u16 type)
{
	__u32 off, i, end;

	off = h->extensions + 3;
	for (i = 0; i < 16; i++) {
		if (off > HELLO_SIZE - 4)
			return 0;
		end = off + 4 + be16(h->msg + off + 2);
		if (be16(h->msg + off) == type)
			return off + 4;
		off = end;
	}
	return 0;
}

/* Whom does the client want? Only some names are allowed. */
SEC("tc")
int tls_server_name(struct __sk_buff *skb)
{
	struct hello *h = load_hello(skb);
	__u32 off, i, len, hash = 0;

	if (!h)
		return TC_ACT_OK;
	off = find_extension(h, EXT_SNI);
	if (!off || off > HELLO_SIZE - 5)
		return TC_ACT_OK;
	len = be16(h->msg + off + 3);
	off += 5;
	for (i = 0; i < 255; i++) {
		if (i >= len || off + i >= HELLO_SIZE)
			break;
		hash = hash * 31 + lower(h->msg[off + i]);
	}
	return bpf_map_lookup_elem(&allowed, &hash) ? TC_ACT_OK : TC_ACT_SHOT;
}

/* Does the client speak HTTP/2? A list of strings in an extension. */
SEC("tc")
int tls_alpn(struct __sk_buff *skb)
{
	struct hello *h = load_hello(skb);
	__u32 off, end;

	if (!h)
		return TC_ACT_OK;
	off = find_extension(h, EXT_ALPN);
	if (!off || off > HELLO_SIZE - 2)
		return TC_ACT_OK;
	end = off + 2 + be16(h->msg + off);
	for (off += 2; off < end && off < HELLO_SIZE - 3 && can_loop;
	     off += h->msg[off] + 1)
		if (h->msg[off] == 2 && h->msg[off + 1] == 'h' && h->msg[off + 2] == '2')
			return TC_ACT_OK;
	return TC_ACT_SHOT;
}

struct print {
	struct hello *h;
	__u32 off;
	__u32 hash;
};

static long hash_extension(__u32 i, struct print *p)
{
	__u16 type;

	if (p->off > HELLO_SIZE - 4)
		return 1;
	type = be16(p->h->msg + p->off);
	if ((type & 0x0f0f) != 0x0a0a)
		p->hash = p->hash * 33 + type;
	p->off += 4 + be16(p->h->msg + p->off + 2);
	return 0;
}

static long hash_cipher(__u32 i, struct print *p)
{
	__u32 off = p->off + 2 * i;

	if (off > HELLO_SIZE - 2)
		return 1;
	p->hash = p->hash * 33 + be16(p->h->msg + off);
	return 0;
}

/* A fingerprint of the client: its ciphers and its extensions, in their order */
SEC("tc")
int tls_fingerprint(struct __sk_buff *skb)
{
	struct print p = { .h = load_hello(skb) };

	if (!p.h || p.h->ciphers > HELLO_SIZE - 2)
		return TC_ACT_OK;
	p.off = p.h->ciphers + 2;
	bpf_loop(be16(p.h->msg + p.h->ciphers) / 2, hash_cipher, &p, 0);
	p.off = p.h->extensions + 3;
	bpf_loop(64, hash_extension, &p, 0);
	skb->mark = p.hash;
	return TC_ACT_OK;
}

/* Copy the name for a log, until something that is no letter of a name. */
SEC("tc")
int tls_copy_name(struct __sk_buff *skb)
{
	struct hello *h = load_hello(skb);
	__u32 off, i = 0;

	if (!h)
		return TC_ACT_OK;
	off = find_extension(h, EXT_SNI);
	for (off += 5; i < sizeof(h->name) - 1; i++) {
		char c;

		if (off + i >= HELLO_SIZE)
			break;
		c = h->msg[off + i];
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-')
			break;
		h->name[i] = c;
		cond_break;
	}
	h->name[i] = 0;
	bpf_printk("%s", h->name);
	return TC_ACT_OK;
}
