// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What programs and callbacks return decides whether they load. Of each two the first
 * returns a value on the second path that it must not, and the other one is good.
 */
#include "precise.h"
#include "timers.h"

#define RETURNS(first, second) INSNS(R6_IS(first, second) "r0 = r6; exit;")

#define BAD_VALUE(value, range)							\
	__failure __msg("At program exit the register R0 has value (0x" value	\
			"; 0x0) should have been in " range)

#define PAIR(name, section, first, good, bad, range)				\
	SEC(section) BAD_VALUE(#bad, range)					\
	__naked int name##_bad(void)						\
	{									\
		RETURNS(#first, #bad);						\
	}									\
	SEC(section) __success							\
	__naked int name(void)							\
	{									\
		RETURNS(#first, #good);						\
	}

PAIR(sock_create, "cgroup/sock_create", 0, 1, 5, "(0x0; 0x1)")
PAIR(bind4, "cgroup/bind4", 0, 3, 4, "(0x0; 0x3)")
PAIR(connect6, "cgroup/connect6", 0, 1, 2, "(0x0; 0x1)")
PAIR(recvmsg4, "cgroup/recvmsg4", 1, 1, 0, "(0x1; 0x0)")
PAIR(getpeername6, "cgroup/getpeername6", 1, 1, 2, "(0x1; 0x0)")
PAIR(skb_ingress, "cgroup_skb/ingress", 0, 1, 2, "(0x0; 0x1)")
PAIR(skb_egress, "cgroup_skb/egress", 0, 3, 4, "(0x0; 0x3)")
PAIR(dev, "cgroup/dev", 1, 0, 3, "(0x0; 0x1)")
PAIR(sysctls, "cgroup/sysctl", 1, 0, 3, "(0x0; 0x1)")
PAIR(getsockopt, "cgroup/getsockopt", 1, 0, 3, "(0x0; 0x1)")
PAIR(sock_ops, "sockops", 1, 0, 3, "(0x0; 0x1)")
PAIR(fentry, "fentry/bpf_fentry_test1", 0, 0, 1, "(0x0; 0x0)")
PAIR(fexit, "fexit/bpf_fentry_test1", 0, 0, 1, "(0x0; 0x0)")
PAIR(iter_task, "iter/task", 0, 1, 2, "(0x0; 0x1)")
PAIR(lookup, "sk_lookup", 0, 1, 2, "(0x0; 0x1)")
PAIR(lsm_value, "lsm_cgroup/socket_bind", 0, 1, 2, "(0x0; 0x1)")
PAIR(lsm_void, "lsm_cgroup/sk_clone_security", 1, 1, 0, "(0x1; 0x0)")

/* What these return is for others to judge. */
SEC("fmod_ret/bpf_modify_return_test")
__success
__naked int modify_return(void)
{
	RETURNS("0", "5");
}

SEC("tc")
__success
__naked int classifier(void)
{
	RETURNS("0", "5");
}

/* The value comes by the stack, */
SEC("cgroup/sock_create")
BAD_VALUE("5", "(0x0; 0x1)")
__naked int spilled_bad(void)
{
	INSNS(R6_IS("1", "5")
	      "*(u64 *)(r10 - 8) = r6;"
	      "r6 = 0;"
	      STATE
	      "r0 = *(u64 *)(r10 - 8);"
	      "exit;");
}

/* from a function, */
STATIC __naked int one_or_five(void)
{
	INSNS(R6_IS("1", "5") "r0 = r6; exit;");
}

STATIC __naked int one_or_zero(void)
{
	INSNS(R6_IS("1", "0") "r0 = r6; exit;");
}

SEC("cgroup/sock_create")
BAD_VALUE("5", "(0x0; 0x1)")
__naked int function_bad(void)
{
	INSNS("call one_or_five;" STATE "exit;");
}

SEC("cgroup/sock_create")
__success
__naked int function_good(void)
{
	INSNS("call one_or_zero;" STATE "exit;");
}

/* from an argument that a callback gets back, */
STATIC __naked int add_to_context(void)
{
	INSNS("r7 = r2;"
	      R6_IS("0", "4")
	      "r1 = *(u64 *)(r7 + 0);"
	      "r1 |= r6;"
	      "*(u64 *)(r7 + 0) = r1;"
	      "r0 = 0;"
	      "exit;");
}

SEC("cgroup/sock_create")
__failure __msg("should have been in (0x0; 0x1)")
__naked int callback_context_bad(void)
{
	INSNS("*(u64 *)(r10 - 8) = 1;"
	      "r1 = 1;"
	      "r2 = %[add_to_context] ll;"
	      "r3 = r10;"
	      "r3 += -8;"
	      "r4 = 0;"
	      "call %[bpf_loop];"
	      "r0 = *(u64 *)(r10 - 8);"
	      "exit;", HELPER(bpf_loop), [add_to_context]"i"(add_to_context));
}

/* or from what it is equal to. */
SEC("cgroup/sock_create")
__failure __msg("should have been in (0x0; 0x1)")
__naked int linked_bad(void)
{
	INSNS(R6_IS_R7
	      "if r7 > 1 goto 1f;"
	      "r0 = r6;"
	      "exit;"
	      "1: r0 = 0;"
	      "exit;");
}

SEC("cgroup/sock_create")
__success
__naked int linked(void)
{
	INSNS(R6_IS_R7
	      "if r7 > 1 goto 1f;"
	      "if r6 > 1 goto 1f;"
	      "r0 = r6;"
	      "exit;"
	      "1: r0 = 0;"
	      "exit;");
}

/* The callback of a timer */
STATIC __naked int timer_returns_one(void)
{
	RETURNS("0", "1");
}

STATIC __naked int timer_returns_zero(void)
{
	RETURNS("0", "0");
}

SEC("tc")
__failure __msg("At async callback the register R0 has value (0x1; 0x0)")
int timer_bad(void *ctx)
{
	return start_timer(timer_returns_one);
}

SEC("tc")
__success
int timer(void *ctx)
{
	return start_timer(timer_returns_zero);
}
