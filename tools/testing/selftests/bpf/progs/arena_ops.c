// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Runs operations that user space lists, in every way a program can call them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_test.h"
#include "locks.h"

char _license[] SEC("license") = "GPL";

#define BPF_F_MMAPABLE (1U << 10)

DEFINE_ARENA();

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} no_arena SEC(".maps");

struct arena_op ops[ARENA_MAX_OPS];
__u32 nr_ops;

/* The offset has to be in the insn, which the compiler is free to do otherwise. */
#define EDGE_LOAD(op, off)						\
	asm volatile("%0 = *(u8 *)(%1 " off ")"				\
		     : "=r"((op)->seen) : "r"((void *)arena_ptr((op)->addr)))
#define EDGE_STORE(op, off)						\
	asm volatile("*(u8 *)(%0 " off ") = %1"				\
		     : : "r"((void *)arena_ptr((op)->addr)), "r"((op)->flags) : "memory")

static __always_inline void run_access(struct arena_op *op)
{
	switch (op->kind) {
	case OP_LOAD:
		op->seen = arena_word(op->addr);
		break;
	case OP_STORE:
		arena_word(op->addr) = op->flags;
		break;
	case OP_LOAD_LOW:
		EDGE_LOAD(op, "- 32768");
		break;
	case OP_STORE_LOW:
		EDGE_STORE(op, "- 32768");
		break;
	case OP_LOAD_HIGH:
		EDGE_LOAD(op, "+ 32767");
		break;
	case OP_STORE_HIGH:
		EDGE_STORE(op, "+ 32767");
		break;
	}
}

static __always_inline void run_stamped(struct arena_op *op)
{
	__u64 last;

	if (op->kind == OP_FREE_LOAD) {
		bpf_arena_free_pages(&arena, arena_ptr(op->addr), op->cnt);
		op->seen = arena_word(op->addr);
		return;
	}
	op->result = (__u64)bpf_arena_alloc_pages(&arena, arena_ptr(op->addr), op->cnt, op->node,
						  op->flags);
	if (!op->result)
		return;
	last = op->result + (op->cnt - 1) * ARENA_PAGE;
	op->seen = arena_word(op->result) | arena_word(last);
	arena_word(op->result) = ARENA_STAMP;
	arena_word(last) = ARENA_STAMP;
}

__noinline_global int run_op(__u32 i)
{
	struct arena_op *op;

	if (i >= ARENA_MAX_OPS)
		return 0;
	op = &ops[i];
	switch (op->kind) {
	case OP_ALLOC:
		op->result = (__u64)bpf_arena_alloc_pages(&arena, arena_ptr(op->addr), op->cnt,
							  op->node, op->flags);
		break;
	case OP_FREE:
		bpf_arena_free_pages(&arena, arena_ptr(op->addr), op->cnt);
		break;
	case OP_RESERVE:
		op->err = bpf_arena_reserve_pages(&arena, arena_ptr(op->addr), op->cnt);
		break;
	case OP_ALLOC_STAMP:
	case OP_FREE_LOAD:
		run_stamped(op);
		break;
	default:
		run_access(op);
	}
	return 0;
}

/* May sleep: what is freed is gone on return. */
SEC("syscall")
int run_ops(void *ctx)
{
	__u32 i;

	for (i = 0; i < ARENA_MAX_OPS && i < nr_ops; i++)
		run_op(i);
	return 0;
}

static long run_one(__u32 i, void *ctx)
{
	run_op(i);
	return 0;
}

/* Must not sleep: a function that is verified alone may be called by any callback. */
SEC("syscall")
int run_ops_in_callback(void *ctx)
{
	bpf_loop(nr_ops, run_one, NULL, 0);
	return 0;
}

/* Frees a page and takes its place again, which has to be free by then. */
static long free_and_take(__u32 i, void *ctx)
{
	struct arena_op *op;

	if (i >= ARENA_MAX_OPS)
		return 1;
	op = &ops[i];
	bpf_arena_free_pages(&arena, arena_ptr(op->addr), 1);
	op->seen = arena_word(op->addr);
	op->result = (__u64)bpf_arena_alloc_pages(&arena, arena_ptr(op->addr), 1, -1, 0);
	return 0;
}

/* May sleep in a callback, since bpf_loop() holds no lock. */
SEC("syscall")
int free_in_loop(void *ctx)
{
	bpf_loop(nr_ops, free_and_take, NULL, 0);
	return 0;
}

/* Must not sleep, as it is this type of program. */
SEC("socket")
int run_ops_in_socket(void *ctx)
{
	bpf_loop(nr_ops, run_one, NULL, 0);
	return 0;
}

/* The first three: an allocation, a reservation and a free of what was allocated. */
SEC("syscall")
int run_ops_locked(void *ctx)
{
	__u64 at = ops[1].addr, addr;
	struct locked *locked = lookup_locked();
	int err;

	if (!locked)
		return 1;
	bpf_spin_lock(&locked->lock);
	addr = (__u64)bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
	err = bpf_arena_reserve_pages(&arena, arena_ptr(at), 1);
	bpf_arena_free_pages(&arena, arena_ptr(addr), 1);
	bpf_spin_unlock(&locked->lock);
	ops[0].result = addr;
	ops[1].err = err;
	return 0;
}

SEC("syscall")
int run_no_arena(void *ctx)
{
	ops[0].result = (__u64)bpf_arena_alloc_pages(&no_arena, NULL, 1, -1, 0);
	ops[1].err = bpf_arena_reserve_pages(&no_arena, arena_ptr(ops[1].addr), 1);
	bpf_arena_free_pages(&no_arena, arena_ptr(ops[1].addr), 1);
	return 0;
}
