// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The number of calls of a callback is unknown when it is entered, and becomes known in it,
 * because it is in its context as well. A call that has many iterations left must not end
 * at one that has few.
 */
#include "precise.h"

struct six {
	__u64 words[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct six);
} sixes SEC(".maps");

/* R6 is the context: how often in succession the clock stood still, a count, the number of
 * calls. The count goes up to 8, one for each call, if the clock never stands still, but a
 * call in which it does comes first in the exploration, and has four iterations less. LIMIT
 * learns the number of calls.
 */
#define STEP(LIMIT)							\
	"r6 = r2;"							\
	"r7 = *(u64 *)(r6 + 8);"					\
	"r8 = *(u64 *)(r6 + 0);"					\
	"if r1 > 0x7fffffff goto 9f;"					\
	"if r8 == 1000 goto 9f;"					\
	"if r7 == 0 goto 1f;"						\
	LIMIT								\
	"1: call %[bpf_ktime_get_ns];"					\
	"if r0 != 0 goto 2f;"						\
	"r8 += 1;"							\
	"if r8 > 3 goto 8f;"						\
	"*(u64 *)(r6 + 0) = r8;"					\
	"r0 = 0; exit;"							\
	"2: r7 += 1;"							\
	"*(u64 *)(r6 + 8) = r7;"					\
	"r8 = 0;"							\
	"*(u64 *)(r6 + 0) = r8;"					\
	"r0 = 0; exit;"							\
	"8: r7 = 0;"							\
	"*(u64 *)(r6 + 8) = r7;"					\
	"r8 = 1000;"							\
	"*(u64 *)(r6 + 0) = r8;"					\
	"9: r0 = 1; exit;"

STATIC __naked int step(void)
{
	INSNS(STEP("r1 = *(u64 *)(r6 + 16);"
		   "if r1 > 8 goto 8f;"), HELPER(bpf_ktime_get_ns));
}

/* The lower half is a scalar of its own that is equal to it. */
STATIC __naked int step32(void)
{
	INSNS(STEP("r1 = *(u32 *)(r6 + 16);"
		   "if r1 > 8 goto 8f;"), HELPER(bpf_ktime_get_ns));
}

/* A function compares it. */
STATIC __naked int is_large(void)
{
	INSNS("r0 = 0; if r1 < 9 goto 1f; r0 = 1; 1: exit;");
}

STATIC __naked int step_call(void)
{
	INSNS(STEP("r1 = *(u64 *)(r6 + 16);"
		   "call is_large;"
		   "if r0 != 0 goto 8f;"), HELPER(bpf_ktime_get_ns));
}

/* R6: some number, which is in the context as well */
#define NUMBER								\
	"call %[bpf_get_prandom_u32];"					\
	"r6 = r0;"							\
	"w6 >>= 3;"							\
	"r9 = 0;"							\
	"*(u64 *)(r10 - 16) = r9;"					\
	"*(u64 *)(r10 - 24) = r9;"					\
	"r1 = r6;"

#define CALL								\
	"r2 = %[callback] ll;"						\
	"r3 = r10; r3 += -24;"						\
	"r4 = 0;"							\
	"call %[bpf_loop];"

/* R7: how many calls were counted. The value has room for 6. */
#define READ								\
	"r9 = 0;"							\
	"*(u32 *)(r10 - 40) = r9;"					\
	"r2 = r10; r2 += -40;"						\
	"r1 = %[sixes] ll;"						\
	"call %[bpf_map_lookup_elem];"					\
	"if r0 == 0 goto 1f;"						\
	"r7 <<= 3;"							\
	"r0 += r7;"							\
	"r0 = *(u64 *)(r0 + 0);"					\
	"1: r0 = 0; exit;"

#define PROGRAM(name, SPILL, CHECK)					\
	INSNS(NUMBER							\
	      SPILL							\
	      CALL							\
	      "r7 = *(u64 *)(r10 - 16);"				\
	      CHECK							\
	      READ, HELPER(bpf_ktime_get_ns), HELPER(bpf_loop), HELPER(bpf_map_lookup_elem),	\
	      ADDRESS(sixes), [callback]"i"(name))

#define SPILL64 "*(u64 *)(r10 - 8) = r6;"
#define SPILL32 "*(u32 *)(r10 - 8) = r6;"
#define FITS "if r7 > 5 goto 1f;"

#define OUTSIDE __failure __msg("invalid access to map value, value_size=48")

SEC("tc") OUTSIDE
__naked int late_bad(void)
{
	PROGRAM(step, SPILL64, "");
}

SEC("tc") __success
__naked int late(void)
{
	PROGRAM(step, SPILL64, FITS);
}

SEC("socket") OUTSIDE
__naked int late_32_bad(void)
{
	PROGRAM(step32, SPILL32, "");
}

SEC("socket") __success
__naked int late_32(void)
{
	PROGRAM(step32, SPILL32, FITS);
}

SEC("xdp") OUTSIDE
__naked int late_call_bad(void)
{
	PROGRAM(step_call, SPILL64, "");
}

SEC("xdp") __success
__naked int late_call(void)
{
	PROGRAM(step_call, SPILL64, FITS);
}

/* In a function, and in a callback of one of the kinds that do not count */
STATIC __naked int late_function(void)
{
	PROGRAM(step, SPILL64, "");
}

STATIC __naked int late_function_good(void)
{
	PROGRAM(step, SPILL64, FITS);
}

SEC("tc") OUTSIDE
__naked int late_static_bad(void)
{
	INSNS("call late_function; r0 = 0; exit;");
}

SEC("tc") __success
__naked int late_static(void)
{
	INSNS("call late_function_good; r0 = 0; exit;");
}

#define EACH(name)							\
	INSNS("r1 = %[sixes] ll;"					\
	      "r2 = %[callback] ll;"					\
	      "r3 = 0;"							\
	      "r4 = 0;"							\
	      "call %[bpf_for_each_map_elem];"				\
	      "r0 = 0; exit;", HELPER(bpf_for_each_map_elem), ADDRESS(sixes), [callback]"i"(name))

SEC("tc") OUTSIDE
__naked int late_nested_bad(void)
{
	EACH(late_function);
}

SEC("tc") __success
__naked int late_nested(void)
{
	EACH(late_function_good);
}
