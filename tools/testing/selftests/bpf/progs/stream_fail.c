// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs that the verifier must refuse, each with its message. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"

char _license[] SEC("license") = "GPL";

static const char text[] = "text\n";
const char texts[4][8] = { "one", "two", "three", "four" };
char writable[8] = "text\n";

SEC("syscall")
__failure __msg("Possibly NULL pointer passed")
int fmt_null(void *ctx)
{
	bpf_stream_vprintk(BPF_STDOUT, NULL, NULL, 0);
	return 0;
}

SEC("syscall")
__failure __msg("R2 doesn't point to a const string")
int fmt_scalar(void *ctx)
{
	bpf_stream_vprintk(BPF_STDOUT, (void *)46, NULL, 0);
	return 0;
}

SEC("syscall")
__failure __msg("R3 type=scalar expected=")
int args_scalar(void *ctx)
{
	bpf_stream_vprintk(BPF_STDOUT, text, (void *)46, 8);
	return 0;
}

SEC("syscall")
__failure __msg("Possibly NULL pointer passed to trusted arg2")
int args_null(void *ctx)
{
	bpf_stream_vprintk(BPF_STDOUT, text, NULL, 0);
	return 0;
}

SEC("syscall")
__failure __msg("R2 doesn't point to a const string")
int fmt_stack(void *ctx)
{
	char fmt[8] = "text\n";
	__u64 arg = 0;

	bpf_stream_vprintk(BPF_STDOUT, fmt, &arg, 8);
	return 0;
}

SEC("syscall")
__failure __msg("R2 doesn't point to a const string")
int fmt_ctx(void *ctx)
{
	__u64 arg = 0;

	bpf_stream_vprintk(BPF_STDOUT, ctx, &arg, 8);
	return 0;
}

SEC("syscall")
__failure __msg("R2 does not point to a readonly map")
int fmt_writable(void *ctx)
{
	__u64 arg = 0;

	bpf_stream_vprintk(BPF_STDOUT, writable, &arg, 8);
	return 0;
}

SEC("syscall")
__failure __msg("R2 is not a constant address")
int fmt_variable(void *ctx)
{
	__u32 i = bpf_get_prandom_u32() & 3;
	__u64 arg = 0;

	bpf_stream_vprintk(BPF_STDOUT, texts[i], &arg, 8);
	return 0;
}

/* In a section of its own, for no NUL to follow the text. */
const char end_of_map[4] SEC(".rodata.end") = { 't', 'e', 'x', 't' };

SEC("syscall")
__failure __msg("string is not zero-terminated")
int fmt_unterminated(void *ctx)
{
	__u64 arg = 0;

	bpf_stream_vprintk(BPF_STDOUT, end_of_map, &arg, 8);
	return 0;
}

SEC("syscall")
__failure __msg("invalid indirect access to stack R3")
int args_beyond_stack(void *ctx)
{
	__u64 arg = 0;

	bpf_stream_vprintk(BPF_STDOUT, text, &arg, 520);
	return 0;
}

SEC("syscall")
__failure __msg("invalid access to map value")
int args_beyond_map_value(void *ctx)
{
	bpf_stream_vprintk(BPF_STDOUT, text, writable, 16);
	return 0;
}

SEC("syscall")
__failure __msg("R4 unbounded memory access")
int len_unbounded(void *ctx)
{
	__u64 arg = 0;

	bpf_stream_vprintk(BPF_STDOUT, text, &arg, bpf_get_prandom_u32());
	return 0;
}

struct locked_value {
	struct bpf_spin_lock lock;
	__u64 value;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct locked_value);
} locked SEC(".maps");

SEC("syscall")
__failure __msg("R3 type=map_ptr expected=")
int args_map(void *ctx)
{
	bpf_stream_vprintk(BPF_STDOUT, text, &locked, 8);
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

SEC("syscall")
__failure __msg("Possibly NULL pointer passed to trusted arg1")
int fmt_maybe_null(void *ctx)
{
	__u32 key = 0;
	__u64 arg = 0;

	bpf_stream_vprintk(BPF_STDOUT, bpf_map_lookup_elem(&values, &key), &arg, 8);
	return 0;
}

SEC("syscall")
__failure __msg("R2 does not point to a readonly map")
int fmt_map_value(void *ctx)
{
	__u32 key = 0;
	__u64 arg = 0;
	char *value;

	value = bpf_map_lookup_elem(&values, &key);
	if (value)
		bpf_stream_vprintk(BPF_STDOUT, value, &arg, 8);
	return 0;
}

SEC("syscall")
__failure __msg("Possibly NULL pointer passed to trusted arg2")
int args_maybe_null(void *ctx)
{
	__u32 key = 0;

	bpf_stream_vprintk(BPF_STDOUT, text, bpf_map_lookup_elem(&values, &key), 8);
	return 0;
}

extern int bpf_no_such_stream_kfunc(int stream_id) __weak __ksym;

SEC("syscall")
__failure __msg("invalid kernel function call not eliminated in verifier pass")
int absent_kfunc(void *ctx)
{
	bpf_no_such_stream_kfunc(BPF_STDOUT);
	return 0;
}

/* Printing is all that a program may do while it holds a lock. */
SEC("tc")
__failure __msg("function calls are not allowed while holding a lock")
int other_call_under_lock(struct __sk_buff *skb)
{
	struct locked_value *value;
	__u32 key = 0;

	value = bpf_map_lookup_elem(&locked, &key);
	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	bpf_stream_printk(BPF_STDOUT, "locked\n");
	bpf_ktime_get_ns();
	bpf_spin_unlock(&value->lock);
	return 0;
}

SEC("tc")
__failure __msg("bpf_spin_unlock is missing")
int unlock_missing(struct __sk_buff *skb)
{
	struct locked_value *value;
	__u32 key = 0;

	value = bpf_map_lookup_elem(&locked, &key);
	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	bpf_stream_printk(BPF_STDOUT, "locked\n");
	return 0;
}

SEC("tc")
__failure __msg("bpf_spin_unlock of different lock")
int unlock_of_another(struct __sk_buff *skb)
{
	struct locked_value *one, *other;
	__u32 key = 0, other_key = 1;

	one = bpf_map_lookup_elem(&locked, &key);
	other = bpf_map_lookup_elem(&locked, &other_key);
	if (!one || !other)
		return 0;
	bpf_spin_lock(&one->lock);
	bpf_stream_printk(BPF_STDOUT, "locked\n");
	bpf_spin_unlock(&other->lock);
	return 0;
}
