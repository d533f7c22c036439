// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What the verifier knows of the insns of cpuv4, what it says of them, and what it refuses. */
#include <linux/capability.h>
#include "cpuv4_helpers.h"
#include "cap_helpers.h"

#define MAX_INSNS	32
#define VALUE_SIZE	256
#define STATE_FREQ	BPF_F_TEST_STATE_FREQ

#define CALL(func)	BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##func)
#define RANDOM()	CALL(get_prandom_u32)
#define NOT_THERE(reg)	BPF_MOV64_REG(BPF_REG_0, reg)	/* reg was never written */

/* Read a byte of the value at off + reg, 5 insns, R9 is overwritten */
#define INDEX(reg, off) \
	LD_VALUE(BPF_REG_9, 0), BPF_ALU64_IMM(BPF_ADD, reg, off), \
	BPF_ALU64_REG(BPF_ADD, BPF_REG_9, reg), BPF_LDX_MEM(BPF_B, BPF_REG_9, BPF_REG_9, 0)

/* R6 is too large by the way that is explored last. The ways meet behind it. */
#define TWO_WAYS \
	RANDOM(), BPF_MOV64_IMM(BPF_REG_6, 300), BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 1), \
	BPF_MOV64_IMM(BPF_REG_6, 3)

/* Leave unless reg is at most max */
#define LIMIT(reg, max) \
	BPF_JMP_IMM(BPF_JLE, reg, max, 2), RETURN(0)

#define NO_ROOM		"invalid access to map value, value_size=256"

struct verifier_test {
	const char *name;
	struct bpf_insn insns[MAX_INSNS];
	const char *msg;	/* must be in the log */
	bool loads;
	bool strict;	/* load without CAP_PERFMON */
	__u32 flags;
	enum bpf_prog_type type;
	__u32 retval;
};

