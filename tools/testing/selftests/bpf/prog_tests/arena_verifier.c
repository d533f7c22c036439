// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What the verifier makes of arena pointers, insn by insn where C cannot say it. */
#include <linux/capability.h>
#include <linux/filter.h>
#include <sys/mman.h>
#include "test_progs.h"
#include "cap_helpers.h"
#include "trace_helpers.h"
#include "arena_verifier.skel.h"
#include "arena_verifier_ext.skel.h"
#include "arena_verifier_fail.skel.h"
#include "arena_verifier_kfunc.skel.h"
#include "arena_verifier_sleep.skel.h"

#define PAGE 4096UL
#define NR_PAGES 16
#define ADDR 0x7f0010000000UL
#define ADDR_FULL 0x7e0000000000UL

/* What the insns below have in place of the descriptors. */
enum maps { ARENA, ARENA2, ARENA_FULL, ARENA_PRIVATE, ARENA_NOWHERE, RESULT, NR_MAPS };

static int map_fds[NR_MAPS];
static char *page;

#define CAST_KERN(dst, src) \
	BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, BPF_ADDR_SPACE_CAST, 1)
#define CAST_USER(dst, src) \
	BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, BPF_ADDR_SPACE_CAST, 1 << 16)
#define LD_MAP(reg, map) BPF_LD_IMM64_RAW(reg, BPF_PSEUDO_MAP_FD, map)
#define LD_ADDR(reg, map, off) \
	BPF_RAW_INSN(BPF_LD | BPF_DW | BPF_IMM, reg, BPF_PSEUDO_MAP_VALUE, 0, map), \
	BPF_RAW_INSN(0, 0, 0, 0, off)
#define RANDOM() BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_prandom_u32)
#define RETURN(value) BPF_MOV64_IMM(BPF_REG_0, value), BPF_EXIT_INSN()

/* R6 = the first byte of the arena */
#define R6_ARENA() LD_ADDR(BPF_REG_6, ARENA, 0), CAST_KERN(BPF_REG_6, BPF_REG_6)
/* R7 = the upper half of R6 as it is in the register */
#define R7_UPPER_R6() \
	LD_ADDR(BPF_REG_1, RESULT, 0), \
	BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_6, 0), \
	BPF_LDX_MEM(BPF_W, BPF_REG_7, BPF_REG_1, 4)
#define RETURN_R7() BPF_MOV64_REG(BPF_REG_0, BPF_REG_7), BPF_EXIT_INSN()
/* One or the other in R6: code of n_other insns, then code of one */
#define IF_ELSE(n_other, ...) \
	RANDOM(), BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, n_other), __VA_ARGS__

struct insn_test {
	const char *name;
	const char *msg;	/* must be refused with it, NULL: must load, return 0 */
	int err;		/* and with this error, if not 0 */
	int type;
	struct bpf_insn insns[40];
};

#define BAD_SPACES "addr_space_cast insn can only convert between address space 1 and 0"
#define CAST_FAIL(what, code, off, imm, message) { \
	.name = "cast_" what, .msg = message, \
	.insns = { R6_ARENA(), BPF_RAW_INSN(code, BPF_REG_1, BPF_REG_6, off, imm), RETURN(0) }, \
}
/* R6 is no arena pointer any more */
#define SCALAR_AFTER(what, insn) { \
	.name = what "_is_scalar", .msg = "R6 invalid mem access 'scalar'", \
	.insns = { R6_ARENA(), insn, BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0), RETURN(0) }, \
}
/* R6 is an arena pointer or one to the stack */
#define ACCESS_MIXED(what, insn) { \
	.name = "mixed_" what, .msg = "same insn cannot be used with different pointers", \
	.insns = { BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0), R6_ARENA(), \
		   IF_ELSE(1, BPF_MOV64_REG(BPF_REG_6, BPF_REG_10)), insn, RETURN(0) }, \
}
#define ALU_MIXED(op, src_type, insn) { \
	.name = "mixed_" #op "_" #src_type, \
	.msg = "same insn cannot be used with and without arena pointer", \
	.insns = { R6_ARENA(), IF_ELSE(1, BPF_MOV64_IMM(BPF_REG_6, 0)), insn, RETURN(0) }, \
}
#define ALU_OK(op) { \
	.name = "alu_" #op, \
	.insns = { R6_ARENA(), RANDOM(), BPF_MOV64_REG(BPF_REG_8, BPF_REG_0), \
		   BPF_ALU64_IMM(op, BPF_REG_6, 3), BPF_ALU64_REG(op, BPF_REG_6, BPF_REG_8), \
		   BPF_ALU32_IMM(op, BPF_REG_6, 5), BPF_ALU32_REG(op, BPF_REG_6, BPF_REG_8), \
		   BPF_ALU64_REG(op, BPF_REG_8, BPF_REG_6), \
		   BPF_ALU64_REG(op, BPF_REG_6, BPF_REG_8), \
		   BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_6, 0), \
		   BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_8, 0), \
		   R7_UPPER_R6(), RETURN_R7() }, \
}
#define SHIFT_FAIL(op, n) { \
	.name = "shift_" #op "_" #n, .msg = "invalid shift " #n " of 32-bit arena pointer", \
	.insns = { R6_ARENA(), BPF_ALU64_IMM(op, BPF_REG_6, n), RETURN(0) }, \
}
#define OFFSETS(size) { \
	.name = "access_" #size, \
	.insns = { R6_ARENA(), RANDOM(), \
		   BPF_STX_MEM(size, BPF_REG_6, BPF_REG_0, 32767), \
		   BPF_STX_MEM(size, BPF_REG_6, BPF_REG_0, -32768), \
		   BPF_STX_MEM(size, BPF_REG_6, BPF_REG_10, 8), \
		   BPF_STX_MEM(size, BPF_REG_6, BPF_REG_6, 1), \
		   BPF_ST_MEM(size, BPF_REG_6, 3, -1), \
		   BPF_LDX_MEM(size, BPF_REG_0, BPF_REG_6, 32767), \
		   BPF_LDX_MEM(size, BPF_REG_6, BPF_REG_6, -32768), \
		   RETURN(0) }, \
}
#define ATOMIC(op, size) { \
	.name = "atomic_" #op "_" #size, \
	.insns = { R6_ARENA(), BPF_MOV64_IMM(BPF_REG_0, 1), BPF_MOV64_IMM(BPF_REG_1, 2), \
		   BPF_ATOMIC_OP(size, op, BPF_REG_6, BPF_REG_1, 8), \
		   BPF_MOV64_REG(BPF_REG_1, BPF_REG_6), \
		   BPF_ATOMIC_OP(size, op, BPF_REG_6, BPF_REG_1, -8), \
		   RETURN(0) }, \
}
#define UNKNOWN_OPCODE(what, ...) { \
	.name = "internal_" what, .msg = "", \
	.insns = { R6_ARENA(), __VA_ARGS__, RETURN(0) }, \
}

