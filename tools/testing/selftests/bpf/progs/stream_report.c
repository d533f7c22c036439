// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Dumps of the stack from every kind of frame. The test knows the text of the lines. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "locks.h"
#include "stream_report.h"
#include "timers.h"

char _license[] SEC("license") = "GPL";

int id = BPF_STDERR;
int count = 1;
volatile int ret;
volatile int timer_ret;

SEC("syscall")
int in_main(void *ctx)
{
	HERE(AT_MAIN); ret = bpf_stream_print_stack(id);
	return 0;
}

static __noinline int sub(void)
{
	HERE(AT_SUB); ret = bpf_stream_print_stack(id);
	return ret;
}

SEC("syscall")
int in_sub(void *ctx)
{
	HERE(AT_SUB_CALL); ret = sub();
	return 0;
}

__weak int global(int stream)
{
	HERE(AT_GLOBAL); ret = bpf_stream_print_stack(stream);
	return ret;
}

SEC("syscall")
int in_global(void *ctx)
{
	HERE(AT_GLOBAL_CALL); ret = global(BPF_STDOUT);
	return 0;
}

static long callback(__u32 i, void *ctx)
{
	HERE(AT_CALLBACK); ret = bpf_stream_print_stack(id);
	return ret != 0;
}

SEC("syscall")
int in_callback(void *ctx)
{
	HERE(AT_LOOP); bpf_loop(count, callback, NULL, 0);
	return 0;
}

SEC("syscall")
int under_lock(void *ctx)
{
	struct locked *v = lookup_locked();

	if (!v)
		return 1;
	bpf_spin_lock(&v->lock);
	HERE(AT_LOCKED); ret = bpf_stream_print_stack(id);
	bpf_spin_unlock(&v->lock);
	return 0;
}

static int timer_callback(void *map, int *key, struct bpf_timer *timer)
{
	HERE(AT_TIMER); timer_ret = bpf_stream_print_stack(id);
	return 0;
}

SEC("tc")
int in_timer(void *ctx)
{
	return start_timer(timer_callback);
}

static __noinline int deep_8(void)
{
	HERE(AT_DEEP_8); ret = bpf_stream_print_stack(id);
	return ret;
}

static __noinline int deep_7(void)
{
	HERE(AT_DEEP_7); ret = deep_8();
	return ret;
}

static __noinline int deep_6(void)
{
	HERE(AT_DEEP_6); ret = deep_7();
	return ret;
}

static __noinline int deep_5(void)
{
	HERE(AT_DEEP_5); ret = deep_6();
	return ret;
}

static __noinline int deep_4(void)
{
	HERE(AT_DEEP_4); ret = deep_5();
	return ret;
}

static __noinline int deep_3(void)
{
	HERE(AT_DEEP_3); ret = deep_4();
	return ret;
}

static __noinline int deep_2(void)
{
	HERE(AT_DEEP_2); ret = deep_3();
	return ret;
}

SEC("syscall")
int deep_1(void *ctx)
{
	HERE(AT_DEEP_1); ret = deep_2();
	return 0;
}

/* A line longer than a dump shows, and names of which seven do not fit into one */
#define LONG_NAME(n)									     \
	a_name_that_says_everything_that_can_be_said_about_what_this_function_does_at_length_##n
#define DEFINE_LONG_CALLER(n, callee)		\
static __noinline int LONG_NAME(n)(void)	\
{						\
	ret = LONG_NAME(callee)();		\
	return ret;				\
}

static __noinline int LONG_NAME(7)(void)
{
	ret = bpf_stream_print_stack(id); /* a comment behind the code, up to 140 columns for once, which is more than a dump shows of a line */
	return ret;
}

DEFINE_LONG_CALLER(6, 7)
DEFINE_LONG_CALLER(5, 6)
DEFINE_LONG_CALLER(4, 5)
DEFINE_LONG_CALLER(3, 4)
DEFINE_LONG_CALLER(2, 3)

SEC("syscall")
int too_long(void *ctx)
{
	ret = LONG_NAME(2)();
	return 0;
}
