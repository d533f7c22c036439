// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * One program of each type and of each way to attach it. All of them print
 * their name to both streams.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpf_misc.h"
#include "locks.h"
#include "timers.h"

char _license[] SEC("license") = "GPL";

#define TC_ACT_OK	0

#define SAY(name) do {						\
	bpf_stream_printk(BPF_STDOUT, name " on stdout\n");	\
	bpf_stream_printk(BPF_STDERR, name " on stderr\n");	\
} while (0)

#define DEFINE_PROG(section, name, type, ret)			\
SEC(section)							\
int on_##name(type *ctx)					\
{								\
	SAY(#name);						\
	return ret;						\
}

/* Programs that see other tasks too print for one process only. */
#define DEFINE_TASK_PROG(section, name, type, ret)		\
SEC(section)							\
int on_##name(type *ctx)					\
{								\
	if (is_target())					\
		SAY(#name);					\
	return ret;						\
}

int pid;
int perf_hits;
int timer_hits;

static bool is_target(void)
{
	return bpf_get_current_pid_tgid() >> 32 == pid;
}

DEFINE_PROG("xdp", xdp, struct xdp_md, XDP_PASS)
DEFINE_PROG("tc", sched_cls, struct __sk_buff, TC_ACT_OK)
DEFINE_PROG("action", sched_act, struct __sk_buff, TC_ACT_OK)
DEFINE_PROG("socket", socket_filter, struct __sk_buff, 0)
DEFINE_PROG("lwt_in", lwt_in, struct __sk_buff, BPF_OK)
DEFINE_PROG("lwt_out", lwt_out, struct __sk_buff, BPF_OK)
DEFINE_PROG("lwt_xmit", lwt_xmit, struct __sk_buff, BPF_OK)
DEFINE_PROG("flow_dissector", flow_dissector, struct __sk_buff, BPF_OK)
DEFINE_PROG("sk_lookup", sk_lookup, struct bpf_sk_lookup, SK_PASS)
DEFINE_PROG("sk_reuseport", sk_reuseport, struct sk_reuseport_md, SK_PASS)
DEFINE_PROG("sk_msg", sk_msg, struct sk_msg_md, SK_PASS)
DEFINE_PROG("sk_skb/stream_verdict", sk_skb, struct __sk_buff, SK_PASS)
DEFINE_PROG("sockops", sock_ops, struct bpf_sock_ops, 1)

DEFINE_PROG("cgroup_skb/egress", cgroup_skb, struct __sk_buff, 1)
DEFINE_PROG("cgroup/sock_create", cgroup_sock, struct bpf_sock, 1)
DEFINE_PROG("cgroup/connect4", cgroup_sock_addr, struct bpf_sock_addr, 1)
DEFINE_PROG("cgroup/dev", cgroup_device, struct bpf_cgroup_dev_ctx, 1)
DEFINE_PROG("cgroup/sysctl", cgroup_sysctl, struct bpf_sysctl, 1)
DEFINE_PROG("cgroup/getsockopt", cgroup_getsockopt, struct bpf_sockopt, 1)
DEFINE_PROG("cgroup/setsockopt", cgroup_setsockopt, struct bpf_sockopt, 1)
DEFINE_PROG("lsm_cgroup/socket_bind", lsm_cgroup, __u64, 1)

DEFINE_TASK_PROG("kprobe/" SYS_PREFIX "sys_getpgid", kprobe, struct pt_regs, 0)
DEFINE_TASK_PROG("kretprobe/" SYS_PREFIX "sys_getpgid", kretprobe, struct pt_regs, 0)
DEFINE_TASK_PROG("kprobe.multi/" SYS_PREFIX "sys_getpgid", kprobe_multi, struct pt_regs, 0)
DEFINE_TASK_PROG("uprobe", uprobe, struct pt_regs, 0)
DEFINE_TASK_PROG("tp/syscalls/sys_enter_getpgid", tracepoint, void, 0)
DEFINE_TASK_PROG("raw_tp/sys_enter", raw_tp, void, 0)
DEFINE_TASK_PROG("tp_btf/sys_enter", tp_btf, void, 0)
DEFINE_TASK_PROG("raw_tp.w/bpf_test_finish", raw_tp_writable, void, 0)
DEFINE_TASK_PROG("fentry/bpf_fentry_test1", fentry, void, 0)
DEFINE_TASK_PROG("fexit/bpf_fentry_test1", fexit, void, 0)
DEFINE_TASK_PROG("fmod_ret/bpf_modify_return_test", fmod_ret, void, 0)
DEFINE_TASK_PROG("fentry.s/" SYS_PREFIX "sys_getpgid", fentry_sleepable, void, 0)
DEFINE_TASK_PROG("lsm/file_open", lsm, void, 0)
DEFINE_TASK_PROG("lsm.s/file_open", lsm_sleepable, void, 0)
DEFINE_TASK_PROG("syscall", syscall, void, 0)

SEC("perf_event")
int on_perf_event(void *ctx)
{
	SAY("perf_event");
	__sync_fetch_and_add(&perf_hits, 1);
	return 0;
}

SEC("iter/task")
int on_iter(struct bpf_iter__task *ctx)
{
	if (!ctx->task)		/* the call after the last task */
		SAY("iter");
	return 0;
}

/* Everything below prints on the streams of the program it is called from. */

static __noinline int say_from_static(struct __sk_buff *skb)
{
	SAY("static");
	return skb->len;
}

__noinline int say_from_global(struct __sk_buff *skb)
{
	SAY("global");
	return skb->len;
}

static long say_from_loop(__u32 i, void *ctx)
{
	bpf_stream_printk(BPF_STDOUT, "loop %u on stdout\n", i);
	bpf_stream_printk(BPF_STDERR, "loop %u on stderr\n", i);
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} elements SEC(".maps");

static long say_from_element(struct bpf_map *map, __u32 *key, __u32 *value, void *ctx)
{
	bpf_stream_printk(BPF_STDOUT, "element %u on stdout\n", *key);
	bpf_stream_printk(BPF_STDERR, "element %u on stderr\n", *key);
	return 0;
}

SEC("tc")
int subprograms(struct __sk_buff *skb)
{
	SAY("main");
	if (!say_from_static(skb) || !say_from_global(skb))
		return -1;
	bpf_loop(2, say_from_loop, NULL, 0);
	bpf_for_each_map_elem(&elements, say_from_element, NULL, 0);
	return TC_ACT_OK;
}

static int say_from_timer(void *map, __u32 *key, struct timed *value)
{
	SAY("timer");
	timer_hits++;
	return 0;
}

SEC("tc")
int timer(struct __sk_buff *skb)
{
	return start_timer(say_from_timer);
}

SEC("tc")
int spin_lock(struct __sk_buff *skb)
{
	struct locked *value = lookup_locked();

	if (!value)
		return -1;
	bpf_spin_lock(&value->lock);
	value->count++;
	SAY("spin_lock");
	bpf_spin_unlock(&value->lock);
	return TC_ACT_OK;
}

/* A program that is called as a tail has streams of its own. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} tails SEC(".maps");

SEC("tc")
int tail(struct __sk_buff *skb)
{
	SAY("tail");
	return TC_ACT_OK;
}

SEC("tc")
int tail_caller(struct __sk_buff *skb)
{
	SAY("tail_caller");
	bpf_tail_call(skb, &tails, 0);
	return -1;
}

/* What stream_freplace.c replaces a function of. */
__noinline int replaceable(struct __sk_buff *skb)
{
	SAY("replaceable");
	return skb->len;
}

SEC("tc")
int freplace_target(struct __sk_buff *skb)
{
	SAY("freplace_target");
	return replaceable(skb) ? TC_ACT_OK : -1;
}