static const struct insn_test insn_tests[] = {
	/* casts */
	{
		"cast_no_arena",
		"addr_space_cast insn can only be used in a program that has an associated arena",
		.insns = { CAST_KERN(BPF_REG_1, BPF_REG_1), RETURN(0) },
	}, {
		"cast_user_no_arena",
		"addr_space_cast insn can only be used in a program that has an associated arena",
		.insns = { CAST_USER(BPF_REG_1, BPF_REG_1), RETURN(0) },
	},
	CAST_FAIL("bad_space", BPF_ALU64 | BPF_MOV | BPF_X, 1, 2, BAD_SPACES),
	CAST_FAIL("same_space", BPF_ALU64 | BPF_MOV | BPF_X, 1, 1 << 16 | 1, BAD_SPACES),
	CAST_FAIL("imm_0", BPF_ALU64 | BPF_MOV | BPF_X, 1, 0, BAD_SPACES),
	CAST_FAIL("32", BPF_ALU | BPF_MOV | BPF_X, 1, 1, "BPF_MOV uses reserved fields"),
	CAST_FAIL("off_2", BPF_ALU64 | BPF_MOV | BPF_X, 2, 1, "BPF_MOV uses reserved fields"),
	CAST_FAIL("off_0", BPF_ALU64 | BPF_MOV | BPF_X, 0, 1, "BPF_MOV uses reserved fields"),
	{
		"cast_of_imm", "BPF_MOV uses reserved fields",
		.insns = { R6_ARENA(),
			   BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 1, 1),
			   RETURN(0) },
	}, {
		"cast_uninitialised", "R3 !read_ok",
		.insns = { R6_ARENA(), CAST_KERN(BPF_REG_1, BPF_REG_3), RETURN(0) },
	}, {
		"cast_to_frame_pointer", "frame pointer is read only",
		.insns = { R6_ARENA(), CAST_KERN(BPF_REG_10, BPF_REG_6), RETURN(0) },
	}, {
		/* any number is an arena pointer */
		"cast_any",
		.insns = { LD_MAP(BPF_REG_2, ARENA),
			   CAST_KERN(BPF_REG_6, BPF_REG_2),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
			   CAST_KERN(BPF_REG_6, BPF_REG_1),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
			   CAST_KERN(BPF_REG_6, BPF_REG_10),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
			   BPF_MOV64_IMM(BPF_REG_6, -1),
			   CAST_KERN(BPF_REG_6, BPF_REG_6),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
			   R7_UPPER_R6(), RETURN_R7() },
	},
	SCALAR_AFTER("cast_user", CAST_USER(BPF_REG_6, BPF_REG_6)),
	{
		/* the upper half of the address, and 0 stays 0 */
		"cast_user",
		.insns = { R6_ARENA(), CAST_USER(BPF_REG_6, BPF_REG_6), R7_UPPER_R6(),
			   BPF_ALU64_IMM(BPF_SUB, BPF_REG_7, ADDR >> 32),
			   BPF_JMP_IMM(BPF_JNE, BPF_REG_7, 0, 7),
			   BPF_MOV64_IMM(BPF_REG_6, 0), CAST_KERN(BPF_REG_6, BPF_REG_6),
			   CAST_USER(BPF_REG_6, BPF_REG_6), R7_UPPER_R6(),
			   RETURN_R7() },
	}, {
		/* nothing to convert, and nothing left over */
		"cast_user_private",
		.insns = { LD_ADDR(BPF_REG_6, ARENA_PRIVATE, 0), CAST_USER(BPF_REG_6, BPF_REG_6),
			   R7_UPPER_R6(), RETURN_R7() },
	},
	/* the arena of a program */
	{
		"two_arenas", "Only one arena per program", -EBUSY,
		.insns = { LD_MAP(BPF_REG_1, ARENA), LD_MAP(BPF_REG_2, ARENA2), RETURN(0) },
	}, {
		"two_arenas_by_address", "Only one arena per program", -EBUSY,
		.insns = { LD_ADDR(BPF_REG_1, ARENA, 0), LD_ADDR(BPF_REG_2, ARENA2, 0),
			   RETURN(0) },
	}, {
		"arena_nowhere", "arena's user address must be set via map_extra or mmap()",
		-EINVAL,
		.insns = { LD_MAP(BPF_REG_1, ARENA_NOWHERE), RETURN(0) },
	}, {
		"arena_twice",
		.insns = { LD_MAP(BPF_REG_1, ARENA), LD_ADDR(BPF_REG_2, ARENA, 8),
			   LD_MAP(BPF_REG_1, ARENA), RETURN(0) },
	}, {
		"address_outside", "invalid access to map value pointer, value_size=0 off=65536",
		-ERANGE,
		.insns = { LD_ADDR(BPF_REG_1, ARENA, NR_PAGES * PAGE), RETURN(0) },
	}, {
		"address_1g_of_array",
		"invalid access to map value pointer, value_size=8 off=1073741824", -EINVAL,
		.insns = { LD_ADDR(BPF_REG_1, RESULT, 1 << 30), RETURN(0) },
	}, {
		"address_4g",
		.insns = { LD_ADDR(BPF_REG_1, ARENA_FULL, 1 << 30),
			   LD_ADDR(BPF_REG_6, ARENA_FULL, -1), R7_UPPER_R6(),
			   BPF_ALU64_IMM(BPF_SUB, BPF_REG_7, ADDR_FULL >> 32), RETURN_R7() },
	}, {
		"address_is_scalar", "R1 invalid mem access 'scalar'",
		.insns = { LD_ADDR(BPF_REG_1, ARENA, 0),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, 0), RETURN(0) },
	},
	/* arithmetic */
	ALU_MIXED(BPF_ADD, BPF_K, BPF_ALU64_IMM(BPF_ADD, BPF_REG_6, 8)),
	ALU_MIXED(BPF_AND, BPF_K, BPF_ALU64_IMM(BPF_AND, BPF_REG_6, -8)),
	ALU_MIXED(BPF_SUB, BPF_X, BPF_ALU64_REG(BPF_SUB, BPF_REG_6, BPF_REG_0)),
	ALU_MIXED(BPF_ADD, source, BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_6)),
	{
		"mixed_with_stack",
		"same insn cannot be used with and without arena pointer",
		.insns = { R6_ARENA(), IF_ELSE(1, BPF_MOV64_REG(BPF_REG_6, BPF_REG_10)),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_6, -8), RETURN(0) },
	}, {
		/* 32 bits mean the same for all */
		"mixed_32",
		.insns = { R6_ARENA(), IF_ELSE(1, BPF_MOV64_IMM(BPF_REG_6, -1)),
			   BPF_ALU32_IMM(BPF_ADD, BPF_REG_6, 8), R7_UPPER_R6(), RETURN_R7() },
	},
	SHIFT_FAIL(BPF_LSH, 32), SHIFT_FAIL(BPF_RSH, 32), SHIFT_FAIL(BPF_ARSH, 63),
	ALU_OK(BPF_ADD), ALU_OK(BPF_SUB), ALU_OK(BPF_MUL), ALU_OK(BPF_DIV), ALU_OK(BPF_MOD),
	ALU_OK(BPF_AND), ALU_OK(BPF_OR), ALU_OK(BPF_XOR), ALU_OK(BPF_LSH), ALU_OK(BPF_RSH),
	ALU_OK(BPF_ARSH),
	{
		"shift_31",
		.insns = { R6_ARENA(), BPF_ALU64_IMM(BPF_LSH, BPF_REG_6, 31),
			   BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_6, 0),
			   R7_UPPER_R6(), RETURN_R7() },
	}, {
		/* 64 bits would give 0, 32 keep the upper half zero */
		"add_wraps",
		.insns = { BPF_MOV64_IMM(BPF_REG_6, -1), LD_MAP(BPF_REG_1, ARENA),
			   CAST_KERN(BPF_REG_6, BPF_REG_6), BPF_ALU64_IMM(BPF_ADD, BPF_REG_6, 16),
			   BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_6, 0),
			   R7_UPPER_R6(), RETURN_R7() },
	}, {
		"sub_wraps",
		.insns = { BPF_MOV64_IMM(BPF_REG_6, 0), LD_MAP(BPF_REG_1, ARENA),
			   CAST_KERN(BPF_REG_6, BPF_REG_6), BPF_ALU64_IMM(BPF_SUB, BPF_REG_6, 16),
			   BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_6, 0),
			   R7_UPPER_R6(), RETURN_R7() },
	},
	SCALAR_AFTER("neg", BPF_ALU64_IMM(BPF_NEG, BPF_REG_6, 0)),
	SCALAR_AFTER("bswap", BPF_ENDIAN(BPF_TO_BE, BPF_REG_6, 64)),
	SCALAR_AFTER("mov32", BPF_MOV32_REG(BPF_REG_6, BPF_REG_6)),
	{
		/* an arena pointer is no bound: a map value cannot follow from it */
		"map_value_plus_arena",
		.insns = { R6_ARENA(), LD_ADDR(BPF_REG_1, RESULT, 0),
			   BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_6),
			   BPF_MOV64_REG(BPF_REG_6, BPF_REG_1),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
			   R7_UPPER_R6(), RETURN_R7() },
	},
	/* loads and stores */
	OFFSETS(BPF_B), OFFSETS(BPF_H), OFFSETS(BPF_W), OFFSETS(BPF_DW),
	SCALAR_AFTER("loaded", BPF_LDX_MEM(BPF_DW, BPF_REG_6, BPF_REG_6, 0)),
	{
		"loaded_is_unknown", "R0 unbounded memory access",
		.insns = { R6_ARENA(), BPF_ST_MEM(BPF_DW, BPF_REG_6, 0, 0),
			   BPF_LDX_MEM(BPF_W, BPF_REG_7, BPF_REG_6, 0),
			   LD_ADDR(BPF_REG_0, RESULT, 0),
			   BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_7),
			   BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_0, 0), RETURN(0) },
	},
	ACCESS_MIXED("load", BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, -8)),
	ACCESS_MIXED("store", BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_0, -8)),
	ACCESS_MIXED("store_imm", BPF_ST_MEM(BPF_DW, BPF_REG_6, -8, 0)),
	ACCESS_MIXED("atomic", BPF_ATOMIC_OP(BPF_DW, BPF_ADD, BPF_REG_6, BPF_REG_0, -8)),
	{
		"mixed_atomic_map_value", "same insn cannot be used with different pointers",
		.insns = { LD_ADDR(BPF_REG_7, RESULT, 0), R6_ARENA(),
			   IF_ELSE(1, BPF_MOV64_REG(BPF_REG_6, BPF_REG_7)),
			   BPF_ATOMIC_OP(BPF_DW, BPF_XCHG, BPF_REG_6, BPF_REG_0, 0), RETURN(0) },
	},
	ATOMIC(BPF_ADD, BPF_W), ATOMIC(BPF_ADD, BPF_DW),
	ATOMIC(BPF_AND, BPF_W), ATOMIC(BPF_AND, BPF_DW),
	ATOMIC(BPF_OR, BPF_W), ATOMIC(BPF_OR, BPF_DW),
	ATOMIC(BPF_XOR, BPF_W), ATOMIC(BPF_XOR, BPF_DW),
	ATOMIC(BPF_ADD | BPF_FETCH, BPF_W), ATOMIC(BPF_ADD | BPF_FETCH, BPF_DW),
	ATOMIC(BPF_AND | BPF_FETCH, BPF_W), ATOMIC(BPF_AND | BPF_FETCH, BPF_DW),
	ATOMIC(BPF_OR | BPF_FETCH, BPF_W), ATOMIC(BPF_OR | BPF_FETCH, BPF_DW),
	ATOMIC(BPF_XOR | BPF_FETCH, BPF_W), ATOMIC(BPF_XOR | BPF_FETCH, BPF_DW),
	ATOMIC(BPF_XCHG, BPF_W), ATOMIC(BPF_XCHG, BPF_DW),
	ATOMIC(BPF_CMPXCHG, BPF_W), ATOMIC(BPF_CMPXCHG, BPF_DW),
	{
		/* equal, so the CPU does not write R0: the upper half has to go still */
		"cmpxchg_32_upper",
		.insns = { R6_ARENA(), BPF_ST_MEM(BPF_DW, BPF_REG_6, 0, 5),
			   BPF_LD_IMM64(BPF_REG_0, 0xffffffff00000005ULL),
			   BPF_MOV64_IMM(BPF_REG_1, 6),
			   BPF_ATOMIC_OP(BPF_W, BPF_CMPXCHG, BPF_REG_6, BPF_REG_1, 0),
			   BPF_ALU64_IMM(BPF_RSH, BPF_REG_0, 32), BPF_EXIT_INSN() },
	}, {
		"fetch_32_upper",
		.insns = { R6_ARENA(), BPF_LD_IMM64(BPF_REG_1, 0xffffffff00000005ULL),
			   BPF_ATOMIC_OP(BPF_W, BPF_ADD | BPF_FETCH, BPF_REG_6, BPF_REG_1, 0),
			   BPF_MOV64_REG(BPF_REG_0, BPF_REG_1),
			   BPF_ALU64_IMM(BPF_RSH, BPF_REG_0, 32), BPF_EXIT_INSN() },
	}, {
		/* the old value goes where the address is */
		"atomic_result_in_address", "misaligned access",
		.insns = { R6_ARENA(), BPF_ATOMIC_OP(BPF_DW, BPF_XCHG, BPF_REG_6, BPF_REG_6, 0),
			   RETURN(0) },
	}, {
		"atomic_result_is_scalar", "R1 invalid mem access 'scalar'",
		.insns = { R6_ARENA(), BPF_MOV64_REG(BPF_REG_1, BPF_REG_6),
			   BPF_ATOMIC_OP(BPF_DW, BPF_XCHG, BPF_REG_6, BPF_REG_1, 0),
			   BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 0), RETURN(0) },
	},
	UNKNOWN_OPCODE("load", BPF_RAW_INSN(BPF_LDX | 0xa0 | BPF_W, 1, 6, 0, 0)),
	UNKNOWN_OPCODE("load_no_arena", BPF_RAW_INSN(BPF_LDX | 0xa0 | BPF_DW, 1, 10, -8, 0)),
	UNKNOWN_OPCODE("store", BPF_RAW_INSN(BPF_STX | 0xa0 | BPF_W, 6, 1, 0, 0)),
	UNKNOWN_OPCODE("store_imm", BPF_RAW_INSN(BPF_ST | 0xa0 | BPF_W, 6, 0, 0, 0)),
	UNKNOWN_OPCODE("atomic", BPF_RAW_INSN(BPF_STX | 0xe0 | BPF_W, 6, 1, 0, BPF_ADD)),
	UNKNOWN_OPCODE("atomic64", BPF_RAW_INSN(BPF_STX | 0xe0 | BPF_DW, 6, 1, 0, BPF_ADD)),
	/* where registers go */
	{
		"spill",
		.insns = { R6_ARENA(), BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_6, -8),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_6, BPF_REG_10, -8),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
			   R7_UPPER_R6(), RETURN_R7() },
	}, {
		"spill_part", "invalid size of register spill",
		.insns = { R6_ARENA(), BPF_STX_MEM(BPF_W, BPF_REG_10, BPF_REG_6, -8), RETURN(0) },
	}, {
		"fill_part", "invalid size of register fill",
		.insns = { R6_ARENA(), BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_6, -8),
			   BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_10, -8), RETURN(0) },
	}, {
		"spill_overwritten", "R6 invalid mem access 'scalar'",
		.insns = { R6_ARENA(), BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_6, -8),
			   BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 1),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_6, BPF_REG_10, -8),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0), RETURN(0) },
	}, {
		"spill_overwritten_in_between", "R6 invalid mem access 'scalar'",
		.insns = { R6_ARENA(), BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_6, -8),
			   RANDOM(), BPF_ALU64_IMM(BPF_AND, BPF_REG_0, 8),
			   BPF_MOV64_REG(BPF_REG_1, BPF_REG_10),
			   BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_0),
			   BPF_ST_MEM(BPF_DW, BPF_REG_10, -16, 0),
			   BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_0, -16),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_6, BPF_REG_10, -8),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0), RETURN(0) },
	}, {
		/* the other path comes second, with a scalar in the slot */
		"pruning_by_slot", "R1 invalid mem access 'scalar'",
		.insns = { BPF_LD_IMM64(BPF_REG_8, -1), R6_ARENA(),
			   BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_6, -8),
			   RANDOM(), BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 0, 1),
			   BPF_JMP_IMM(BPF_JA, 0, 0, 1),
			   BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_8, -8),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_10, -8),
			   BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 0), RETURN(0) },
	}, {
		"pruning_by_register", "R6 invalid mem access 'scalar'",
		.insns = { R6_ARENA(), IF_ELSE(1, BPF_LDX_MEM(BPF_DW, BPF_REG_6, BPF_REG_6, 0)),
			   BPF_MOV64_IMM(BPF_REG_1, 0),
			   BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_6, 0), RETURN(0) },
	}, {
		"compare",
		.insns = { R6_ARENA(), RANDOM(), BPF_JMP_IMM(BPF_JEQ, BPF_REG_6, 0, 7),
			   BPF_JMP_REG(BPF_JGT, BPF_REG_6, BPF_REG_0, 6),
			   BPF_JMP_REG(BPF_JGT, BPF_REG_0, BPF_REG_6, 5),
			   BPF_JMP32_IMM(BPF_JSLT, BPF_REG_6, 0, 4),
			   BPF_JMP32_REG(BPF_JNE, BPF_REG_6, BPF_REG_0, 3),
			   BPF_JMP_REG(BPF_JNE, BPF_REG_6, BPF_REG_6, 2),
			   BPF_JMP_REG(BPF_JEQ, BPF_REG_6, BPF_REG_10, 1),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0), RETURN(0) },
	}, {
		/* not known to be something else than NULL: both ways are verified */
		"compare_with_null", "R0 !read_ok",
		.insns = { R6_ARENA(), BPF_JMP_IMM(BPF_JEQ, BPF_REG_6, 0, 2), RETURN(0),
			   BPF_EXIT_INSN() },
	}, {
		"static_function",
		.insns = { R6_ARENA(), BPF_MOV64_REG(BPF_REG_1, BPF_REG_6),
			   BPF_CALL_REL(8), BPF_MOV64_REG(BPF_REG_6, BPF_REG_0),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
			   R7_UPPER_R6(), RETURN_R7(),
			   BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 1),
			   BPF_ST_MEM(BPF_B, BPF_REG_1, 1, 1),
			   BPF_MOV64_REG(BPF_REG_0, BPF_REG_1),
			   BPF_ALU64_IMM(BPF_SUB, BPF_REG_0, 8), BPF_EXIT_INSN() },
	}, {
		"in_map_value",
		.insns = { R6_ARENA(), LD_ADDR(BPF_REG_1, RESULT, 0),
			   BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_6, 0),
			   BPF_ATOMIC_OP(BPF_DW, BPF_ADD, BPF_REG_1, BPF_REG_6, 0), RETURN(0) },
	}, {
		"in_helper", "R1 type=arena expected=fp",
		.insns = { R6_ARENA(), BPF_MOV64_REG(BPF_REG_1, BPF_REG_6),
			   BPF_MOV64_IMM(BPF_REG_2, 16),
			   BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_comm),
			   RETURN(0) },
		.type = BPF_PROG_TYPE_KPROBE,
	}, {
		"as_map_key", "R2 type=arena expected=fp",
		.insns = { R6_ARENA(), BPF_MOV64_REG(BPF_REG_2, BPF_REG_6),
			   LD_MAP(BPF_REG_1, RESULT),
			   BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
			   RETURN(0) },
	}, {
		"as_size", "R2 type=arena expected=scalar",
		.insns = { R6_ARENA(), BPF_MOV64_REG(BPF_REG_1, BPF_REG_10),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, -8),
			   BPF_MOV64_REG(BPF_REG_2, BPF_REG_6),
			   BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_comm),
			   RETURN(0) },
		.type = BPF_PROG_TYPE_KPROBE,
	}, {
		"map_for_helper", "cannot pass map_type 33 into func bpf_redirect_map",
		.insns = { LD_MAP(BPF_REG_1, ARENA), BPF_MOV64_IMM(BPF_REG_2, 0),
			   BPF_MOV64_IMM(BPF_REG_3, 0),
			   BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect_map),
			   RETURN(0) },
		.type = BPF_PROG_TYPE_XDP,
	}, {
		"map_for_lookup", "",
		.insns = { LD_MAP(BPF_REG_1, ARENA), BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -8),
			   BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0),
			   BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
			   RETURN(0) },
	}, {
		"return_code", "At program exit the register R0 is not a known value (arena)",
		.insns = { R6_ARENA(), BPF_MOV64_REG(BPF_REG_0, BPF_REG_6), BPF_EXIT_INSN() },
		.type = BPF_PROG_TYPE_CGROUP_SKB,
	}, {
		"in_context", "",
		.insns = { R6_ARENA(), BPF_STX_MEM(BPF_W, BPF_REG_1, BPF_REG_6, 0), RETURN(0) },
	},
};

