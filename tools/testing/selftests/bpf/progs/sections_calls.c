// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Calls that sleep for memory where the program may sleep: does each? Each program has one, and
 * functions of its own.
 */
#include "sections.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, long);
} storage SEC(".maps");

static __always_inline int get(void)
{
	return !bpf_task_storage_get(&storage, bpf_get_current_task_btf(), NULL,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);
}

#define GET_STATIC(name) STATIC int name(void) { return get(); }
#define GET_GLOBAL(name) GLOBAL int name(void) { return get(); }
#define PROG(name) SEC("syscall") int name(void *ctx)

PROG(sleeps)
{
	return get();
}

#define IN(kind)							\
PROG(kind##_inside)							\
{									\
	FLAGS;								\
	int ret;							\
									\
	OPEN_##kind(&flags);						\
	ret = get();							\
	CLOSE_##kind(&flags);						\
	return ret;							\
}									\
									\
PROG(kind##_behind)							\
{									\
	FLAGS;								\
									\
	OPEN_##kind(&flags);						\
	CLOSE_##kind(&flags);						\
	return get();							\
}									\
									\
GET_GLOBAL(kind##_get_global)						\
									\
PROG(kind##_global)							\
{									\
	FLAGS;								\
	int ret;							\
									\
	OPEN_##kind(&flags);						\
	ret = kind##_get_global();					\
	CLOSE_##kind(&flags);						\
	return ret;							\
}

IN(rcu)
IN(preempt)
IN(irq)

/* One call, which is in a section on one way */
PROG(on_one_way)
{
	bool some = SOME() & 1;
	int ret;

	if (some)
		bpf_preempt_disable();
	STATE();
	ret = get();
	if (some)
		bpf_preempt_enable();
	return ret;
}

/* Called by a function that is called in a section */
GET_STATIC(get_below)

GLOBAL int call_get_below(void)
{
	return get_below();
}

PROG(below_global)
{
	int ret;

	bpf_preempt_disable();
	ret = call_get_below();
	bpf_preempt_enable();
	return ret;
}

GET_GLOBAL(get_far_below)

GLOBAL int call_get_far_below(void)
{
	return get_far_below();
}

PROG(global_below_global)
{
	int ret;

	bpf_preempt_disable();
	ret = call_get_far_below();
	bpf_preempt_enable();
	return ret;
}

STATIC int get_cb(__u32 n, void *unused)
{
	return get();
}

GLOBAL int loop_get(void)
{
	return bpf_loop(SOME() & 3, get_cb, NULL, 0) < 0;
}

PROG(callback_of_global)
{
	int ret;

	bpf_preempt_disable();
	ret = loop_get();
	bpf_preempt_enable();
	return ret;
}

/* Called without a section, beside one */
GET_GLOBAL(get_outside)

PROG(global_outside)
{
	bpf_preempt_disable();
	bpf_preempt_enable();
	return get_outside();
}
