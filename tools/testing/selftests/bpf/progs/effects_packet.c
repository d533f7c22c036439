// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Pointers into a packet behind the call of a function that may move it. Stock 6.1 accepts
 * all that must be refused here. After each of most of them the twin that loads the pointer anew.
 */
#include "effects.h"

char _license[] SEC("license") = "GPL";

char bytes[16];

/* A global function that makes @call, a program that goes on with its pointer after it, and
 * one that does not
 */
#define MOVED_BY(name, section, ctx, call)				\
GLOBAL int name##_global(struct ctx *c)					\
{									\
	return call;							\
}									\
									\
SEC(section)								\
__failure __msg("invalid mem access 'scalar'")				\
int name(struct ctx *c)							\
{									\
	char *data = PACKET(c->data);					\
									\
	if (data + 1 > PACKET(c->data_end))				\
		return 0;						\
	name##_global(c);						\
	return *data & 1;						\
}									\
									\
SEC(section)								\
__success								\
int name##_reloaded(struct ctx *c)					\
{									\
	char *data;							\
									\
	name##_global(c);						\
	data = PACKET(c->data);						\
	if (data + 1 > PACKET(c->data_end))				\
		return 0;						\
	return *data & 1;						\
}

MOVED_BY(tc_store_bytes, "tc", __sk_buff, bpf_skb_store_bytes(c, 0, bytes, 6, 0))
MOVED_BY(tc_l3_csum, "tc", __sk_buff, bpf_l3_csum_replace(c, 0, 0, 0, 2))
MOVED_BY(tc_l4_csum, "tc", __sk_buff, bpf_l4_csum_replace(c, 0, 0, 0, 2))
MOVED_BY(tc_vlan_push, "tc", __sk_buff, bpf_skb_vlan_push(c, 0, 1))
MOVED_BY(tc_vlan_pop, "tc", __sk_buff, bpf_skb_vlan_pop(c))
MOVED_BY(tc_change_proto, "tc", __sk_buff, bpf_skb_change_proto(c, 0, 0))
MOVED_BY(tc_change_head, "tc", __sk_buff, bpf_skb_change_head(c, 16, 0))
MOVED_BY(tc_change_tail, "tc", __sk_buff, bpf_skb_change_tail(c, 64, 0))
MOVED_BY(tc_adjust_room, "tc", __sk_buff, bpf_skb_adjust_room(c, 8, 0, 0))
MOVED_BY(tc_pull, "tc", __sk_buff, bpf_skb_pull_data(c, 0))
MOVED_BY(tc_clone, "tc", __sk_buff, bpf_clone_redirect(c, 1, 0))
MOVED_BY(tc_tail_call, "tc", __sk_buff, (bpf_tail_call(c, &progs, 0), 1))
MOVED_BY(action_pull, "action", __sk_buff, bpf_skb_pull_data(c, 0))
MOVED_BY(xdp_head, "xdp", xdp_md, bpf_xdp_adjust_head(c, 4))
MOVED_BY(xdp_tail, "xdp", xdp_md, bpf_xdp_adjust_tail(c, -4))
MOVED_BY(xdp_meta, "xdp", xdp_md, bpf_xdp_adjust_meta(c, -4))
MOVED_BY(lwt_in_encap, "lwt_in", __sk_buff, bpf_lwt_push_encap(c, 0, bytes, 8))
MOVED_BY(lwt_out_pull, "lwt_out", __sk_buff, bpf_skb_pull_data(c, 0))
MOVED_BY(lwt_xmit_encap, "lwt_xmit", __sk_buff, bpf_lwt_push_encap(c, 2, bytes, 8))
MOVED_BY(lwt_xmit_head, "lwt_xmit", __sk_buff, bpf_skb_change_head(c, 16, 0))
MOVED_BY(seg6_store, "lwt_seg6local", __sk_buff, bpf_lwt_seg6_store_bytes(c, 8, bytes, 8))
MOVED_BY(seg6_adjust, "lwt_seg6local", __sk_buff, bpf_lwt_seg6_adjust_srh(c, 8, 8))
MOVED_BY(seg6_action, "lwt_seg6local", __sk_buff, bpf_lwt_seg6_action(c, 1, bytes, 16))
MOVED_BY(sk_skb_pull, "sk_skb/stream_verdict", __sk_buff, bpf_skb_pull_data(c, 0))
MOVED_BY(sk_skb_head, "sk_skb/stream_verdict", __sk_buff, bpf_skb_change_head(c, 16, 0))
MOVED_BY(sk_skb_tail, "sk_skb/stream_verdict", __sk_buff, bpf_skb_change_tail(c, 64, 0))
MOVED_BY(sk_skb_room, "sk_skb/stream_verdict", __sk_buff, bpf_skb_adjust_room(c, 8, 0, 0))
MOVED_BY(sk_msg_pull, "sk_msg", sk_msg_md, bpf_msg_pull_data(c, 0, 8, 0))
MOVED_BY(sk_msg_push, "sk_msg", sk_msg_md, bpf_msg_push_data(c, 0, 8, 0))
MOVED_BY(sk_msg_pop, "sk_msg", sk_msg_md, bpf_msg_pop_data(c, 0, 8, 0))