static const struct verifier_test tests[] = {
	/* the bounds of movsx */
	{
		"movsx_range", {
			RANDOM(), MOVSX64(1, 0, 8), INDEX(1, 128), RETURN(0),
		}, .loads = true,
	}, {
		"movsx_below", { RANDOM(), MOVSX64(1, 0, 8), INDEX(1, 127), RETURN(0) },
		"min value is negative",
	}, {
		"movsx_above", { RANDOM(), MOVSX64(1, 0, 8), INDEX(1, 129), RETURN(0) }, NO_ROOM,
	}, {
		"movsx_const", {
			BPF_MOV64_IMM(BPF_REG_1, 0x7f80), MOVSX64(1, 1, 8),
			BPF_JMP_IMM(BPF_JEQ, BPF_REG_1, -128, 1), NOT_THERE(BPF_REG_8), RETURN(7),
		}, "r1 = (s8)r1", .loads = true, .retval = 7,
	}, {
		"movsx_const_32", {
			BPF_MOV64_IMM(BPF_REG_1, -1), MOVSX32(1, 1, 16),
			BPF_ALU64_IMM(BPF_RSH, BPF_REG_1, 31),
			BPF_JMP_IMM(BPF_JEQ, BPF_REG_1, 1, 1), NOT_THERE(BPF_REG_8), RETURN(7),
		}, "w1 = (s16)w1", .loads = true, .retval = 7,
	}, {
		"movsx_same_window", {
			RANDOM(), BPF_ALU64_IMM(BPF_AND, BPF_REG_0, 15),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 0x1f0), MOVSX64(1, 0, 8),
			INDEX(1, 16), RETURN(0),
		}, .loads = true,
	}, {
		/* 0x1f8 to 0x207 are -8 to 7. */
		"movsx_around_a_multiple", {
			RANDOM(), BPF_ALU64_IMM(BPF_AND, BPF_REG_0, 15),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 0x1f8), MOVSX64(1, 0, 8),
			INDEX(1, 8), RETURN(0),
		}, .loads = true,
	}, {
		/* 0x178 to 0x187 are 0x78 to 0x7f and -0x80 to -0x79. */
		"movsx_across_windows", {
			RANDOM(), BPF_ALU64_IMM(BPF_AND, BPF_REG_0, 15),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 0x178), MOVSX64(1, 0, 8),
			INDEX(1, 16), RETURN(0),
		}, "min value is negative",
	}, {
		/* The ends of all 64 bits are next to each other, and say nothing. */
		"movsx_of_anything", {
			LD_VALUE(2, 0), BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_2, 0),
			MOVSX64(1, 2, 16),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 1), INDEX(1, 0), RETURN(0),
		}, "min value is negative",
	}, {
		"movsx_of_a_small_one", {
			RANDOM(), BPF_ALU64_IMM(BPF_AND, BPF_REG_0, 0x7f), MOVSX64(1, 0, 8),
			INDEX(1, 128), RETURN(0),
		}, .loads = true,
	}, {
		"movsx_of_bounds_of_32_bits", {
			RANDOM(), BPF_JMP32_IMM(BPF_JSGT, BPF_REG_0, 10, 7),
			BPF_JMP32_IMM(BPF_JSLT, BPF_REG_0, -10, 6), MOVSX64(1, 0, 32),
			INDEX(1, 10), RETURN(0),
		}, .loads = true,
	}, {
		"movsx_32_is_no_negative_number", {
			RANDOM(), MOVSX32(1, 0, 8), BPF_ALU64_IMM(BPF_RSH, BPF_REG_1, 32),
			INDEX(1, 255),
			RETURN(0),
		}, .loads = true,
	}, {
		"movsx_32_is_large", {
			RANDOM(), MOVSX32(1, 0, 8), INDEX(1, 0), RETURN(0),
		}, "R9 unbounded memory access",
	},
	/* what is linked with the copy */
	{
		"movsx_linked", {
			RANDOM(), BPF_ALU64_IMM(BPF_AND, BPF_REG_0, 0x7f), MOVSX64(1, 0, 8),
			LIMIT(BPF_REG_1, 10), INDEX(0, 245), RETURN(0),
		}, .loads = true,
	}, {
		"movsx_not_linked", {
			RANDOM(), BPF_ALU64_IMM(BPF_AND, BPF_REG_0, 0xff), MOVSX64(1, 0, 8),
			LIMIT(BPF_REG_1, 10), INDEX(0, 245), RETURN(0),
		}, NO_ROOM,
	}, {
		"movsx_of_a_copy_not_linked", {
			RANDOM(), BPF_MOV64_REG(BPF_REG_2, BPF_REG_0), MOVSX64(1, 0, 16),
			LIMIT(BPF_REG_1, 10), INDEX(2, 245), RETURN(0),
		}, "unbounded min value",
	}, {
		"movsx_32_not_linked", {
			RANDOM(), BPF_ALU64_IMM(BPF_AND, BPF_REG_0, 0x1ff), MOVSX32(1, 0, 8),
			LIMIT(BPF_REG_1, 10), INDEX(0, 245), RETURN(0),
		}, NO_ROOM,
	}, {
		/* Whether they are linked depends on what R6 is. */
		"movsx_link_precise", {
			RANDOM(), BPF_MOV64_REG(BPF_REG_7, BPF_REG_0), RANDOM(),
			BPF_ALU64_IMM(BPF_AND, BPF_REG_7, 0x1ff),
			BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 1),
			BPF_ALU64_IMM(BPF_AND, BPF_REG_7, 0x7f), MOVSX64(1, 7, 8),
			LIMIT(BPF_REG_1, 10), INDEX(7, 245), RETURN(0),
		}, NO_ROOM, .flags = STATE_FREQ,
	},
	/* precision */
	{
		"movsx_precise", { TWO_WAYS, MOVSX64(7, 6, 16), INDEX(7, 0), RETURN(0) }, NO_ROOM,
		.flags = STATE_FREQ,
	}, {
		"movsx_32_precise", {
			TWO_WAYS, MOVSX32(7, 6, 16), INDEX(7, 0), RETURN(0),
		}, NO_ROOM,
		.flags = STATE_FREQ,
	}, {
		"ldsx_precise", {
			TWO_WAYS, BPF_STX_MEM(BPF_W, BPF_REG_10, BPF_REG_6, -8),
			LDSX(BPF_W, 7, 10, -8), INDEX(7, 0), RETURN(0),
		}, NO_ROOM, .flags = STATE_FREQ,
	}, {
		"load_acquire_precise", {
			TWO_WAYS, BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_6, -8), BPF_JMP_A(0),
			LOAD_ACQ(BPF_DW, 7, 10, -8), INDEX(7, 0), RETURN(0),
		}, NO_ROOM, .flags = STATE_FREQ,
	}, {
		"store_release_precise", {
			TWO_WAYS, STORE_REL(BPF_DW, 10, 6, -8), BPF_JMP_A(0),
			BPF_LDX_MEM(BPF_DW, BPF_REG_7, BPF_REG_10, -8), INDEX(7, 0), RETURN(0),
		}, NO_ROOM, .flags = STATE_FREQ,
	}, {
		"load_acquire_of_its_base", {
			STORE_REL(BPF_DW, 10, 10, -8), BPF_MOV64_REG(BPF_REG_1, BPF_REG_10),
			LOAD_ACQ(BPF_DW, 1, 1, -8), BPF_ST_MEM(BPF_DW, BPF_REG_1, -16, 5),
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -16), BPF_EXIT_INSN(),
		}, .loads = true, .retval = 5,
	},
	/* loads */
	{
		"ldsx_range", { LD_VALUE(1, 0), LDSX(BPF_B, 1, 1, 0), INDEX(1, 128), RETURN(0) },
		"r1 = *(s8 *)(r1 +0)", .loads = true,
	}, {
		"ldsx_below", { LD_VALUE(1, 0), LDSX(BPF_B, 1, 1, 0), INDEX(1, 127), RETURN(0) },
		"min value is negative",
	}, {
		"ldsx_16", { LD_VALUE(1, 0), LDSX(BPF_H, 1, 1, 0), INDEX(1, 128), RETURN(0) },
		"min value is negative",
	}, {
		"ldsx_spilled", {
			RANDOM(), BPF_JMP32_IMM(BPF_JSGT, BPF_REG_0, 10, 8),
			BPF_JMP32_IMM(BPF_JSLT, BPF_REG_0, -10, 7),
			BPF_STX_MEM(BPF_W, BPF_REG_10, BPF_REG_0, -8), LDSX(BPF_W, 1, 10, -8),
			INDEX(1, 10), RETURN(0),
		}, .loads = true,
	}, {
		"ldsx_not_linked", {
			RANDOM(), BPF_MOV64_REG(BPF_REG_6, BPF_REG_0),
			BPF_ALU64_IMM(BPF_AND, BPF_REG_6, 0xff),
			BPF_MOV64_REG(BPF_REG_8, BPF_REG_6),
			BPF_STX_MEM(BPF_B, BPF_REG_10, BPF_REG_6, -8), LDSX(BPF_B, 1, 10, -8),
			LIMIT(BPF_REG_1, 10), INDEX(6, 245), RETURN(0),
		}, NO_ROOM,
	}, {
		"ldsx_const", {
			BPF_ST_MEM(BPF_W, BPF_REG_10, -8, -5), LDSX(BPF_W, 1, 10, -8),
			BPF_JMP_IMM(BPF_JEQ, BPF_REG_1, -5, 1), NOT_THERE(BPF_REG_8), RETURN(7),
		}, .loads = true, .retval = 7,
	}, {
		"ldsx_of_a_pointer", {
			BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_10, -8), LDSX(BPF_W, 1, 10, -8),
			RETURN(0),
		}, "invalid size of register fill",
	}, {
		"ldsx_of_the_packet", {
			LDSX(BPF_W, 1, 1, offsetof(struct __sk_buff, data)), RETURN(0),
		}, "invalid bpf_context access off=76 size=4", .type = BPF_PROG_TYPE_SCHED_CLS,
	}, {
		"ldsx_of_the_end_of_the_packet", {
			LDSX(BPF_W, 1, 1, offsetof(struct xdp_md, data_end)), RETURN(0),
		}, "invalid bpf_context access off=4 size=4", .type = BPF_PROG_TYPE_XDP,
	}, {
		"ldsx_of_the_length", {
			LDSX(BPF_W, 0, 1, offsetof(struct __sk_buff, len)), BPF_EXIT_INSN(),
		}, .loads = true, .retval = 64, .type = BPF_PROG_TYPE_SCHED_CLS,
	},
	/* division: nothing is known of the result */
	{
		"sdiv_unknown", {
			BPF_MOV64_IMM(BPF_REG_1, 10), SDIV_IMM(BPF_ALU64, BPF_DIV, 1, 5),
			INDEX(1, 0),
			RETURN(0),
		}, "r1 s/= 5",
	}, {
		"smod_unknown", {
			BPF_MOV64_IMM(BPF_REG_1, 10), BPF_MOV64_IMM(BPF_REG_2, 3),
			SDIV_REG(BPF_ALU, BPF_MOD, 1, 2), INDEX(1, 0), RETURN(0),
		}, "w1 s%= w2",
	}, {
		"sdiv_by_zero", {
			RANDOM(), SDIV_IMM(BPF_ALU, BPF_DIV, 0, 0), RETURN(0),
		}, "div by zero",
	}, {
		"smod_by_zero", {
			RANDOM(), SDIV_IMM(BPF_ALU64, BPF_MOD, 0, 0), RETURN(0),
		}, "div by zero",
	}, {
		"sdiv_pointer", { SDIV_IMM(BPF_ALU64, BPF_DIV, 10, 2), RETURN(0) },
		"frame pointer is read only",
	}, {
		"bswap_known", {
			BPF_MOV64_IMM(BPF_REG_1, 256), BSWAP(1, 16), INDEX(1, 0), RETURN(0),
		}, "r1 = bswap16 r1", .loads = true,
	}, {
		"bswap_far", {
			BPF_MOV64_IMM(BPF_REG_1, 257), BSWAP(1, 16), INDEX(1, 0), RETURN(0),
		}, "off=257 size=1",
	},
	/* gotol */
	{
		"gotol_forward", {
			BPF_MOV64_IMM(BPF_REG_1, 0), BPF_JMP_IMM(BPF_JNE, BPF_REG_1, 0, 1),
			GOTOL(1),
			NOT_THERE(BPF_REG_8), RETURN(3),
		}, "gotol pc+1", .loads = true, .retval = 3,
	}, {
		"gotol_backward", {
			BPF_MOV64_IMM(BPF_REG_0, 0), BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1),
			BPF_JMP_IMM(BPF_JGE, BPF_REG_0, 9, 1), GOTOL(-3), BPF_EXIT_INSN(),
		}, "gotol pc-3", .loads = true, .retval = 9,
	}, {
		/* What is removed or gets longer is between the jump and where it leads. */
		"gotol_over_removed_code", {
			BPF_MOV64_IMM(BPF_REG_0, 0), BPF_MOV64_IMM(BPF_REG_1, 7),
			BPF_MOV64_IMM(BPF_REG_7, 50), BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1),
			BPF_JMP_IMM(BPF_JGE, BPF_REG_0, 3, 5),
			BPF_JMP_IMM(BPF_JEQ, BPF_REG_1, 7, 2),
			BPF_MOV64_IMM(BPF_REG_0, 99), BPF_MOV64_IMM(BPF_REG_0, 98),
			SDIV_REG(BPF_ALU64, BPF_DIV, 7, 1), GOTOL(-7),
			BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_7), BPF_EXIT_INSN(),
		}, .loads = true, .retval = 4,
	}, {
		"gotol_out", { GOTOL(9), RETURN(0) }, "jump out of range from insn 0 to 10",
	}, {
		"gotol_far_out", { GOTOL(0x7fffffff), RETURN(0) }, "jump out of range",
	}, {
		"gotol_for_ever", { GOTOL(-1), RETURN(0) }, "unreachable insn 1",
	},
	/* reserved fields */
	{
		"movsx_24", { MOVSX64(0, 1, 24), RETURN(0) }, "BPF_MOV uses reserved fields",
	}, {
		"movsx_32_of_32", { MOVSX32(0, 1, 32), RETURN(0) }, "BPF_MOV uses reserved fields",
	}, {
		"movsx_imm", { BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_X, 0, 1, 8, 1), RETURN(0) },
		"BPF_MOV uses reserved fields",
	}, {
		"movsx_const_off", {
			BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 8, 1), RETURN(0),
		},
		"BPF_MOV uses reserved fields",
	}, {
		"sdiv_off", {
			RANDOM(), BPF_RAW_INSN(BPF_ALU64 | BPF_DIV | BPF_K, 0, 0, 2, 3),
			RETURN(0),
		},
		"BPF_ALU uses reserved fields",
	}, {
		"add_off", {
			RANDOM(), BPF_RAW_INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 0, 1, 0),
			RETURN(0),
		},
		"BPF_ALU uses reserved fields",
	}, {
		"sdiv_imm", {
			RANDOM(), BPF_RAW_INSN(BPF_ALU64 | BPF_DIV | BPF_X, 0, 0, 1, 1),
			RETURN(0),
		},
		"BPF_ALU uses reserved fields",
	}, {
		"bswap_8", { RANDOM(), BSWAP(0, 8), RETURN(0) }, "BPF_END uses reserved fields",
	}, {
		"bswap_off", {
			RANDOM(), BPF_RAW_INSN(BPF_ALU64 | BPF_END, 0, 0, 1, 16), RETURN(0),
		},
		"BPF_END uses reserved fields",
	}, {
		"bswap_be", {
			RANDOM(), BPF_RAW_INSN(BPF_ALU64 | BPF_END | BPF_TO_BE, 0, 0, 0, 16),
			RETURN(0),
		},
		"unknown opcode df",
	}, {
		"ldsx_64", { LDSX(BPF_DW, 0, 10, -8), RETURN(0) }, "unknown opcode 99",
	}, {
		"ldsx_imm", { BPF_RAW_INSN(BPF_LDX | BPF_MEMSX | BPF_B, 0, 10, -8, 1), RETURN(0) },
		"BPF_LDX uses reserved fields",
	}, {
		"ldsx_store", {
			BPF_RAW_INSN(BPF_STX | BPF_MEMSX | BPF_B, 10, 0, -8, 0), RETURN(0),
		},
		"unknown opcode 93",
	}, {
		"gotol_off", { BPF_RAW_INSN(BPF_JMP32 | BPF_JA, 0, 0, 1, 0), RETURN(0) },
		"BPF_JA uses reserved fields",
	}, {
		"atomic_120", {
			BPF_RAW_INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 10, 1, -8, 0x120), RETURN(0),
		},
		"BPF_ATOMIC uses invalid atomic opcode 120",
	}, {
		"atomic_101", {
			BPF_RAW_INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 10, 1, -8, 0x101), RETURN(0),
		},
		"BPF_ATOMIC uses invalid atomic opcode 101",
	}, {
		"atomic_add_8", {
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0), BPF_MOV64_IMM(BPF_REG_1, 0),
			BPF_RAW_INSN(BPF_STX | BPF_ATOMIC | BPF_B, 10, 1, -8, BPF_ADD), RETURN(0),
		}, "invalid atomic operand size",
	}, {
		"atomic_cmpxchg_16", {
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0), RANDOM(),
			BPF_RAW_INSN(BPF_STX | BPF_ATOMIC | BPF_H, 10, 0, -8, BPF_CMPXCHG),
			RETURN(0),
		}, "invalid atomic operand size",
	},
	/* load-acquire and store-release */
	{
		"load_acquire_context", { LOAD_ACQ(BPF_W, 0, 1, 0), RETURN(0) },
		"BPF_ATOMIC loads from R1 ctx is not allowed",
	}, {
		"store_release_context", {
			BPF_MOV64_IMM(BPF_REG_2, 0), STORE_REL(BPF_W, 1, 2, 8), RETURN(0),
		},
		"BPF_ATOMIC stores into R1 ctx is not allowed",
	}, {
		"load_acquire_packet", {
			BPF_LDX_MEM(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, data)),
			LOAD_ACQ(BPF_B, 0, 2, 0), RETURN(0),
		}, "BPF_ATOMIC loads from R2 pkt is not allowed", .type = BPF_PROG_TYPE_XDP,
	}, {
		"store_release_packet", {
			BPF_LDX_MEM(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, data)),
			STORE_REL(BPF_B, 2, 2, 0), RETURN(0),
		}, "BPF_ATOMIC stores into R2 pkt is not allowed", .type = BPF_PROG_TYPE_XDP,
	}, {
		"load_acquire_socket", {
			BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, offsetof(struct __sk_buff, sk)),
			BPF_JMP_IMM(BPF_JNE, BPF_REG_2, 0, 2), RETURN(0),
			LOAD_ACQ(BPF_W, 0, 2, 0), RETURN(0),
		}, "BPF_ATOMIC loads from R2 sock_common is not allowed",
		.type = BPF_PROG_TYPE_SCHED_CLS,
	}, {
		/* It may fault, and only BPF_LDX is made one that may. */
		"load_acquire_kernel", {
			CALL(get_current_task_btf), LOAD_ACQ(BPF_W, 0, 0, 0), RETURN(0),
		}, "BPF_ATOMIC loads from R0 ptr_ is not allowed",
		.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	}, {
		"load_acquire_number", {
			BPF_MOV64_IMM(BPF_REG_2, 8), LOAD_ACQ(BPF_W, 0, 2, 0), RETURN(0),
		},
		"R2 invalid mem access 'scalar'",
	}, {
		"store_release_number", {
			BPF_MOV64_IMM(BPF_REG_2, 8), STORE_REL(BPF_W, 2, 2, 0), RETURN(0),
		},
		"R2 invalid mem access 'scalar'",
	}, {
		"load_acquire_uninitialised", {
			LOAD_ACQ(BPF_W, 0, 2, 0), RETURN(0),
		}, "R2 !read_ok",
	}, {
		"store_release_uninitialised", {
			STORE_REL(BPF_W, 10, 2, -8), RETURN(0),
		}, "R2 !read_ok",
	}, {
		"load_acquire_no_register", {
			LOAD_ACQ(BPF_W, 0, 15, 0), RETURN(0),
		}, "R15 is invalid",
	}, {
		"store_release_no_register", {
			STORE_REL(BPF_W, 15, 1, 0), RETURN(0),
		}, "R15 is invalid",
	}, {
		"load_acquire_misaligned", {
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0), LOAD_ACQ(BPF_W, 0, 10, -7),
			RETURN(0),
		}, "misaligned stack access off",
	}, {
		"store_release_misaligned", {
			BPF_MOV64_IMM(BPF_REG_0, 0), STORE_REL(BPF_H, 10, 0, -7), RETURN(0),
		}, "misaligned stack access off",
	}, {
		"load_acquire_out", {
			LD_VALUE(2, 0), LOAD_ACQ(BPF_W, 0, 2, 256), RETURN(0),
		}, NO_ROOM,
	}, {
		"store_release_out", {
			LD_VALUE(2, 0), STORE_REL(BPF_DW, 2, 2, 256), RETURN(0),
		}, NO_ROOM,
	}, {
		"load_acquire_frame_pointer", {
			LD_VALUE(2, 0), LOAD_ACQ(BPF_DW, 10, 2, 0), RETURN(0),
		},
		"frame pointer is read only",
	}, {
		"load_acquire_zero_extends", {
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, -1), LOAD_ACQ(BPF_B, 1, 10, -8),
			INDEX(1, 0),
			BPF_MOV64_REG(BPF_REG_0, BPF_REG_1), BPF_EXIT_INSN(),
		}, "r1 = load_acquire((u8 *)(r10 -8))", .loads = true, .retval = 255,
	}, {
		"store_release_of_a_byte", {
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0x1234), BPF_MOV64_IMM(BPF_REG_1, -1),
			STORE_REL(BPF_B, 10, 1, -8), BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -8),
			BPF_EXIT_INSN(),
		}, "store_release((u8 *)(r10 -8), r1)", .loads = true, .retval = 0x12ff,
	},
	/* what must not leak */
	{
		"movsx_leak", { MOVSX64(0, 10, 32), BPF_EXIT_INSN() },
		"R10 sign-extension part of pointer", .strict = true,
	}, {
		"movsx_32_leak", {
			MOVSX32(0, 10, 8), BPF_EXIT_INSN(),
		}, "R10 partial copy of pointer",
		.strict = true,
	}, {
		"movsx_pointer", {
			MOVSX64(1, 10, 32), BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, -1),
			BPF_EXIT_INSN(),
		}, "R1 invalid mem access 'scalar'",
	}, {
		"bswap_leak", {
			BPF_MOV64_REG(BPF_REG_0, BPF_REG_10), BSWAP(0, 64), BPF_EXIT_INSN(),
		},
		"R0 pointer arithmetic prohibited", .strict = true,
	}, {
		"store_release_leak", { LD_VALUE(2, 0), STORE_REL(BPF_DW, 2, 10, 0), RETURN(0) },
		"R10 leaks addr into map", .strict = true,
	}, {
		"store_release_part_of_a_pointer", { STORE_REL(BPF_W, 10, 10, -8), RETURN(0) },
		"invalid size of register spill", .strict = true,
	},
};

