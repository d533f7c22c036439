// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* HTTP/1.1 requests. */
#include "compare.h"

#define BUF_SIZE	1024
#define MAX_HEADERS	64
#define HTTP_PORT	80

struct http_request {
	__u32 len;
	__u32 path_start, path_end;
	__u32 headers;
	char buf[BUF_SIZE];
};

PER_CPU(requests, struct http_request);
HASH(paths, __u64, __u64, 10000);

__u64 chunked, keep_alive;

static struct http_request *load_request(struct __sk_buff *skb)
{
	struct http_request *r = first(&requests);
	__u32 len = skb->len, off = PAYLOAD(skb);

	if (!r || len <= off)
		return NULL;
	len -= off;
	if (len > BUF_SIZE)
		len = BUF_SIZE;
	if (len < 16 || bpf_skb_load_bytes(skb, off, r->buf, len))
		return NULL;
	r->len = len;
	return r;
}

/* Find the path in the request line, and count it. */
SEC("tc")
int http_path(struct __sk_buff *skb)
{
	struct http_request *r = load_request(skb);
	__u64 hash = 14695981039346656037ULL, one = 1, *count;
	__u32 i, start;

	if (!r)
		return TC_ACT_OK;
	for (i = 0; i < 8; i++)
		if (r->buf[i] == ' ')
			break;
	start = i + 1;
	for (i = start; i < start + 128 && i < r->len && can_loop; i++) {
		char c;

		if (i >= BUF_SIZE)
			break;
		c = r->buf[i];
		if (c == ' ' || c == '?')
			break;
		hash = (hash ^ c) * 1099511628211ULL;
	}
	count = bpf_map_lookup_elem(&paths, &hash);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&paths, &hash, &one, BPF_NOEXIST);
	return TC_ACT_OK;
}

/* Count the header lines; an attack has many. */
SEC("tc")
int http_count_headers(struct __sk_buff *skb)
{
	struct http_request *r = load_request(skb);
	__u32 i, lines = 0;

	if (!r)
		return TC_ACT_OK;
	for (i = 0; i < BUF_SIZE - 1; i++) {
		if (i + 1 >= r->len)
			break;
		if (r->buf[i] == '\r' && r->buf[i + 1] == '\n')
			lines++;
	}
	return lines > MAX_HEADERS ? TC_ACT_SHOT : TC_ACT_OK;
}

/* Where the next line begins */
static __u32 next_line(struct http_request *r, __u32 i)
{
	for (; i < BUF_SIZE - 1 && i < r->len && can_loop; i++)
		if (r->buf[i] == '\n')
			return i + 1;
	return BUF_SIZE;
}

static bool begins_with(struct http_request *r, __u32 at, const char *what, __u32 len)
{
	__u32 i;

	for (i = 0; i < len; i++) {
		if (at + i >= BUF_SIZE)
			return false;
		if (lower(r->buf[at + i]) != what[i])
			return false;
	}
	return true;
}

/* How much will be sent? */
SEC("tc")
int http_content_length(struct __sk_buff *skb)
{
	static const char name[] = "content-length:";
	struct http_request *r = load_request(skb);
	__u32 at = 0, i, value = 0;

	if (!r)
		return TC_ACT_OK;
	while (at < r->len && can_loop) {
		if (begins_with(r, at, name, sizeof(name) - 1))
			break;
		at = next_line(r, at);
	}
	at += sizeof(name) - 1;
	for (i = 0; i < 10; i++, at++) {
		char c;

		if (at >= BUF_SIZE)
			break;
		c = r->buf[at];
		if (c == ' ')
			continue;
		if (c < '0' || c > '9')
			break;
		value = value * 10 + c - '0';
	}
	skb->mark = value;
	return TC_ACT_OK;
}

struct line_walk {
	struct http_request *r;
	__u32 at;
	__u32 host;
};

static long look_for_host(__u32 i, struct line_walk *w)
{
	__u32 j;

	if (w->at >= w->r->len)
		return 1;
	if (begins_with(w->r, w->at, "host:", 5)) {
		w->host = w->at + 5;
		return 1;
	}
	for (j = w->at; j < BUF_SIZE && can_loop; j++)
		if (w->r->buf[j] == '\n')
			break;
	w->at = j + 1;
	return 0;
}

/* Which host? Its name is hashed. */
SEC("tc")
int http_host(struct __sk_buff *skb)
{
	struct line_walk w = { .r = load_request(skb) };
	__u32 i, hash = 0;

	if (!w.r)
		return TC_ACT_OK;
	bpf_loop(MAX_HEADERS, look_for_host, &w, 0);
	if (!w.host)
		return TC_ACT_OK;
	for (i = w.host; i < BUF_SIZE && can_loop; i++) {
		char c = w.r->buf[i];

		if (c == '\r')
			break;
		if (c != ' ')
			hash = hash * 31 + lower(c);
	}
	skb->mark = hash;
	return TC_ACT_OK;
}

/* Which method? A list of words, and the packet itself. */
SEC("xdp")
int http_method(struct xdp_md *ctx)
{
	static const char methods[8][8] = { "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT",
					    "OPTIONS", "PATCH" };
	void *end = (void *)(long)ctx->data_end;
	char *p = l4_payload((void *)(long)ctx->data, end, IPPROTO_TCP, HTTP_PORT);
	int i, j;

	if (!p || (void *)(p + 8) > end)
		return XDP_PASS;
	for (i = 0; i < 8; i++) {
		for (j = 0; j < 8; j++)
			if (!methods[i][j] || methods[i][j] != p[j])
				break;
		if (j == 8 || (!methods[i][j] && p[j] == ' '))
			return XDP_PASS;
	}
	return XDP_DROP;
}

/* Unescape %41 and the like in place, as a filter of requests does first. */
SEC("tc")
int http_unescape(struct __sk_buff *skb)
{
	struct http_request *r = load_request(skb);
	__u32 in = 0, out = 0;

	if (!r)
		return TC_ACT_OK;
	while (in < BUF_SIZE && out < BUF_SIZE && in < r->len && can_loop) {
		char c = r->buf[in++];

		if (c == '%' && in + 1 < BUF_SIZE) {
			char hi = lower(r->buf[in]), lo = lower(r->buf[in + 1]);

			hi = hi <= '9' ? hi - '0' : hi - 'a' + 10;
			lo = lo <= '9' ? lo - '0' : lo - 'a' + 10;
			c = hi << 4 | lo;
			in += 2;
		}
		r->buf[out++] = c;
	}
	r->len = out;
	return TC_ACT_OK;
}
