// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What a callback takes, gives away or leaves behind, also by means of functions that it
 * calls. All must be refused, each with its message. Stock 6.1 accepts
 * reference_taken_in_callee, vma_kept and all that keep a key. It refuses the others, after
 * a warning of the kernel about reference_taken_for_caller.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "callback.h"

char _license[] SEC("license") = "GPL";

struct ctx {
	char *bytes;
	__u32 *key;
	struct vm_area_struct *vma;
};

__u64 sink;

static __noinline int take(void)
{
	return !bpf_ringbuf_reserve(&ring, 8, 0);
}

static int call_take(__u32 n, void *unused)
{
	return take() & 1;
}

SEC("syscall")
__failure __msg("Unreleased reference")
int reference_taken_in_callee(void *unused)
{
	bpf_loop(SOME(), call_take, NULL, 0);
	return 0;
}

/* The reference is known outside of the callback, but it is one for each call. */
static __noinline int take_for(struct ctx *ctx)
{
	ctx->bytes = bpf_ringbuf_reserve(&ring, 8, 0);
	return 0;
}

static int call_take_for(__u32 n, struct ctx *ctx)
{
	return take_for(ctx);
}

SEC("syscall")
__failure __msg("Unreleased reference")
int reference_taken_for_caller(void *unused)
{
	struct ctx ctx = {};

	bpf_loop(1, call_take_for, &ctx, 0);
	if (ctx.bytes)
		bpf_ringbuf_submit(ctx.bytes, 0);
	return 0;
}

static __noinline int release(struct ctx *ctx)
{
	bpf_ringbuf_submit(ctx->bytes, 0);
	return 0;
}

static int call_release(__u32 n, struct ctx *ctx)
{
	return release(ctx);
}

SEC("syscall")
__failure __msg("reference has not been acquired before")
int reference_released_in_callee(void *unused)
{
	struct ctx ctx = { .bytes = bpf_ringbuf_reserve(&ring, 8, 0) };
	char *bytes = ctx.bytes;

	if (!bytes)
		return 0;
	bpf_loop(SOME(), call_release, &ctx, 0);
	bpf_ringbuf_submit(bytes, 0);
	return 0;
}

/* A callback in a callee of a callback must not release what the outer one holds. */
static __noinline int release_in_loop(struct ctx *ctx)
{
	bpf_loop(SOME(), call_release, ctx, 0);
	return 0;
}

static int take_and_call(__u32 n, void *unused)
{
	struct ctx ctx = { .bytes = bpf_ringbuf_reserve(&ring, 8, 0) };
	char *bytes = ctx.bytes;

	if (!bytes)
		return 1;
	release_in_loop(&ctx);
	bpf_ringbuf_discard(bytes, 0);
	return 0;
}

SEC("syscall")
__failure __msg("reference has not been acquired before")
int reference_released_in_inner(void *unused)
{
	bpf_loop(SOME(), take_and_call, NULL, 0);
	return 0;
}

static __noinline int lock_value(void)
{
	struct locked *locked = lookup_locked();

	if (locked)
		bpf_spin_lock(&locked->lock);
	return 0;
}

static int call_lock(__u32 n, void *unused)
{
	return lock_value();
}

SEC("tc")
__failure __msg("bpf_spin_unlock is missing")
int lock_taken_in_callee(struct __sk_buff *skb)
{
	bpf_loop(SOME(), call_lock, NULL, 0);
	return 0;
}

/* The key of an array is on the stack of the helper. */
static int keep_key(void *map, __u32 *key, struct value *value, struct ctx *ctx)
{
	ctx->key = key;
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int key_of_array(void *unused)
{
	struct ctx ctx = { .key = NULL };
	__u32 zero = 0;

	ctx.key = &zero;
	bpf_for_each_map_elem(&values, keep_key, &ctx, 0);
	sink = *ctx.key;
	return 0;
}

/* The next call finds the key of the one before. */
static int read_last_key(void *map, __u32 *key, struct value *value, struct ctx *ctx)
{
	sink = *ctx->key;
	ctx->key = key;
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int key_of_last_call(void *unused)
{
	struct ctx ctx = {};
	__u32 zero = 0;

	ctx.key = &zero;
	bpf_for_each_map_elem(&values, read_last_key, &ctx, 0);
	return 0;
}

/* The outer key is valid in the inner callback, the inner one not in the outer. */
static int keep_inner_key(void *map, __u32 *key, struct value *value, struct ctx *ctx)
{
	sink = *ctx->key;
	if (SOME() & 1)
		ctx->key = key;
	return 1;
}

static int keep_outer_key(void *map, __u32 *key, struct value *value, struct ctx *ctx)
{
	ctx->key = key;
	bpf_for_each_map_elem(&hash, keep_inner_key, ctx, 0);
	sink = *ctx->key;
	return 1;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int key_of_inner_call(void *unused)
{
	struct ctx ctx = {};

	bpf_for_each_map_elem(&values, keep_outer_key, &ctx, 0);
	return 0;
}

/* The vma is only there while the helper holds the lock of the mm. */
static int keep_vma(struct task_struct *task, struct vm_area_struct *vma, struct ctx *ctx)
{
	ctx->vma = vma;
	return 0;
}

SEC("syscall")
__failure __msg("invalid mem access 'scalar'")
int vma_kept(void *unused)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ctx ctx = {};

	ctx.vma = (void *)task;
	bpf_find_vma(task, SOME(), keep_vma, &ctx, 0);
	sink = ctx.vma->vm_start;
	return 0;
}