static char log_buf[1 << 18];
static int map_fd;

static int insns_count(const struct bpf_insn *insns)
{
	int n = MAX_INSNS;

	while (n && !insns[n - 1].code)
		n--;
	return n;
}

static int insns_load(const struct verifier_test *t)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log_buf, .log_size = sizeof(log_buf),
		    .log_level = 2, .prog_flags = t->flags);
	__u64 caps = 1ULL << CAP_PERFMON | 1ULL << CAP_SYS_ADMIN, old;
	struct bpf_insn insns[MAX_INSNS];
	int i, fd, n = insns_count(t->insns);

	memcpy(insns, t->insns, sizeof(insns));
	for (i = 0; i < n; i++)
		if (insns[i].code == (BPF_LD | BPF_DW | BPF_IMM))
			insns[i].imm = map_fd;
	log_buf[0] = 0;
	if (t->strict && !ASSERT_OK(cap_disable_effective(caps, &old), "drop capabilities"))
		return -1;
	fd = bpf_prog_load(t->type ?: BPF_PROG_TYPE_SOCKET_FILTER, "cpuv4", "GPL", insns, n, &opts);
	if (t->strict)
		cap_enable_effective(old, NULL);
	return fd;
}

static void run_test(const struct verifier_test *t)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	int fd = insns_load(t);
	bool ok;

	ok = t->loads ? ASSERT_GE(fd, 0, "must load") : ASSERT_LT(fd, 0, "must be refused");
	if (t->msg)
		ok = ASSERT_OK_PTR(strstr(log_buf, t->msg), t->msg) && ok;
	if (!ok)
		printf("%s\n", log_buf);
	if (fd < 0)
		return;
	if (t->loads && ASSERT_OK(bpf_prog_test_run_opts(fd, &opts), "run"))
		ASSERT_EQ(opts.retval, t->retval, "return value");
	close(fd);
}

