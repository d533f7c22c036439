// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Calls of kfuncs that have a variant for programs that may sleep. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_verifier.h"
#include "locks.h"

char _license[] SEC("license") = "GPL";

#define FREE() bpf_arena_free_pages(&arena, item_somewhere(), 1)

#define PROGRAM(name, body) SEC("syscall") int name(void *ctx) { body; return 0; }
#define CALLBACK(name, body) static int name(__u32 i, void *ctx) { body; return 0; }
#define STATIC(name, body) static __attribute__((noinline)) int name(void) { body; return 0; }
#define GLOBAL(name, body) __weak __attribute__((noinline)) int name(void) { body; return 0; }
#define LOOP(callback) bpf_loop(2, callback, NULL, 0)

/* Each program has functions of its own: a function is judged by all its callers. */
PROGRAM(main_free, FREE())

STATIC(function, FREE())
PROGRAM(function_free, function())

GLOBAL(global, FREE())
PROGRAM(global_free, global())

CALLBACK(callback, FREE())
PROGRAM(callback_free, LOOP(callback))

GLOBAL(global_in_callback, FREE())
CALLBACK(callback_of_global, global_in_callback())
PROGRAM(callback_global_free, LOOP(callback_of_global))

STATIC(in_both, FREE())
CALLBACK(callback_of_both, in_both())
PROGRAM(both_free, in_both(); LOOP(callback_of_both))

/* Callbacks of bpf_loop() may sleep, those of bpf_for_each_map_elem() must not. */
#define EACH(callback) bpf_for_each_map_elem(&locks, callback, NULL, 0)
#define CALLBACK_OF_EACH(name, body)					\
static int name(void *map, __u32 *key, void *value, void *ctx)		\
{									\
	body;								\
	return 0;							\
}

CALLBACK_OF_EACH(free_of_each, FREE())
PROGRAM(each_free, EACH(free_of_each))

STATIC(in_main_and_each, FREE())
CALLBACK_OF_EACH(call_of_each, in_main_and_each())
PROGRAM(main_and_each_free, in_main_and_each(); EACH(call_of_each))

SEC("socket")
int socket_free(void *ctx)
{
	FREE();
	return 0;
}

SEC("syscall")
int main_alloc(void *ctx)
{
	return !bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
}

SEC("syscall")
int locked_free(void *ctx)
{
	struct item __arena *item = item_somewhere();
	struct locked *v = lookup_locked();

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
	struct locked *v = lookup_locked();

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
