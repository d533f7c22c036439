// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Calls of kfuncs that have a variant for programs that may sleep. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_verifier.h"

char _license[] SEC("license") = "GPL";

#define GLOBAL __weak __attribute__((noinline))
#define STATIC static __attribute__((noinline))

struct value {
	struct bpf_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct value);
} locks SEC(".maps");

/* Each program has functions of its own: a function is judged by all its callers. */
#define FREE() bpf_arena_free_pages(&arena, item_somewhere(), 1)

SEC("syscall")
int main_alloc(void *ctx)
{
	return !bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
}

SEC("syscall")
int main_free(void *ctx)
{
	FREE();
	return 0;
}

STATIC int static_function(void)
{
	FREE();
	return 0;
}

SEC("syscall")
int function_free(void *ctx)
{
	return static_function();
}

GLOBAL int global_function(void)
{
	FREE();
	return 0;
}

SEC("syscall")
int global_free(void *ctx)
{
	return global_function();
}

static int callback(__u32 i, void *ctx)
{
	FREE();
	return 0;
}

SEC("syscall")
int callback_free(void *ctx)
{
	bpf_loop(2, callback, NULL, 0);
	return 0;
}

GLOBAL int global_in_callback(void)
{
	FREE();
	return 0;
}

static int callback_of_global(__u32 i, void *ctx)
{
	global_in_callback();
	return 0;
}

SEC("syscall")
int callback_global_free(void *ctx)
{
	bpf_loop(2, callback_of_global, NULL, 0);
	return 0;
}

STATIC int in_both(void)
{
	FREE();
	return 0;
}

static int callback_of_both(__u32 i, void *ctx)
{
	in_both();
	return 0;
}

SEC("syscall")
int both_free(void *ctx)
{
	in_both();
	bpf_loop(2, callback_of_both, NULL, 0);
	return 0;
}

SEC("syscall")
int locked_free(void *ctx)
{
	struct item __arena *item = item_somewhere();
	struct value *v;
	int key = 0;

	v = bpf_map_lookup_elem(&locks, &key);
	if (!v)
		return 0;
	bpf_spin_lock(&v->lock);
	bpf_arena_free_pages(&arena, item, 1);
	bpf_spin_unlock(&v->lock);
	return 0;
}

/* One call, which both paths come to. */
SEC("syscall")
int maybe_locked_free(void *ctx)
{
	unsigned long n = bpf_ktime_get_ns();
	struct item __arena *item = item_somewhere();
	struct value *v;
	int key = 0;

	v = bpf_map_lookup_elem(&locks, &key);
	if (!v)
		return 0;
	if (n > 1000)
		bpf_spin_lock(&v->lock);
	barrier_var(n);
	bpf_arena_free_pages(&arena, item, 1);
	if (n > 1000)
		bpf_spin_unlock(&v->lock);
	return 0;
}

SEC("socket")
int socket_free(void *ctx)
{
	FREE();
	return 0;
}
