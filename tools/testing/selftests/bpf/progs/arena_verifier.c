// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Arena pointers in functions: programs that must load. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "arena_verifier.h"

char _license[] SEC("license") = "GPL";

/* The compiler must not put functions together, nor look into them. */
#define GLOBAL __weak __attribute__((noinline))
#define STATIC static __attribute__((noinline))

/* A pointer in a map value is a number; other fields are found as before. */
struct item __arena __arena_tag *head;

STATIC long static_value(struct item __arena *item)
{
	return item->value;
}

STATIC struct item __arena *static_next(struct item __arena *item)
{
	item->value++;
	return item->next;
}

GLOBAL long global_type_tag(struct item __arena __arena_tag *item)
{
	return item->value;
}

GLOBAL long global_decl_tag(struct item __arena *item __arg_arena)
{
	return item->value;
}

/* Any number, but its type is that of a context, which others take for an sk_buff. */
GLOBAL long global_like_context(struct __sk_buff *p __arg_arena)
{
	barrier_var(p);
	return (long)p;
}

GLOBAL long global_tag_outside(int volatile __arena __arena_tag *p)
{
	return *p;
}

GLOBAL long global_tag_inside(int __arena __arena_tag volatile *p)
{
	return *p;
}

GLOBAL long global_void_pointer(int n, void __arena *p __arg_arena)
{
	return *(char __arena *)(p + n);
}

GLOBAL struct item __arena __arena_tag *global_next(struct item __arena *item __arg_arena)
{
	return item->next;
}

GLOBAL void global_void(struct item __arena *item __arg_arena, int value)
{
	item->value = value;
}

SEC("syscall")
__success
int static_functions(void *ctx)
{
	struct item __arena *item = item_somewhere();

	USE_ARENA();
	item = static_next(item);
	return static_value(item);
}

SEC("syscall")
__success
int global_functions(void *ctx)
{
	struct item __arena *item = item_somewhere();

	USE_ARENA();
	global_void(item, 5);
	item = (struct item __arena *)global_next(item);
	return global_type_tag((void __arena *)item) + global_decl_tag(item) +
	       global_tag_outside((void __arena *)item) + global_tag_inside((void __arena *)item) +
	       global_void_pointer(3, item) + global_like_context((void *)4096);
}

/* Pointers of the kernel's address space, as they come from a dereference. */
SEC("socket")
__success
int global_functions_as0(void *ctx)
{
	struct item *item = (struct item *)item_somewhere();

	USE_ARENA();
	barrier_var(item);
	item->value = 7;
	return ((long (*)(struct item *))global_decl_tag)(item);
}

SEC("xdp")
__success
int list_in_map_value(void *ctx)
{
	struct item __arena __arena_tag *item;
	int i, n = 0;

	USE_ARENA();
	for (item = head, i = 0; item && i < 100; item = item->next, i++)
		n += item->value;
	return n ? XDP_PASS : XDP_DROP;
}

struct loop {
	struct item __arena *item;
	long sum;
};

static int loop_body(__u32 i, struct loop *loop)
{
	struct item __arena *item = loop->item;

	loop->sum += item->value;
	loop->item = (struct item __arena *)item->next;
	return 0;
}

SEC("socket")
__success
int callback(void *ctx)
{
	struct loop loop = { .item = item_somewhere() };

	USE_ARENA();
	bpf_loop(10, loop_body, &loop, 0);
	return loop.sum;
}