static bool map_open(void)
{
	map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "cpuv4", 4, VALUE_SIZE, 1, NULL);
	return ASSERT_GE(map_fd, 0, "map");
}

/* The store must be done before a speculative load of a part of the slot. */
static void test_speculation(void)
{
	static const struct verifier_test t = {
		.insns = { STORE_REL(BPF_DW, 10, 10, -8), LOAD_ACQ(BPF_DW, 1, 10, -8), RETURN(0) },
		.strict = true,
	};
	struct bpf_insn insns[MAX_INSNS] = {};
	struct bpf_prog_info info = {
		.xlated_prog_insns = (unsigned long)insns,
		.xlated_prog_len = sizeof(insns),
	};
	__u32 len = sizeof(info);
	int fd = insns_load(&t);

	if (!ASSERT_GE(fd, 0, "load"))
		return;
	if (ASSERT_OK(bpf_obj_get_info_by_fd(fd, &info, &len), "info")) {
		ASSERT_EQ(insns[0].imm, BPF_STORE_REL, "store");
		ASSERT_EQ(insns[1].code, BPF_ST | 0xc0, "barrier");
	}
	close(fd);
}

void test_cpuv4_verifier(void)
{
	int i;

	if (!map_open())
		return;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (test__start_subtest(tests[i].name))
			run_test(&tests[i]);
	if (test__start_subtest("store_release_speculation"))
		test_speculation();
	close(map_fd);
}

