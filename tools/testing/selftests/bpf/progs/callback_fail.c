// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs that are only safe if a callback is called exactly once, and others that
 * what is known of loops must not be stretched to. All must be refused, each with its
 * message.
 *
 * Stock 6.1 accepts all from index_grows to nested_index_grows, and precision_of_limit.
 * It refuses the others, of which precision_through_pointer, precision_of_store and
 * two_contexts because everything on the path to a callback is precise to it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "callback.h"

char _license[] SEC("license") = "GPL";

struct ctx {
	__u64 i, a, b;
	char *bytes;
	char *other;
};

char sink;

/* An index grows with each call. */
static int read_next(__u32 n, struct ctx *ctx)
{
	sink = ctx->bytes[ctx->i];
	ctx->i += 32;
	return 0;
}

SEC("syscall")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
int index_grows(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (ctx.bytes)
		bpf_loop(SOME(), read_next, &ctx, 0);
	return 0;
}

SEC("syscall")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
int index_grows_to_limit(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (ctx.bytes)
		bpf_loop(3, read_next, &ctx, 0);
	return 0;
}

static int read_next_elem(void *map, __u32 *key, struct value *value, struct ctx *ctx)
{
	sink = ctx->bytes[ctx->i];
	ctx->i += 32;
	return 0;
}

SEC("syscall")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
int index_grows_for_each(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (ctx.bytes)
		bpf_for_each_map_elem(&hash, read_next_elem, &ctx, 0);
	return 0;
}

static long read_next_sample(struct bpf_dynptr *dynptr, struct ctx *ctx)
{
	sink = ctx->bytes[ctx->i];
	ctx->i += 32;
	return 0;
}

SEC("syscall")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
int index_grows_drain(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (ctx.bytes)
		bpf_user_ringbuf_drain(&user_ring, read_next_sample, &ctx, 0);
	return 0;
}

/* The index is right within the callback, but not after the last call. */
static int advance(__u32 n, struct ctx *ctx)
{
	ctx->i += 1;
	return 0;
}

SEC("syscall")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
int count_as_index(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (!ctx.bytes)
		return 0;
	bpf_loop(SOME(), advance, &ctx, 0);
	return ctx.bytes[ctx.i];
}

