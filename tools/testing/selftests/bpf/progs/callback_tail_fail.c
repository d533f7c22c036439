// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A tail call that succeeds ends the function that makes it, and its caller goes on. All
 * must be refused, each with its message; stock 6.1 accepts all.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "callback.h"

char _license[] SEC("license") = "GPL";

struct ctx {
	struct __sk_buff *skb;
	char *bytes;
};

int sink;

static int call_other(__u32 n, struct ctx *ctx)
{
	bpf_tail_call(ctx->skb, &progs, 0);
	return 0;
}

SEC("tc")
__failure __msg("tail_call is not allowed in callbacks")
int in_callback(struct __sk_buff *skb)
{
	struct ctx ctx = { .skb = skb };

	bpf_loop(SOME(), call_other, &ctx, 0);
	return 0;
}

static __noinline int tail_call(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &progs, 0);
	return SOME() & 7;
}

static int call_function(__u32 n, struct ctx *ctx)
{
	return tail_call(ctx->skb) & 1;
}

SEC("tc")
__failure __msg("tail_call is not allowed in callbacks")
int in_callee_of_callback(struct __sk_buff *skb)
{
	struct ctx ctx = { .skb = skb };

	bpf_loop(SOME(), call_function, &ctx, 0);
	return 0;
}

static __noinline int repair_if_it_fails(struct ctx *ctx)
{
	char *bytes = ctx->bytes;

	ctx->bytes = NULL;
	bpf_tail_call(ctx->skb, &progs, 0);
	ctx->bytes = bytes;
	return 0;
}

SEC("tc")
__failure __msg("invalid mem access 'scalar'")
int stack_not_repaired(struct __sk_buff *skb)
{
	struct ctx ctx = { .skb = skb, .bytes = value_bytes() };

	if (!ctx.bytes)
		return 0;
	repair_if_it_fails(&ctx);
	return *ctx.bytes;
}

/* What the other program returns is not known. */
SEC("tc")
__failure __msg("unbounded memory access")
int value_returned(struct __sk_buff *skb)
{
	char *bytes = value_bytes();

	return bytes ? bytes[tail_call(skb)] : 0;
}

/* The other program may change the packet. */
SEC("tc")
__failure __msg("invalid mem access 'scalar'")
int packet_kept(struct __sk_buff *skb)
{
	char *data = (char *)(long)skb->data;

	if (data + 1 > (char *)(long)skb->data_end)
		return 0;
	tail_call(skb);
	return *data;
}

static __noinline int release_if_it_fails(struct __sk_buff *skb)
{
	void *sample = bpf_ringbuf_reserve(&ring, 8, 0);

	if (!sample)
		return 0;
	bpf_tail_call(skb, &progs, 0);
	bpf_ringbuf_discard(sample, 0);
	return 0;
}

SEC("tc")
__failure __msg("Unreleased reference")
int reference_kept(struct __sk_buff *skb)
{
	return release_if_it_fails(skb);
}
