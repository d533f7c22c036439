// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Loops that only the kernel ends, in one program of each kind. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "bpf_may_goto.h"
#include "may_goto.h"
#define NR_TIMERS 2	/* elements that a callback is called for */
#include "locks.h"
#include "timers.h"

char _license[] SEC("license") = "GPL";

#define STATIC static __attribute__((noinline))
#define GLOBAL __weak __attribute__((noinline))

int armed;	/* the next run loops, and clears it */
long count;	/* iterations */
int line;	/* of the loop */
int pid;

static bool is_target(void)
{
	return bpf_get_current_pid_tgid() >> 32 == pid;
}

/* A report has the text and the number of the line with may_goto. */
static __always_inline void loop_once(void)
{
	long i;

	if (!__sync_lock_test_and_set(&armed, 0))
		return;
	for (i = 0; can_loop; i++)
		line = __LINE__ - 1;
	__sync_fetch_and_add(&count, i);
}

#define DEFINE_PROG(section, name, type, ret)			\
SEC(section)							\
int on_##name(type *ctx)					\
{								\
	loop_once();						\
	return ret;						\
}

/* Programs that see other tasks too loop for one process only. */
#define DEFINE_TASK_PROG(section, name, type, ret)		\
SEC(section)							\
int on_##name(type *ctx)					\
{								\
	if (is_target())					\
		loop_once();					\
	return ret;						\
}

DEFINE_PROG("xdp", xdp, struct xdp_md, XDP_PASS)
DEFINE_PROG("tc", tc, struct __sk_buff, 0)
DEFINE_PROG("socket", socket, struct __sk_buff, 0)
DEFINE_PROG("syscall", syscall, void, 0)
DEFINE_PROG("perf_event", perf_event, void, 0)
DEFINE_PROG("cgroup_skb/egress", cgroup_skb, struct __sk_buff, 1)
DEFINE_PROG("cgroup/sock_create", cgroup_sock, struct bpf_sock, 1)
DEFINE_TASK_PROG("raw_tp/sys_enter", raw_tp, void, 0)
DEFINE_TASK_PROG("tp_btf/sys_enter", tp_btf, void, 0)
DEFINE_TASK_PROG("tp/syscalls/sys_enter_getpgid", tracepoint, void, 0)
DEFINE_TASK_PROG("kprobe/" SYS_PREFIX "sys_getpgid", kprobe, struct pt_regs, 0)
DEFINE_TASK_PROG("kretprobe/" SYS_PREFIX "sys_getpgid", kretprobe, struct pt_regs, 0)
DEFINE_TASK_PROG("kprobe.multi/" SYS_PREFIX "sys_getpgid", kprobe_multi, struct pt_regs, 0)
DEFINE_TASK_PROG("fentry/" SYS_PREFIX "sys_getpgid", fentry, void, 0)
DEFINE_TASK_PROG("fexit/" SYS_PREFIX "sys_getpgid", fexit, void, 0)
DEFINE_TASK_PROG("fentry.s/" SYS_PREFIX "sys_getpgid", fentry_sleepable, void, 0)
DEFINE_TASK_PROG("lsm/file_open", lsm, void, 0)
DEFINE_TASK_PROG("lsm.s/file_open", lsm_sleepable, void, 0)

SEC("iter/task")
int on_iter(struct bpf_iter__task *ctx)
{
	if (!ctx->task)		/* the call after the last task */
		loop_once();
	return 0;
}

static int timer_cb(void *map, __u32 *key, struct timed *timed)
{
	loop_once();
	return 0;
}

SEC("tc")
int on_timer(struct __sk_buff *ctx)
{
	return start_timer(timer_cb);
}

/* Under a lock, interrupts are off. */
SEC("tc")
int on_spin_lock(struct __sk_buff *ctx)
{
	struct locked *value = lookup_locked();

	if (!value)
		return 1;
	bpf_spin_lock(&value->lock);
	loop_once();
	bpf_spin_unlock(&value->lock);
	return 0;
}

/* Each call of a function has a time of its own, and keeps what it has on its stack. */

#define FILL(buf, seed)							\
	for (unsigned int __at = 0; __at < sizeof(buf); __at++)		\
		((volatile char *)(buf))[__at] = (seed) + __at

#define CHECK(buf, seed)						\
	for (unsigned int __at = 0; __at < sizeof(buf); __at++)		\
		if (((volatile char *)(buf))[__at] != (char)((seed) + __at))	\
			damaged++

int damaged;

GLOBAL int innermost(int seed)
{
	char buf[88];
	int i;

	FILL(buf, seed);
	for (i = 0; can_loop; i++)
		;
	__sync_fetch_and_add(&count, i);
	CHECK(buf, seed);
	return seed;
}

STATIC int inner(int seed)
{
	char buf[89];
	int i;

	FILL(buf, seed);
	for (i = 0; can_loop; i++)
		;
	__sync_fetch_and_add(&count, i);
	seed = innermost(seed + 1);
	CHECK(buf, seed - 1);
	return seed;
}

