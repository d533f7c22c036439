// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Arena pointers in functions: programs that must be refused, each with its message. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "arena_verifier.h"

char _license[] SEC("license") = "GPL";

#define GLOBAL __weak __attribute__((noinline))

GLOBAL long global_decl_tag(struct item __arena *item __arg_arena)
{
	return item->value;
}

/* Without a tag it is memory of this size. */
GLOBAL long global_no_tag(struct item *item)
{
	return item ? item->value : 0;
}

GLOBAL void global_void(struct item __arena *item __arg_arena)
{
	item->value = 0;
}

GLOBAL struct item *global_pointer(void)
{
	struct item *item = (struct item *)item_somewhere();

	barrier_var(item);
	return item;
}

GLOBAL struct item __arena __arena_tag *global_stack(int n)
{
	long value = n;
	void *p = &value;

	asm volatile("" : "+r"(p) : : "memory");
	return (struct item __arena __arena_tag *)(unsigned long)p;
}

/* As clang does it where it makes a memset() of stores */
SEC("syscall")
__failure __msg("compile stores of zeroes with -fno-builtin-memset")
int not_converted(void *ctx)
{
	struct item __arena *item = bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);

	asm volatile("*(u64 *)(%0 + 0) = %1" : : "r"((unsigned long)item), "r"(0L) : "memory");
	return 0;
}

SEC("syscall")
__failure __msg("R1 is not a pointer to arena or scalar.")
int stack_for_arena(void *ctx)
{
	struct item item = {};

	USE_ARENA();
	return ((long (*)(struct item *))global_decl_tag)(&item);
}

SEC("syscall")
__failure __msg("R1 is not a pointer to arena or scalar.")
int context_for_arena(void *ctx)
{
	USE_ARENA();
	return ((long (*)(void *))global_decl_tag)(ctx);
}

SEC("syscall")
__failure __msg("variable arena access")
int arena_for_memory(void *ctx)
{
	struct item *item = (struct item *)item_somewhere();

	USE_ARENA();
	barrier_var(item);
	item->value = 7;
	return global_no_tag(item);
}

SEC("syscall")
__failure __msg("R0 !read_ok")
int result_of_void(void *ctx)
{
	USE_ARENA();
	return ((long (*)(struct item __arena *))global_void)(item_somewhere());
}

SEC("syscall")
__failure __msg("Global function global_pointer() doesn't return scalar")
int returns_pointer(void *ctx)
{
	USE_ARENA();
	return !global_pointer();
}

SEC("syscall")
__failure __msg("At subprogram exit the register R0 is not a scalar value (fp)")
int returns_stack(void *ctx)
{
	USE_ARENA();
	return !global_stack(1);
}

static int loop_body(__u32 i, struct item *item)
{
	return 0;
}

SEC("syscall")
__failure __msg("R3 type=arena expected=fp")
int callback_context(void *ctx)
{
	struct item *item = (struct item *)item_somewhere();

	USE_ARENA();
	barrier_var(item);
	bpf_loop(10, loop_body, item, 0);
	return 0;
}

static int returns_arena(__u32 i, void *ctx)
{
	struct item *item = (struct item *)item_somewhere();

	barrier_var(item);
	return (long)item;
}

SEC("syscall")
__failure __msg("R0 not a scalar value")
int callback_result(void *ctx)
{
	USE_ARENA();
	bpf_loop(10, returns_arena, NULL, 0);
	return 0;
}
