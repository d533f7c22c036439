// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Faults in an arena: all forms of accesses, and all kinds of frames. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "arena_jit.h"
#include "stream_report.h"
#include "timers.h"

char _license[] SEC("license") = "GPL";

__u64 address;		/* of an absent page, as user space has it */
__u32 form;
__u32 count = 1;
__u64 value;
volatile __u64 found;	/* what was read there */

#define AT(type, offset) (*(volatile type __arena *)(p + (offset)))
#define FORM_AT(type, form) AT(type, FORM_OFFSET(form))

/* One line for each form, and no two accesses alike, which the compiler could merge. */
#define FORM(form, type, before, after)							\
	case form: HERE(AT_ACCESS); before FORM_AT(type, form) after; break
#define ATOMIC(form, type, before, op, ...)						\
	case form: HERE(AT_ACCESS); before __sync_##op(&FORM_AT(type, form), __VA_ARGS__); break

static __always_inline void access_store(char __arena *p)
{
	switch (form) {
	FORM(STORE_8, __u8,, = value);
	FORM(STORE_16, __u16,, = value);
	FORM(STORE_32, __u32,, = value);
	FORM(STORE_64, __u64,, = value);
	case STORE_FAR: HERE(AT_ACCESS); AT(__u8, FAR_OFFSET) = value; break;
	ATOMIC(ATOMIC_ADD_32, __u32,, fetch_and_add, 1);
	ATOMIC(ATOMIC_ADD_64, __u64,, fetch_and_add, 1);
	ATOMIC(ATOMIC_AND, __u64,, fetch_and_and, 1);
	ATOMIC(ATOMIC_OR, __u64,, fetch_and_or, 1);
	ATOMIC(ATOMIC_XOR, __u64,, fetch_and_xor, 1);
	ATOMIC(FETCH_ADD_32, __u32, found =, fetch_and_add, 1);
	ATOMIC(FETCH_ADD_64, __u64, found =, fetch_and_add, 1);
	ATOMIC(FETCH_AND, __u64, found =, fetch_and_and, 1);
	ATOMIC(FETCH_OR, __u64, found =, fetch_and_or, 1);
	ATOMIC(FETCH_XOR, __u64, found =, fetch_and_xor, 1);
	ATOMIC(XCHG_32, __u32, found =, lock_test_and_set, 1);
	ATOMIC(XCHG_64, __u64, found =, lock_test_and_set, 1);
	ATOMIC(CMPXCHG_32, __u32, found =, val_compare_and_swap, 0, 1);
	ATOMIC(CMPXCHG_64, __u64, found =, val_compare_and_swap, 0, 1);
	}
}

SEC("syscall")
int all_forms(void *ctx)
{
	char __arena *p = (char __arena *)address;

	USE_ARENA();
	switch (form) {
	FORM(LOAD_U8, __u8, found =,);
	FORM(LOAD_U16, __u16, found =,);
	FORM(LOAD_U32, __u32, found =,);
	FORM(LOAD_U64, __u64, found =,);
	FORM(LOAD_S8, __s8, found =,);
	FORM(LOAD_S16, __s16, found =,);
	FORM(LOAD_S32, __s32, found =,);
	case LOAD_FAR: HERE(AT_ACCESS); found = AT(__u8, FAR_OFFSET); break;
	default:
		access_store(p);
	}
	return 0;
}

static __noinline int sub(void)
{
	char __arena *p = (char __arena *)address;

	HERE(AT_SUB); found = AT(__u64, 8);
	return 0;
}

SEC("syscall")
int in_sub(void *ctx)
{
	USE_ARENA();
	HERE(AT_SUB_CALL); sub();
	return 0;
}

__weak int global(__u64 addr)
{
	char __arena *p = (char __arena *)addr;

	HERE(AT_GLOBAL); AT(__u64, 8) = 1;
	return 0;
}

SEC("syscall")
int in_global(void *ctx)
{
	USE_ARENA();
	HERE(AT_GLOBAL_CALL); global(address);
	return 0;
}

static long callback(__u32 i, void *ctx)
{
	char __arena *p = (char __arena *)address;

	HERE(AT_CALLBACK); found = AT(__u64, 8);
	return 0;
}

SEC("syscall")
int in_callback(void *ctx)
{
	USE_ARENA();
	HERE(AT_LOOP); bpf_loop(count, callback, NULL, 0);
	return 0;
}

static int timer_callback(void *map, int *key, struct bpf_timer *timer)
{
	char __arena *p = (char __arena *)address;

	HERE(AT_TIMER); AT(__u64, 8) = 1;
	return 0;
}

SEC("tc")
int in_timer(void *ctx)
{
	USE_ARENA();
	return start_timer(timer_callback);
}
