// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Replacements of global functions of arena_verifier.c, and one that looks at it. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_verifier.h"

char _license[] SEC("license") = "GPL";

/* It would take any number that the caller has for an address of the kernel. */
SEC("freplace")
long memory_for_decl_tag(struct item *item)
{
	return item ? item->value : 0;
}

SEC("freplace")
long memory_for_type_tag(struct item *item)
{
	return item ? item->value : 0;
}

SEC("freplace")
long arena_for_decl_tag(struct item __arena __arena_tag *item)
{
	USE_ARENA();
	return item->value;
}

SEC("freplace")
void void_for_void(struct item __arena *item __arg_arena, int value)
{
	USE_ARENA();
	item->value = value + 1;
}

SEC("fentry")
int sk_buff_of_caller(__u64 *ctx)
{
	return ((struct sk_buff *)ctx[0])->len;
}
