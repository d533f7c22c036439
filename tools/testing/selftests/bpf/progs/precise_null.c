// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* An argument that may be NULL, or memory, and is NULL on the first path must not be any
 * number on the second one. The good twin of a program passes NULL on both.
 */
#include "precise.h"

#define ANY "r0"

struct key_value {
	__u64 words[2];
};

struct holder {
	struct prog_test_ref_kfunc __attribute__((btf_type_tag("kptr"))) *plain;
	struct prog_test_ref_kfunc __attribute__((btf_type_tag("kptr_ref"))) *owned;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct holder);
} holders SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct key_value);
} task_storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, struct bpf_cgroup_storage_key);
	__type(value, __u64);
} cgroup_storage SEC(".maps");

extern void bpf_kfunc_call_test_mem_len_pass1(void *mem, int mem__sz) __ksym;
extern void bpf_kfunc_call_test_pass1(struct prog_test_pass1 *p) __ksym;
extern void bpf_kfunc_call_test_release(struct prog_test_ref_kfunc *p) __ksym;

/* Calls that the compiler sees, so that there are types of what is called below */
void call_kfuncs(void)
{
	bpf_kfunc_call_test_mem_len_pass1(0, 0);
	bpf_kfunc_call_test_pass1(0);
	bpf_kfunc_call_test_release(0);
}

static struct word word;

/* Global functions, called from wherever calls come from */

__weak int deref(struct word *p)
{
	return p ? p->word : 0;
}

__weak __naked int global_bad_caller(void)
{
	INSNS(R6_IS("0", ANY) "r1 = r6; call deref; r0 = 0; exit;");
}

__weak __naked int global_caller(void)
{
	INSNS(R6_IS("0", "0") "r1 = r6; call deref; r0 = 0; exit;");
}

STATIC __naked int static_bad_caller(void)
{
	INSNS(R6_IS("0", ANY) "r1 = r6; call deref; r0 = 0; exit;");
}

STATIC __naked int static_caller(void)
{
	INSNS(R6_IS("0", "0") "r1 = r6; call deref; r0 = 0; exit;");
}

/* A callback of a callback */
#define LOOP(name)						\
	INSNS("r1 = 2;"						\
	      "r2 = %[callback] ll;"				\
	      "r3 = 0;"						\
	      "r4 = 0;"						\
	      "call %[bpf_loop];"				\
	      "r0 = 0;"						\
	      "exit;", HELPER(bpf_loop), [callback]"i"(name))

STATIC __naked int bad_callback(void)
{
	LOOP(static_bad_caller);
}

STATIC __naked int callback(void)
{
	LOOP(static_caller);
}

#define NOT_MEM __failure __msg("Caller passes invalid args into func")

SEC("tc") NOT_MEM
__naked int global_bad(void)
{
	INSNS(R6_IS("0", ANY) "r1 = r6; call deref; r0 = 0; exit;");
}

SEC("tc") __success
__naked int global(void)
{
	INSNS(R6_IS("0", "0") "r1 = r6; call deref; r0 = 0; exit;");
}

/* NULL on one path and memory on the other one is good as well. */
SEC("tc") __success
__naked int global_memory(void)
{
	INSNS(R6_IS("0", "%[word] ll") "r1 = r6; call deref; r0 = 0; exit;", ADDRESS(word));
}

SEC("tc") NOT_MEM
__naked int global_of_static_bad(void)
{
	INSNS("call static_bad_caller; r0 = 0; exit;");
}

SEC("tc") __success
__naked int global_of_static(void)
{
	INSNS("call static_caller; r0 = 0; exit;");
}

SEC("tc") NOT_MEM
__naked int global_of_global_bad(void)
{
	INSNS("call global_bad_caller; r0 = 0; exit;");
}

SEC("tc") __success
__naked int global_of_global(void)
{
	INSNS("call global_caller; r0 = 0; exit;");
}

SEC("tc") NOT_MEM
__naked int global_of_callback_bad(void)
{
	LOOP(bad_callback);
}

SEC("tc") __success
__naked int global_of_callback(void)
{
	LOOP(callback);
}

SEC("tc") NOT_MEM
__naked int global_spilled_bad(void)
{
	INSNS(R6_IS("0", ANY)
	      "*(u64 *)(r10 - 8) = r6;"
	      "r6 = 0;"
	      STATE
	      "r1 = *(u64 *)(r10 - 8);"
	      "call deref;"
	      "r0 = 0;"
	      "exit;");
}

SEC("tc") NOT_MEM
__naked int global_linked_bad(void)
{
	INSNS(R6_IS_R7
	      "if r7 != 0 goto 1f;"
	      "r1 = r6;"
	      "call deref;"
	      "1: r0 = 0;"
	      "exit;");
}

SEC("tc") __success
__naked int global_linked(void)
{
	INSNS(R6_IS_R7
	      "if r7 != 0 goto 1f;"
	      "if r6 != 0 goto 1f;"
	      "r1 = r6;"
	      "call deref;"
	      "1: r0 = 0;"
	      "exit;");
}

/* Kfuncs */

SEC("tc")
__failure __msg("R1 type=scalar expected=fp")
__naked int kfunc_mem_bad(void)
{
	INSNS(R6_IS("0", ANY) "r1 = r6; call bpf_kfunc_call_test_pass1; r0 = 0; exit;");
}

SEC("tc") __success
__naked int kfunc_mem(void)
{
	INSNS(R6_IS("0", "0") "r1 = r6; call bpf_kfunc_call_test_pass1; r0 = 0; exit;");
}

#define KFUNC_MEM_LEN(first, second)						\
	INSNS(R6_IS(first, second)						\
	      "r1 = r6;"							\
	      "r2 = 0;"								\
	      "call bpf_kfunc_call_test_mem_len_pass1;"				\
	      "r0 = 0;"								\
	      "exit;")