/* What has ended once remains so: the second loop has no iteration. */
SEC("syscall")
int nested(void *ctx)
{
	char buf[87];
	int i, seed = 7;

	barrier_var(seed);
	FILL(buf, seed);
	for (i = 0; can_loop; i++)
		;
	__sync_fetch_and_add(&count, i);
	seed = inner(seed);
	for (i = 0; can_loop; i++)
		;
	__sync_fetch_and_add(&count, i);
	CHECK(buf, seed - 1);
	return seed;
}

static long loop_in_callback(__u32 i, void *ctx)
{
	loop_once();
	armed = 1;
	return 0;
}

static long loop_in_element(struct bpf_map *map, __u32 *key, struct timed *timed,
			    void *ctx)
{
	return loop_in_callback(0, NULL);
}

SEC("syscall")
int callbacks(void *ctx)
{
	bpf_loop(2, loop_in_callback, NULL, 0);
	bpf_for_each_map_elem(&timers, loop_in_element, NULL, 0);
	return 0;
}

/* Loops in a loop */
SEC("syscall")
int loop_in_loop(void *ctx)
{
	int i, j, k = 0;

	for (i = 0; can_loop; i++)
		for (j = 0; j < 100 && can_loop; j++)
			k++;
	count = i + k;
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} table SEC(".maps");

/* not const: the verifier would follow the loops to their end */
unsigned int clock_loops = CLOCK_LOOPS;

/* The clock is looked at once, which is when the time begins. */
#define LOOP_ONCE_ROUND_THE_CLOCK(i)					\
	do {								\
		for (i = 0; i < clock_loops && can_loop; i++)		\
			barrier_var(i);					\
		count += i;						\
	} while (0)

SEC("tc")
int tail(struct __sk_buff *ctx)
{
	loop_once();
	return 7;
}

SEC("tc")
int tail_caller(struct __sk_buff *ctx)
{
	loop_once();
	armed = 1;
	bpf_tail_call(ctx, &table, 0);
	return 8;
}

/* Calls itself until it has done so too often. */
SEC("tc")
int tail_again(struct __sk_buff *ctx)
{
	unsigned int i;

	LOOP_ONCE_ROUND_THE_CLOCK(i);
	bpf_tail_call(ctx, &table, 0);
	return 8;
}

STATIC int jump(struct __sk_buff *ctx)
{
	unsigned int i;
	int ret = 8;

	LOOP_ONCE_ROUND_THE_CLOCK(i);
	bpf_tail_call(ctx, &table, 0);
	barrier_var(ret);
	return ret;
}

SEC("tc")
int tail_from_function(struct __sk_buff *ctx)
{
	unsigned int i;

	LOOP_ONCE_ROUND_THE_CLOCK(i);
	return jump(ctx);
}

/* All registers but the frame pointer, before and after a loop */
__u64 regs[10];

#define LOOP_WITH_REGS							\
	"*(u64 *)(r10 - 8) = r1;"					\
	"r0 = %[regs] ll;"						\
	"r9 = *(u64 *)(r0 + 72);"					\
	"r8 = *(u64 *)(r0 + 64);"					\
	"r7 = *(u64 *)(r0 + 56);"					\
	"r6 = *(u64 *)(r0 + 48);"					\
	"r5 = *(u64 *)(r0 + 40);"					\
	"r4 = *(u64 *)(r0 + 32);"					\
	"r3 = *(u64 *)(r0 + 24);"					\
	"r2 = *(u64 *)(r0 + 16);"					\
	"r1 = *(u64 *)(r0 + 8);"					\
	"r0 = *(u64 *)(r0 + 0);"					\
	"1: may_goto 2f;"						\
	"goto 1b;"							\
	"2: *(u64 *)(r10 - 16) = r0;"					\
	"r0 = %[regs] ll;"						\
	"*(u64 *)(r0 + 8) = r1;"					\
	"r1 = *(u64 *)(r10 - 16);"					\
	"*(u64 *)(r0 + 0) = r1;"					\
	"*(u64 *)(r0 + 16) = r2;"					\
	"*(u64 *)(r0 + 24) = r3;"					\
	"*(u64 *)(r0 + 32) = r4;"					\
	"*(u64 *)(r0 + 40) = r5;"					\
	"*(u64 *)(r0 + 48) = r6;"					\
	"*(u64 *)(r0 + 56) = r7;"					\
	"*(u64 *)(r0 + 64) = r8;"					\
	"*(u64 *)(r0 + 72) = r9;"

SEC("tc")
__attribute__((naked)) int registers(void)
{
	asm volatile (LOOP_WITH_REGS
		"r0 = 7;"
		"exit;"
		: : [regs] "i"(&regs) : "memory");
}

/* A call of C in a program with a tail call is preceded by an insn that needs R0. */
SEC("tc")
__attribute__((naked)) int registers_and_tail(void)
{
	asm volatile (LOOP_WITH_REGS
		"r1 = *(u64 *)(r10 - 8);"
		"r2 = %[table] ll;"
		"r3 = 0;"
		"call 12;"	/* bpf_tail_call */
		"r0 = 7;"
		"exit;"
		: : [regs] "i"(&regs), [table] "i"(&table) : "memory");
}