static void returns_42(const struct bpf_insn *insns, int cnt)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "cpuv4", "GPL", insns, cnt, NULL);

	if (!ASSERT_GE(fd, 0, "load"))
		return;
	if (ASSERT_OK(bpf_prog_test_run_opts(fd, &opts), "run"))
		ASSERT_EQ(opts.retval, 42, "return value");
	close(fd);
}

/* A jump over more insns than fit into 16 bits, there and back */
static void far_jumps(void)
{
	const int far = 33000, cnt = far + 8;
	struct bpf_insn *insns = calloc(cnt, sizeof(*insns));
	int i, n = 0;

	insns[n++] = (struct bpf_insn)GOTOL(2);
	insns[n++] = BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1);
	insns[n++] = BPF_EXIT_INSN();
	insns[n++] = BPF_MOV64_IMM(BPF_REG_0, 0);
	insns[n++] = BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 0, 1);
	insns[n++] = (struct bpf_insn)GOTOL(far);
	/* never reached: goes when the program is loaded */
	for (i = 0; i < far; i++)
		insns[n++] = BPF_MOV64_IMM(BPF_REG_0, i);
	insns[n++] = BPF_MOV64_IMM(BPF_REG_0, 41);
	insns[n++] = (struct bpf_insn)GOTOL(1 - n);
	returns_42(insns, n);
	free(insns);
}

