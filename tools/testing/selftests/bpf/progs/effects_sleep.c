// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Where a syscall program may call what sleeps, and where not. Stock 6.1 accepts all. */
#include "effects.h"
#include "timers.h"

char _license[] SEC("license") = "GPL";

STATIC int sys_bpf(void)
{
	union bpf_attr attr = {};

	return bpf_sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

STATIC int sys_close(void)
{
	return bpf_sys_close(-1);
}

STATIC int copy(void)
{
	char c;

	return bpf_copy_from_user(&c, 1, NULL);
}

STATIC int find_type(void)
{
	return bpf_btf_find_by_name_kind("x", 2, BTF_KIND_STRUCT, 0);
}

#define NOT_IN_CALLBACK "might sleep in a callback that must not"
#define NOT_IN_CONTEXT "global functions that may sleep are not allowed in non-sleepable context"

/* All callbacks in which @call must not be made, and all in which it may */
#define SLEEPS(name, call, msg)						\
STATIC int name##_for_timer(void *map, __u32 *key, struct timed *timed)	\
{									\
	call;								\
	return 0;							\
}									\
									\
SEC("syscall")								\
__failure __msg(msg)							\
int name##_in_timer(void *unused)					\
{									\
	return start_timer(name##_for_timer);				\
}									\
									\
STATIC int name##_for_elem(void *map, __u32 *key, void *value, void *unused) \
{									\
	call;								\
	return 0;							\
}									\
									\
SEC("syscall")								\
__failure __msg(msg)							\
int name##_in_for_each(void *unused)					\
{									\
	bpf_for_each_map_elem(&hash, name##_for_elem, NULL, 0);		\
	return 0;							\
}									\
									\
STATIC int name##_for_vma(struct task_struct *task, struct vm_area_struct *vma, void *unused) \
{									\
	call;								\
	return 0;							\
}									\
									\
SEC("syscall")								\
__failure __msg(msg)							\
int name##_in_find_vma(void *unused)					\
{									\
	bpf_find_vma(bpf_get_current_task_btf(), 0, name##_for_vma, NULL, 0); \
	return 0;							\
}									\
									\
STATIC int name##_for_loop(__u32 n, void *unused)			\
{									\
	call;								\
	return 0;							\
}									\
									\
SEC("syscall")								\
__success								\
int name##_in_loop(void *unused)					\
{									\
	bpf_loop(SOME(), name##_for_loop, NULL, 0);			\
	return 0;							\
}									\
									\
STATIC int name##_loop_for_elem(void *map, __u32 *key, void *value, void *unused) \
{									\
	bpf_loop(SOME(), name##_for_loop, NULL, 0);			\
	return 0;							\
}									\
									\
SEC("syscall")								\
__failure __msg(msg)							\
int name##_in_loop_in_for_each(void *unused)				\
{									\
	bpf_for_each_map_elem(&hash, name##_loop_for_elem, NULL, 0);	\
	return 0;							\
}									\
									\
STATIC int name##_for_sample(struct bpf_dynptr *dynptr, void *unused)	\
{									\
	call;								\
	return 0;							\
}									\
									\
SEC("syscall")								\
__success								\
int name##_in_drain(void *unused)					\
{									\
	bpf_user_ringbuf_drain(&user_ring, name##_for_sample, NULL, 0);	\
	return 0;							\
}

SLEEPS(sys_bpf, sys_bpf(), NOT_IN_CALLBACK)
SLEEPS(sys_close, sys_close(), NOT_IN_CALLBACK)
SLEEPS(copy, copy(), NOT_IN_CALLBACK)
SLEEPS(find_type, find_type(), NOT_IN_CALLBACK)

GLOBAL int copy_global(void)
{
	return copy();
}

GLOBAL int copy_global_in_global(void)
{
	return copy_global();
}

STATIC int copy_for_global(__u32 n, void *unused)
{
	return copy() & 1;
}

GLOBAL int copy_loop_global(void)
{
	return bpf_loop(SOME(), copy_for_global, NULL, 0);
}

SLEEPS(global, copy_global(), NOT_IN_CONTEXT)
SLEEPS(global_in_global, copy_global_in_global(), NOT_IN_CONTEXT)
SLEEPS(callback_of_global, copy_loop_global(), NOT_IN_CONTEXT)

/* A function of which only dead code sleeps, in a program that must not */
const volatile int may_copy;

GLOBAL int copy_if_it_may(void)
{
	return may_copy ? copy() : 0;
}

STATIC int call_copy_if_it_may(void *map, __u32 *key, void *value, void *unused)
{
	return copy_if_it_may() & 1;
}

SEC("tc")
__success
int dead_in_for_each(struct __sk_buff *skb)
{
	bpf_for_each_map_elem(&hash, call_copy_if_it_may, NULL, 0);
	return 0;
}