/* A pointer is gone, or another one, in the next call. */
static int read_and_clear(__u32 n, struct ctx *ctx)
{
	sink = *ctx->bytes;
	ctx->bytes = 0;
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int pointer_cleared(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (ctx.bytes)
		bpf_loop(SOME(), read_and_clear, &ctx, 0);
	return 0;
}

static int read_and_retype(__u32 n, struct ctx *ctx)
{
	sink = *ctx->bytes;
	ctx->bytes = (char *)(unsigned long)n;
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int pointer_to_number(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (ctx.bytes)
		bpf_loop(SOME(), read_and_retype, &ctx, 0);
	return 0;
}

static int read_and_shrink(void *map, __u32 *key, struct value *value, struct ctx *ctx)
{
	sink = ctx->bytes[8];
	ctx->bytes = ctx->other;
	return 0;
}

SEC("syscall")
__failure __msg("invalid access to map value, value_size=8 off=8 size=1")
int pointer_to_smaller(void *unused)
{
	__u32 key = 0;
	struct ctx ctx = {
		.bytes = value_bytes(),
		.other = bpf_map_lookup_elem(&hash, &key),
	};

	if (ctx.bytes && ctx.other)
		bpf_for_each_map_elem(&values, read_and_shrink, &ctx, 0);
	return 0;
}

/* The callback may not be called at all. */
static int set_pointer(__u32 n, struct ctx *ctx)
{
	ctx->other = ctx->bytes;
	return 1;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int zero_calls(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (!ctx.bytes)
		return 0;
	bpf_loop(SOME(), set_pointer, &ctx, 0);
	return *ctx.other;
}

static long set_pointer_sample(struct bpf_dynptr *dynptr, struct ctx *ctx)
{
	ctx->other = ctx->bytes;
	return 1;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int zero_calls_drain(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (!ctx.bytes)
		return 0;
	bpf_user_ringbuf_drain(&user_ring, set_pointer_sample, &ctx, 0);
	return *ctx.other;
}

static int set_pointer_vma(struct task_struct *task, struct vm_area_struct *vma,
			   struct ctx *ctx)
{
	ctx->other = ctx->bytes;
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int zero_calls_find_vma(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (!ctx.bytes)
		return 0;
	bpf_find_vma(bpf_get_current_task_btf(), SOME(), set_pointer_vma, &ctx, 0);
	return *ctx.other;
}

/* It takes more than two calls for the wrong value to arrive. */
static int shift_values(__u32 n, struct ctx *ctx)
{
	ctx->i = ctx->a;
	ctx->a = ctx->b;
	ctx->b = 100;
	return 0;
}

SEC("syscall")
__failure __msg("invalid access to map value, value_size=64 off=100 size=1")
int third_call(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (!ctx.bytes)
		return 0;
	bpf_loop(SOME(), shift_values, &ctx, 0);
	return ctx.bytes[ctx.i];
}

/* The same, but each step on a path of its own, and these come together. */
static int shift_some_values(__u32 n, struct ctx *ctx)
{
	switch (SOME() & 3) {
	case 0:
		ctx->i = ctx->a;
		break;
	case 1:
		ctx->a = ctx->b;
		break;
	case 2:
		ctx->b = 100;
		break;
	}
	return 0;
}

SEC("syscall")
__failure __msg("map value")
int third_call_branches(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (!ctx.bytes)
		return 0;
	bpf_loop(SOME(), shift_some_values, &ctx, 0);
	return ctx.bytes[ctx.i];
}

static int shift_in_inner(__u32 n, struct ctx *ctx)
{
	bpf_loop(SOME(), shift_some_values, ctx, 0);
	sink = ctx->bytes[ctx->i];
	return 0;
}

SEC("syscall")
__failure __msg("map value")
int nested(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (ctx.bytes)
		bpf_loop(SOME(), shift_in_inner, &ctx, 0);
	return 0;
}

/* An inner loop is fine the first time, the outer one spoils its index. */
static int read_one(__u32 n, struct ctx *ctx)
{
	sink = ctx->bytes[ctx->i];
	return 0;
}

static int read_then_advance(__u32 n, struct ctx *ctx)
{
	bpf_loop(SOME(), read_one, ctx, 0);
	ctx->i += 32;
	return 0;
}

SEC("syscall")
__failure __msg("math between map_value pointer and register with unbounded min value")
int nested_index_grows(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (ctx.bytes)
		bpf_loop(SOME(), read_then_advance, &ctx, 0);
	return 0;
}

/* The callback reads through a pointer what two paths have stored in the frame of its
 * caller: the second one must not be taken for the first.
 */
SEC("syscall")
__failure __msg("invalid access to map value, value_size=64 off=500 size=1")
int precision_through_pointer(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes(), .i = 5 };

	if (!ctx.bytes)
		return 0;
	if (SOME() & 1)
		ctx.i = 500;
	bpf_loop(1, read_one, &ctx, 0);
	return 0;
}

/* The same, and the store is made through a pointer, too. */
static __noinline void store(__u64 *p, __u64 value)
{
	*p = value;
}

SEC("syscall")
__failure __msg("invalid access to map value, value_size=64 off=500 size=1")
int precision_of_store(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };
	__u64 value = 5;

	if (!ctx.bytes)
		return 0;
	if (SOME() & 1)
		value = 500;
	store(&ctx.i, value);
	bpf_loop(SOME(), read_one, &ctx, 0);
	return 0;
}

/* The number of calls is part of what keeps the index right. */
SEC("syscall")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
int precision_of_limit(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };
	__u32 nr = 2;

	if (!ctx.bytes)
		return 0;
	if (SOME() & 1)
		nr = 3;
	bpf_loop(nr, read_next, &ctx, 0);
	return 0;
}

/* Different contexts for the same call. */
SEC("syscall")
__failure __msg("invalid access to map value, value_size=64 off=500 size=1")
int two_contexts(void *unused)
{
	struct ctx good = { .bytes = value_bytes() }, bad = good, *ctx = &good;

	if (!good.bytes)
		return 0;
	bad.i = 500;
	if (SOME() & 1)
		ctx = &bad;
	barrier_var(ctx);
	bpf_loop(SOME(), read_one, ctx, 0);
	return 0;
}

/* Locks and references. */
static int lock_it(__u32 n, void *unused)
{
	struct locked *locked = lookup_locked();

	if (locked)
		bpf_spin_lock(&locked->lock);
	return 0;
}

SEC("tc")
__failure __msg("bpf_spin_unlock is missing")
int lock_taken(struct __sk_buff *skb)
{
	bpf_loop(SOME(), lock_it, NULL, 0);
	return 0;
}

SEC("tc")
__failure __msg("function calls are not allowed while holding a lock")
int lock_held(struct __sk_buff *skb)
{
	struct locked *locked = lookup_locked();

	if (!locked)
		return 0;
	bpf_spin_lock(&locked->lock);
	bpf_loop(2, advance, NULL, 0);
	bpf_spin_unlock(&locked->lock);
	return 0;
}

static int reserve_it(__u32 n, struct ctx *ctx)
{
	ctx->bytes = bpf_ringbuf_reserve(&ring, 8, 0);
	return 0;
}

SEC("syscall")
__failure __msg("Unreleased reference")
int reference_taken(void *unused)
{
	struct ctx ctx = {};

	bpf_loop(SOME(), reserve_it, &ctx, 0);
	if (ctx.bytes)
		bpf_ringbuf_submit(ctx.bytes, 0);
	return 0;
}

static int submit_it(__u32 n, struct ctx *ctx)
{
	bpf_ringbuf_submit(ctx->bytes, 0);
	return 0;
}

SEC("syscall")
__failure __msg("reference has not been acquired before")
int reference_released(void *unused)
{
	struct ctx ctx = { .bytes = bpf_ringbuf_reserve(&ring, 8, 0) };
	char *bytes = ctx.bytes;

	if (!bytes)
		return 0;
	bpf_loop(SOME(), submit_it, &ctx, 0);
	bpf_ringbuf_submit(bytes, 0);
	return 0;
}

/* The callback is called once for each round, so the loop around it has no end. */
static int set_i(__u32 n, struct ctx *ctx)
{
	ctx->i = 1;
	return 0;
}

SEC("syscall")
__failure __msg("infinite loop detected")
int endless(void *unused)
{
	struct ctx ctx = {};

	while (1) {
		ctx.i = 0;
		bpf_loop(1, set_i, &ctx, 0);
		if (!ctx.i)
			break;
	}
	return 0;
}

static int read_chain(__u32 n, struct ctx *ctx)
{
	return ctx->i;
}

SEC("syscall")
__failure __msg("At callback return the register R0 has")
int return_value(void *unused)
{
	struct ctx ctx = { .i = 1 };

	if (SOME() & 1)
		ctx.i = 2;
	bpf_loop(SOME(), read_chain, &ctx, 0);
	return 0;
}