/* The same with code between them that may run, some of which gets longer */
static void far_jumps_over_live_code(void)
{
	const int far = 33000, cnt = far + 16;
	struct bpf_insn *insns = calloc(cnt, sizeof(*insns));
	int i, n = 0;

	insns[n++] = BPF_LDX_MEM(BPF_W, BPF_REG_2, BPF_REG_1, 0);	/* 64 */
	insns[n++] = (struct bpf_insn)GOTOL(2);
	insns[n++] = BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1);
	insns[n++] = BPF_EXIT_INSN();
	insns[n++] = BPF_MOV64_IMM(BPF_REG_0, 0);
	insns[n++] = BPF_JMP_IMM(BPF_JEQ, BPF_REG_2, 1, 1);
	insns[n++] = (struct bpf_insn)GOTOL(far);
	for (i = 0; i < far; i++)
		insns[n++] = i % 1000 == 1 ? (struct bpf_insn)SDIV_REG(BPF_ALU64, BPF_DIV, 0, 2) :
			     i % 1000 ? BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_2) :
			     BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, i);
	insns[n++] = BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 41);
	insns[n] = (struct bpf_insn)GOTOL(2 - n - 1);
	n++;
	returns_42(insns, n);
	free(insns);
}

static void run_loading(void)
{
	int i;

	far_jumps();
	far_jumps_over_live_code();
	if (!map_open())
		return;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (tests[i].loads)
			run_test(&tests[i]);
	close(map_fd);
}

void serial_test_cpuv4_run(void)
{
	cpuv4_each_way(run_loading);
}