static int map_create(int type, int value_size, int entries, __u32 flags, __u64 extra)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags, .map_extra = extra);

	return bpf_map_create(type, "arena_verifier", value_size ? 4 : 0, value_size, entries,
			      &opts);
}

static int arena_create(int pages, __u32 flags, __u64 addr)
{
	return map_create(BPF_MAP_TYPE_ARENA, 0, pages, BPF_F_MMAPABLE | flags, addr);
}

static bool maps_create(void)
{
	int i;

	map_fds[ARENA] = arena_create(NR_PAGES, 0, ADDR);
	map_fds[ARENA2] = arena_create(NR_PAGES, 0, ADDR + (1UL << 32));
	map_fds[ARENA_FULL] = arena_create(1 << 20, 0, ADDR_FULL);
	map_fds[ARENA_PRIVATE] = arena_create(NR_PAGES, BPF_F_NO_USER_CONV, ADDR);
	map_fds[ARENA_NOWHERE] = arena_create(NR_PAGES, 0, 0);
	map_fds[RESULT] = map_create(BPF_MAP_TYPE_ARRAY, 8, 1, 0, 0);
	for (i = 0; i < NR_MAPS; i++)
		if (!ASSERT_GE(map_fds[i], 0, "map"))
			return false;

	/* One page is there, for what a fault would hide. */
	page = mmap((void *)ADDR, NR_PAGES * PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED_NOREPLACE, map_fds[ARENA], 0);
	if (!ASSERT_EQ(page, (void *)ADDR, "mmap"))
		return false;
	memset(page, 0, PAGE);
	return true;
}

