/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __CPUV4_HELPERS_H
#define __CPUV4_HELPERS_H

#include <linux/filter.h>
#include "test_progs.h"
#include "may_goto_helpers.h"

#define MOVSX64(dst, src, bits)	BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, bits, 0)
#define MOVSX32(dst, src, bits)	BPF_RAW_INSN(BPF_ALU | BPF_MOV | BPF_X, dst, src, bits, 0)
#define LDSX(size, dst, src, off) BPF_RAW_INSN(BPF_LDX | BPF_MEMSX | (size), dst, src, off, 0)
#define BSWAP(dst, bits)	BPF_RAW_INSN(BPF_ALU64 | BPF_END | BPF_TO_LE, dst, 0, 0, bits)
#define GOTOL(dist)		BPF_RAW_INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, dist)
/* op is BPF_DIV or BPF_MOD, class BPF_ALU or BPF_ALU64 */
#define SDIV_REG(class, op, dst, src) BPF_RAW_INSN((class) | (op) | BPF_X, dst, src, 1, 0)
#define SDIV_IMM(class, op, dst, imm) BPF_RAW_INSN((class) | (op) | BPF_K, dst, 0, 1, imm)
#define LOAD_ACQ(size, dst, src, off) \
	BPF_RAW_INSN(BPF_STX | BPF_ATOMIC | (size), dst, src, off, BPF_LOAD_ACQ)
#define STORE_REL(size, dst, src, off) \
	BPF_RAW_INSN(BPF_STX | BPF_ATOMIC | (size), dst, src, off, BPF_STORE_REL)

#define LD_VALUE(reg, fd) \
	BPF_RAW_INSN(BPF_LD | BPF_DW | BPF_IMM, reg, BPF_PSEUDO_MAP_VALUE, 0, fd), \
	BPF_RAW_INSN(0, 0, 0, 0, 0)
#define RETURN(value) BPF_MOV64_IMM(BPF_REG_0, value), BPF_EXIT_INSN()

static const int cpuv4_sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

static inline __u64 sign_extended(__u64 x, int bits)
{
	return (__s64)(x << (64 - bits)) >> (64 - bits);
}

/* Let a test run with the JIT, with blinded constants and in the interpreter. */
static inline void cpuv4_each_way(void (*test)(void))
{
	static const struct {
		const char *name, *sysctl;
		int value;
	} ways[] = {
		{ "jit", "net/core/bpf_jit_harden", 0 },
		{ "blinded", "net/core/bpf_jit_harden", 2 },
		{ "interpreter", "net/core/bpf_jit_enable", 0 },
	};
	struct sysctl sysctl;
	int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!test__start_subtest(ways[i].name))
			continue;
		if (!ASSERT_OK(sysctl_set(&sysctl, ways[i].sysctl, ways[i].value), "sysctl"))
			continue;
		test();
		sysctl_restore(&sysctl);
	}
}

#endif
