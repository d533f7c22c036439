/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
/* What the functions that prove.sh takes from the kernel need of the rest of it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define U16_MAX		((u16)~0U)
#define U32_MIN		((u32)0)
#define U32_MAX		((u32)~0U)
#define S32_MAX		((s32)(U32_MAX >> 1))
#define S32_MIN		((s32)(-S32_MAX - 1))
#define U64_MAX		((u64)~0ULL)
#define S64_MAX		((s64)(U64_MAX >> 1))
#define S64_MIN		((s64)(-S64_MAX - 1))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))
#define is_power_of_2(n) ((n) && !((n) & ((n) - 1)))
#define BIT(n)		(1UL << (n))
#define GENMASK(h, l)	((~0UL << (l)) & (~0UL >> (63 - (h))))
#define fallthrough
#define WARN_ON(condition) (condition)
#define WARN_ON_ONCE(condition) ((void)(condition))
#define verbose(...)

/* The last bit set, from 1 on, or 0 */
static int fls64(u64 x)
{
	int bits = 0, half;

	for (half = 32; half; half /= 2)
		if (x >> half) {
			bits += half;
			x >>= half;
		}
	return bits + (x != 0);
}

static s64 sign_extend64(u64 value, int index)
{
	return (s64)(value << (63 - index)) >> (63 - index);
}

#define BPF_REG_FP	10
#define MAX_BPF_REG	11
#define BPF_MAX_LOOPS	(8 * 1024 * 1024)
enum { BPF_REG_0, BPF_REG_1, BPF_REG_2, BPF_REG_3, BPF_REG_4, BPF_REG_5 };
enum bpf_dynptr_type { BPF_DYNPTR_TYPE_INVALID };
struct bpf_map;
struct btf;

struct bpf_id_pair {
	u32 old, cur;
	s64 delta;
};

#define BPF_ID_MAP_SIZE 4

struct bpf_idmap {
	u32 cnt, tmp_id;
	struct bpf_id_pair map[BPF_ID_MAP_SIZE];
};

/* When to widen is a guess, and what is widened is sound whatever is guessed */
bool nondet_guess(void);
#define may_reach_end(...) nondet_guess()

/* For a device or not, whatever the pointer is */
struct bpf_prog {
	void *aux;
};

#define bpf_prog_is_dev_bound(aux) (!!(aux))

enum { BPF_JEQ = 0x10, BPF_JGT = 0x20, BPF_JGE = 0x30, BPF_JSET = 0x40, BPF_JNE = 0x50,
       BPF_JSGT = 0x60, BPF_JSGE = 0x70, BPF_JLT = 0xa0, BPF_JLE = 0xb0, BPF_JSLT = 0xc0,
       BPF_JSLE = 0xd0 };

#define div64_u64(a, b)	((u64)(a) / (u64)(b))

struct bpf_verifier_env {
	struct bpf_prog prog[1];
	bool bpf_capable, explore_alu_limits;
	u64 work;
	struct bpf_idmap idmap_scratch;
};

#include "tnum.h"
#include "types.h"

struct bpf_func_state {
	struct bpf_reg_state regs[MAX_BPF_REG];
	u32 callback_depth, may_goto_depth;
	bool in_callback_fn;
	struct tnum callback_ret_range;
};

#include "tnum.c"
#include "scalar.c"
#include "functions.h"