static void maps_close(void)
{
	int i;

	if (page && page != MAP_FAILED)
		munmap(page, NR_PAGES * PAGE);
	for (i = 0; i < NR_MAPS; i++)
		if (map_fds[i] > 0)
			close(map_fds[i]);
}

static char log_buf[1 << 20];

static int insns_count(const struct insn_test *t)
{
	int n = ARRAY_SIZE(t->insns);

	while (!t->insns[n - 1].code)
		n--;
	return n;
}

static int insns_load(const struct insn_test *t, __u32 flags, int log_level)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log_buf, .log_size = sizeof(log_buf),
		    .log_level = log_level, .prog_flags = flags);
	struct bpf_insn insns[ARRAY_SIZE(t->insns)];
	int i, n = insns_count(t);

	memcpy(insns, t->insns, sizeof(insns));
	for (i = 0; i < n; i++)
		if (insns[i].code == (BPF_LD | BPF_DW | BPF_IMM) && insns[i].src_reg)
			insns[i].imm = map_fds[insns[i].imm];
	log_buf[0] = 0;
	return bpf_prog_load(t->type ?: BPF_PROG_TYPE_SOCKET_FILTER, "arena_verifier", "GPL",
			     insns, n, &opts);
}

static void insns_run(int fd)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));

	if (ASSERT_OK(bpf_prog_test_run_opts(fd, &opts), "run"))
		ASSERT_EQ(opts.retval, 0, "return value");
}

