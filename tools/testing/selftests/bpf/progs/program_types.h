/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* PROGRAM(section, name), which is the caller's, for a program of each type: those that may call
 * what every type may.
 */
PROGRAM("socket", in_socket)
PROGRAM("kprobe", in_kprobe)
PROGRAM("tc", in_tc)
PROGRAM("action", in_action)
PROGRAM("tracepoint", in_tracepoint)
PROGRAM("xdp", in_xdp)
PROGRAM("perf_event", in_perf_event)
PROGRAM("cgroup_skb/egress", in_cgroup_skb)
PROGRAM("cgroup/sock", in_cgroup_sock)
PROGRAM("lwt_in", in_lwt_in)
PROGRAM("sockops", in_sockops)
PROGRAM("sk_skb/stream_verdict", in_sk_skb)
PROGRAM("cgroup/dev", in_cgroup_dev)
PROGRAM("sk_msg", in_sk_msg)
PROGRAM("raw_tp", in_raw_tp)
PROGRAM("cgroup/bind4", in_cgroup_bind4)
PROGRAM("flow_dissector", in_flow_dissector)
PROGRAM("cgroup/sysctl", in_cgroup_sysctl)
PROGRAM("cgroup/getsockopt", in_cgroup_getsockopt)
PROGRAM("fentry/bpf_fentry_test1", in_fentry)
PROGRAM("sk_lookup", in_sk_lookup)
PROGRAM("sk_reuseport", in_sk_reuseport)
PROGRAM("syscall", in_syscall)