/* The same by other ways than a call in the function itself */

STATIC int pull(struct __sk_buff *skb)
{
	return bpf_skb_pull_data(skb, 0);
}

MOVED_BY(in_static, "tc", __sk_buff, pull(c))
MOVED_BY(in_global, "tc", __sk_buff, tc_pull_global(c))

STATIC int pull_in_callback(__u32 n, struct __sk_buff **skb)
{
	return pull(*skb) & 1;
}

MOVED_BY(in_callback, "tc", __sk_buff, bpf_loop(SOME(), pull_in_callback, &c, 0))

STATIC int loop_in_callback(__u32 n, struct __sk_buff **skb)
{
	struct __sk_buff *c = *skb;

	bpf_loop(SOME(), pull_in_callback, &c, 0);
	return 0;
}

MOVED_BY(in_callback_of_callback, "tc", __sk_buff, bpf_loop(SOME(), loop_in_callback, &c, 0))

STATIC int tail_call(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &progs, 0);
	return 0;
}

MOVED_BY(tail_call_in_static, "tc", __sk_buff, tail_call(c))

/* The pointer is elsewhere than in a register of the caller. */

struct ctx {
	struct __sk_buff *skb;
	char *data;
};

STATIC int call_global(struct ctx *ctx)
{
	return tc_pull_global(ctx->skb);
}

SEC("tc")
__failure __msg("invalid mem access 'scalar'")
int spilled(struct __sk_buff *skb)
{
	struct ctx ctx = { .skb = skb, .data = PACKET(skb->data) };

	if (ctx.data + 1 > PACKET(skb->data_end))
		return 0;
	call_global(&ctx);
	return *ctx.data & 1;
}

STATIC int call_global_in_callback(__u32 n, struct ctx *ctx)
{
	char c = *ctx->data;

	tc_pull_global(ctx->skb);
	return c & 1;
}

SEC("tc")
__failure __msg("invalid mem access 'scalar'")
int used_in_next_callback(struct __sk_buff *skb)
{
	struct ctx ctx = { .skb = skb, .data = PACKET(skb->data) };

	if (ctx.data + 1 > PACKET(skb->data_end))
		return 0;
	bpf_loop(SOME(), call_global_in_callback, &ctx, 0);
	return 0;
}

STATIC int just_call_global(__u32 n, struct ctx *ctx)
{
	tc_pull_global(ctx->skb);
	return 0;
}

SEC("tc")
__failure __msg("invalid mem access 'scalar'")
int used_after_callback(struct __sk_buff *skb)
{
	struct ctx ctx = { .skb = skb, .data = PACKET(skb->data) };

	if (ctx.data + 1 > PACKET(skb->data_end))
		return 0;
	bpf_loop(SOME(), just_call_global, &ctx, 0);
	return *ctx.data & 1;
}

/* Does the function itself use what its argument points to? It does not know that this is
 * in the packet.
 */
GLOBAL int move_and_use(struct __sk_buff *skb, __u64 *word)
{
	bpf_skb_pull_data(skb, 0);
	return word ? *word & 1 : 0;
}

GLOBAL int use(struct __sk_buff *skb, __u64 *word)
{
	return word ? *word & 1 : 0;
}

SEC("tc")
__failure __msg("R2 is a packet pointer, but func#1 may change packet data")
int passed_to_mover(struct __sk_buff *skb)
{
	char *data = PACKET(skb->data);

	if (data + 8 > PACKET(skb->data_end))
		return 0;
	return move_and_use(skb, (__u64 *)data);
}

SEC("tc")
__success
int passed_to_user(struct __sk_buff *skb)
{
	char *data = PACKET(skb->data);

	if (data + 8 > PACKET(skb->data_end))
		return 0;
	return use(skb, (__u64 *)data) + (*data & 1);
}

SEC("tc")
__success
int other_memory_to_mover(struct __sk_buff *skb)
{
	__u64 word = skb->len;

	return move_and_use(skb, &word);
}