static void test_insns(const struct insn_test *t)
{
	static const __u32 flags[] = { 0, BPF_F_TEST_RND_HI32, BPF_F_TEST_STATE_FREQ };
	int i, fd;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = insns_load(t, flags[i], 1);
		if (t->msg) {
			ASSERT_LT(fd, 0, "must be refused");
			if (t->err)
				ASSERT_EQ(fd, t->err, "error");
			ASSERT_OK_PTR(strstr(log_buf, t->msg), t->msg);
			if (!strstr(log_buf, t->msg))
				printf("%s\n", log_buf);
		} else if (ASSERT_GE(fd, 0, "must load")) {
			insns_run(fd);
		} else {
			printf("%s\n", log_buf);
		}
		if (fd >= 0)
			close(fd);
	}
}

/* The caller may use BPF, but not look at pointers. */
static void test_no_perfmon(void)
{
	static const struct insn_test t = {
		.insns = { LD_MAP(BPF_REG_1, ARENA), RETURN(0) },
	};
	__u64 caps = 1ULL << CAP_PERFMON | 1ULL << CAP_SYS_ADMIN, old;
	int fd;

	if (!ASSERT_OK(cap_disable_effective(caps, &old), "drop CAP_PERFMON"))
		return;
	fd = insns_load(&t, 0, 1);
	cap_enable_effective(old, NULL);
	ASSERT_EQ(fd, -EPERM, "error");
	ASSERT_HAS_SUBSTR(log_buf, "CAP_BPF and CAP_PERFMON are required to use arena", "message");
	if (fd >= 0)
		close(fd);
}