SEC("tc")
__failure __msg("arg#0 arg#1 memory, len pair leads to invalid memory access")
__naked int kfunc_mem_len_bad(void)
{
	KFUNC_MEM_LEN("0", ANY);
}

SEC("tc") __success
__naked int kfunc_mem_len(void)
{
	KFUNC_MEM_LEN("0", "0");
}

/* Helpers, of each type of argument that may be NULL */

#define CSUM_DIFF(first, second)						\
	INSNS(R6_IS(first, second)						\
	      "r1 = r6;"							\
	      "r2 = 0;"								\
	      "r3 = r10;"							\
	      "r3 += -8;"							\
	      "*(u64 *)(r10 - 8) = 0;"						\
	      "r4 = 8;"								\
	      "r5 = 0;"								\
	      "call %[bpf_csum_diff];"						\
	      "r0 = 0;"								\
	      "exit;", HELPER(bpf_csum_diff))

SEC("tc")
__failure __msg("R1 type=scalar expected=fp")
__naked int mem_bad(void)
{
	CSUM_DIFF("0", ANY);
}

SEC("tc") __success
__naked int mem(void)
{
	CSUM_DIFF("0", "0");
}

/* bpf_task_storage_get() copies the value that it is given. */
#define TASK_STORAGE(first, second)						\
	INSNS("call %[bpf_get_current_task_btf];"				\
	      "r8 = r0;"							\
	      R6_IS(first, second)						\
	      "r1 = %[task_storage] ll;"					\
	      "r2 = r8;"							\
	      "r3 = r6;"							\
	      "r4 = 1;"								\
	      "call %[bpf_task_storage_get];"					\
	      "r0 = 0;"								\
	      "exit;", HELPER(bpf_get_current_task_btf), HELPER(bpf_task_storage_get),	\
	      ADDRESS(task_storage))

SEC("fentry/bpf_fentry_test1")
__failure __msg("R3 type=scalar expected=fp")
__naked int map_value_bad(void)
{
	TASK_STORAGE("0", ANY);
}

SEC("fentry/bpf_fentry_test1") __success
__naked int map_value(void)
{
	TASK_STORAGE("0", "0");
}

/* A callback gets it as context. */
STATIC __naked int ignore(void)
{
	INSNS("r0 = 0; exit;");
}

#define CONTEXT(first, second)							\
	INSNS(R6_IS(first, second)						\
	      "r1 = 4;"								\
	      "r2 = %[ignore] ll;"						\
	      "r3 = r6;"							\
	      "r4 = 0;"								\
	      "call %[bpf_loop];"						\
	      "r0 = 0;"								\
	      "exit;", HELPER(bpf_loop), [ignore]"i"(ignore))

SEC("tc")
__failure __msg("R3 type=scalar expected=fp")
__naked int context_bad(void)
{
	CONTEXT("0", ANY);
}

SEC("tc") __success
__naked int context(void)
{
	CONTEXT("0", "0");
}

/* R0: a struct holder, what follows runs if there is one. */
#define LOOKUP_HOLDER				\
	"*(u32 *)(r10 - 4) = 0;"		\
	"r1 = %[holders] ll;"			\
	"r2 = r10;"				\
	"r2 += -4;"				\
	"call %[bpf_map_lookup_elem];"		\
	"if r0 == 0 goto 1f;"

/* A reference that the kernel would trust */
#define XCHG(first, second)							\
	INSNS(R6_IS(first, second)						\
	      LOOKUP_HOLDER							\
	      "r1 = r0;"							\
	      "r1 += 8;"							\
	      "r2 = r6;"							\
	      "call %[bpf_kptr_xchg];"						\
	      "if r0 == 0 goto 1f;"						\
	      "r1 = r0;"							\
	      "call bpf_kfunc_call_test_release;"				\
	      "1: r0 = 0;"							\
	      "exit;", HELPER(bpf_map_lookup_elem), HELPER(bpf_kptr_xchg), ADDRESS(holders))

SEC("tc")
__failure __msg("R2 type=scalar expected=ptr_")
__naked int kptr_xchg_bad(void)
{
	XCHG("0", ANY);
}

SEC("tc") __success
__naked int kptr_xchg(void)
{
	XCHG("0", "0");
}

#define STORE_KPTR(first, second)						\
	INSNS(R6_IS(first, second)						\
	      LOOKUP_HOLDER							\
	      "*(u64 *)(r0 + 0) = r6;"						\
	      "1: r0 = 0;"							\
	      "exit;", HELPER(bpf_map_lookup_elem), ADDRESS(holders))

SEC("tc")
__failure __msg("invalid kptr access, R6 type=scalar expected=ptr_")
__naked int kptr_store_bad(void)
{
	STORE_KPTR("0", ANY);
}

SEC("tc") __success
__naked int kptr_store(void)
{
	STORE_KPTR("0", "0");
}

#define LOCAL_STORAGE(first, second)						\
	INSNS(R6_IS(first, second)						\
	      "r1 = %[cgroup_storage] ll;"					\
	      "r2 = r6;"							\
	      "call %[bpf_get_local_storage];"					\
	      "r0 = 1;"								\
	      "exit;", HELPER(bpf_get_local_storage), ADDRESS(cgroup_storage))

SEC("cgroup_skb/egress")
__failure __msg("get_local_storage() doesn't support non-zero flags")
__naked int local_storage_bad(void)
{
	LOCAL_STORAGE("0", "1");
}

SEC("cgroup_skb/egress") __success
__naked int local_storage(void)
{
	LOCAL_STORAGE("0", "0");
}