/* What the user sees of the insns afterwards is what there was, but for casts that are gone. */
static void test_dump(void)
{
	static const struct insn_test t = {
		.insns = { R6_ARENA(), CAST_USER(BPF_REG_1, BPF_REG_6),
			   BPF_LDX_MEM(BPF_H, BPF_REG_0, BPF_REG_6, 2),
			   BPF_STX_MEM(BPF_B, BPF_REG_6, BPF_REG_0, 3),
			   BPF_ST_MEM(BPF_DW, BPF_REG_6, 8, 4),
			   BPF_ATOMIC_OP(BPF_W, BPF_ADD, BPF_REG_6, BPF_REG_0, 16),
			   BPF_ATOMIC_OP(BPF_DW, BPF_XCHG, BPF_REG_6, BPF_REG_0, 24), RETURN(0) },
	};
	struct bpf_insn insns[ARRAY_SIZE(t.insns)] = {};
	struct bpf_prog_info info = {
		.xlated_prog_insns = (unsigned long)insns,
		.xlated_prog_len = sizeof(insns),
	};
	__u32 len = sizeof(info);
	int fd, i;

	fd = insns_load(&t, 0, 2);
	if (!ASSERT_GE(fd, 0, "load"))
		return;
	/* The second level is kept if the program loads. */
	ASSERT_HAS_SUBSTR(log_buf, "(bf) r6 = addr_space_cast(r6, 0, 1)", "log");
	ASSERT_HAS_SUBSTR(log_buf, "(bf) r1 = addr_space_cast(r6, 1, 0)", "log");
	if (ASSERT_OK(bpf_obj_get_info_by_fd(fd, &info, &len), "info") &&
	    ASSERT_GE(info.xlated_prog_len, insns_count(&t) * sizeof(*insns), "length") &&
	    /* Blinding of constants makes it longer, and other insns of it */
	    info.xlated_prog_len == insns_count(&t) * sizeof(*insns)) {
		ASSERT_EQ(insns[2].code, BPF_ALU | BPF_MOV | BPF_X, "cast to the kernel's");
		ASSERT_EQ(insns[2].off, 0, "offset of the cast");
		ASSERT_EQ(insns[2].imm, 0, "immediate of the cast");
		for (i = 3; i < insns_count(&t); i++)
			ASSERT_OK(memcmp(&insns[i], &t.insns[i], sizeof(*insns)), "insn");
	}
	close(fd);
}

void test_arena_verifier_insns(void)
{
	int i;

	if (!maps_create())
		goto out;
	for (i = 0; i < ARRAY_SIZE(insn_tests); i++)
		if (test__start_subtest(insn_tests[i].name))
			test_insns(&insn_tests[i]);
	if (test__start_subtest("no_perfmon"))
		test_no_perfmon();
	if (test__start_subtest("dump"))
		test_dump();
out:
	maps_close();
}

/* Does the program call the kfunc, and not another one, n times? */
static void check_calls(const struct bpf_program *prog, const char *kfunc, int n)
{
	long base = ksym_get_addr("__bpf_call_base"), addr = ksym_get_addr(kfunc);
	struct bpf_insn insns[256] = {};
	struct bpf_prog_info info = {
		.xlated_prog_insns = (unsigned long)insns,
		.xlated_prog_len = sizeof(insns),
	};
	__u32 len = sizeof(info);
	int i, calls = 0;

	if (!ASSERT_OK(bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len), "info"))
		return;
	for (i = 0; i < info.xlated_prog_len / sizeof(*insns); i++) {
		if (insns[i].code != (BPF_JMP | BPF_CALL) ||
		    insns[i].src_reg != BPF_PSEUDO_KFUNC_CALL)
			continue;
		ASSERT_EQ(insns[i].imm, (int)(addr - base), kfunc);
		calls++;
	}
	ASSERT_EQ(calls, n, "calls");
}

/* Sleepable programs call what may sleep, but only where no path must not. */
void test_arena_verifier_sleep(void)
{
	static const struct {
		const char *prog, *kfunc;
		int calls;
	} tests[] = {
		{ "main_alloc", "bpf_arena_alloc_pages_sleepable", 1 },
		{ "main_free", "bpf_arena_free_pages_sleepable", 1 },
		{ "function_free", "bpf_arena_free_pages_sleepable", 1 },
		{ "global_free", "bpf_arena_free_pages_sleepable", 1 },
		{ "callback_free", "bpf_arena_free_pages_sleepable", 1 },
		{ "callback_global_free", "bpf_arena_free_pages", 1 },
		{ "both_free", "bpf_arena_free_pages_sleepable", 1 },
		{ "each_free", "bpf_arena_free_pages", 1 },
		{ "main_and_each_free", "bpf_arena_free_pages", 1 },
		{ "locked_free", "bpf_arena_free_pages", 1 },
		{ "maybe_locked_free", "bpf_arena_free_pages", 1 },
		{ "socket_free", "bpf_arena_free_pages", 1 },
	};
	struct arena_verifier_sleep *skel;
	int i;

	skel = arena_verifier_sleep__open_and_load();
	if (!ASSERT_OK_PTR(skel, "load") || !ASSERT_OK(load_kallsyms(), "kallsyms"))
		goto out;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (test__start_subtest(tests[i].prog))
			check_calls(bpf_object__find_program_by_name(skel->obj, tests[i].prog),
				    tests[i].kfunc, tests[i].calls);
out:
	arena_verifier_sleep__destroy(skel);
}

/* A function and its replacement have to agree on what an arena pointer is. */
static void test_replacement(int target_fd, const char *target, const char *name,
			     const char *msg)
{
	struct arena_verifier_ext *skel = arena_verifier_ext__open();
	struct bpf_program *prog;
	int err;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
	prog = bpf_object__find_program_by_name(skel->obj, name);
	log_buf[0] = 0;
	bpf_program__set_log_buf(prog, log_buf, sizeof(log_buf));
	bpf_program__set_log_level(prog, 1);
	if (!ASSERT_OK(bpf_program__set_attach_target(prog, target_fd, target), "target"))
		goto out;
	err = arena_verifier_ext__load(skel);
	if (msg) {
		ASSERT_ERR(err, "load");
		ASSERT_HAS_SUBSTR(log_buf, msg, "message");
	} else if (!ASSERT_OK(err, "load")) {
		printf("%s\n", log_buf);
	}
out:
	arena_verifier_ext__destroy(skel);
}

void test_arena_verifier_ext(void)
{
	static const struct {
		const char *target, *name, *msg;
	} tests[] = {
		{ "global_decl_tag", "memory_for_decl_tag",
		  "Arena arguments of global_decl_tag() don't match" },
		{ "global_type_tag", "memory_for_type_tag",
		  "Arena arguments of global_type_tag() don't match" },
		{ "global_decl_tag", "arena_for_decl_tag", NULL },
		{ "global_void", "void_for_void", NULL },
		{ "global_like_context", "sk_buff_of_caller", "invalid mem access 'scalar'" },
	};
	struct arena_verifier *skel = arena_verifier__open();
	struct bpf_program *prog;
	int i;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, prog == skel->progs.global_functions);
	if (!ASSERT_OK(arena_verifier__load(skel), "load"))
		goto out;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (test__start_subtest(tests[i].name))
			test_replacement(bpf_program__fd(skel->progs.global_functions),
					 tests[i].target, tests[i].name, tests[i].msg);
out:
	arena_verifier__destroy(skel);
}

void test_arena_verifier(void)
{
	RUN_TESTS(arena_verifier);
}

void test_arena_verifier_fail(void)
{
	RUN_TESTS(arena_verifier_fail);
}

void test_arena_verifier_kfunc(void)
{
	RUN_TESTS(arena_verifier_kfunc);
}
