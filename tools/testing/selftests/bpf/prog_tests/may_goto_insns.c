// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* may_goto, insn by insn: what it becomes, what it does, and what is refused. */
#include <linux/capability.h>
#include <linux/filter.h>
#include "test_progs.h"
#include "cap_helpers.h"
#include "may_goto_helpers.h"
#include "trace_helpers.h"

#define MAX_INSNS 64
#define ENOTSUPP 524

/* BPF_REG_AX */
#define AX 11

#define MAY_GOTO(off) BPF_RAW_INSN(BPF_JMP | BPF_JCOND, 0, BPF_MAY_GOTO, off, 0)
#define RANDOM() BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_prandom_u32)
#define RETURN(value) BPF_MOV64_IMM(BPF_REG_0, value), BPF_EXIT_INSN()
#define CALL(off) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, off)
/* The address in the only value of the map, 16 bytes */
#define LD_ADDR(reg, off) \
	BPF_RAW_INSN(BPF_LD | BPF_DW | BPF_IMM, reg, BPF_PSEUDO_MAP_VALUE, 0, 0), \
	BPF_RAW_INSN(0, 0, 0, 0, off)

/* What may_goto becomes */
#define COUNTER(slot) BPF_ST_MEM(BPF_DW, BPF_REG_10, slot, MAX_LOOPS)
#define EXPANDED(slot, off) \
	BPF_LDX_MEM(BPF_DW, AX, BPF_REG_10, slot), \
	BPF_JMP_IMM(BPF_JEQ, AX, 0, off), \
	BPF_ALU64_IMM(BPF_SUB, AX, 1), \
	BPF_STX_MEM(BPF_DW, BPF_REG_10, AX, slot)

/* and what it becomes if the loop ends by time; the imm of the call depends on the kernel. */
#define LIMIT(slot) \
	BPF_ST_MEM(BPF_DW, BPF_REG_10, slot, MAX_TIMED_LOOPS), \
	BPF_ST_MEM(BPF_DW, BPF_REG_10, (slot) + 8, 0)
#define TIMED(slot, off) \
	BPF_LDX_MEM(BPF_DW, AX, BPF_REG_10, slot), \
	BPF_JMP_IMM(BPF_JEQ, AX, 0, off), \
	BPF_ALU64_IMM(BPF_SUB, AX, 1), \
	BPF_JMP_IMM(BPF_JNE, AX, 0, 2), \
	BPF_MOV64_IMM(AX, slot), \
	BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, 0), \
	BPF_STX_MEM(BPF_DW, BPF_REG_10, AX, slot)

struct insn_test {
	const char *name;
	const char *msg;	/* must be refused with it, NULL: must load and run */
	long retval;		/* and return this */
	int calls;		/* and count in the map what so many calls loop until ended */
	int type;
	bool interpreter;	/* an interpreter runs it, too, and is not slow */
	struct bpf_insn insns[MAX_INSNS];
	struct bpf_insn xlated[MAX_INSNS];
	struct bpf_insn timed[MAX_INSNS];
};

static int map_fd;

/* Write to the packet, which takes a prologue, and jump to the first insn with R1 = 0 */
#define WRITE_AND_AGAIN(off)							\
	BPF_JMP_IMM(BPF_JEQ, BPF_REG_1, 0, 8),					\
	BPF_LDX_MEM(BPF_W, BPF_REG_2, BPF_REG_1,				\
		    offsetof(struct __sk_buff, data)),				\
	BPF_LDX_MEM(BPF_W, BPF_REG_3, BPF_REG_1,				\
		    offsetof(struct __sk_buff, data_end)),			\
	BPF_MOV64_REG(BPF_REG_4, BPF_REG_2),					\
	BPF_ALU64_IMM(BPF_ADD, BPF_REG_4, 1),					\
	BPF_JMP_REG(BPF_JGT, BPF_REG_4, BPF_REG_3, 3),				\
	BPF_ST_MEM(BPF_B, BPF_REG_2, 0, 1), BPF_MOV64_IMM(BPF_REG_1, 0),	\
	BPF_JMP_A(off)

static const struct insn_test insn_tests[] = {
	/* what it becomes */
	{
		"xlated_forward", .retval = 2, .interpreter = true,
		.insns = { MAY_GOTO(1), BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
		.xlated = { COUNTER(-8), EXPANDED(-8, 3), BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
		.timed = { LIMIT(-16), TIMED(-16, 6), BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
	}, {
		"xlated_backward", .retval = 4, .interpreter = true,
		.insns = { BPF_MOV64_IMM(BPF_REG_0, 1), BPF_JMP_A(2), RETURN(3), MAY_GOTO(-3),
			   RETURN(4) },
		.xlated = { COUNTER(-8), BPF_MOV64_IMM(BPF_REG_0, 1), BPF_JMP_A(2), RETURN(3),
			    EXPANDED(-8, -4), RETURN(4) },
		.timed = { LIMIT(-16), BPF_MOV64_IMM(BPF_REG_0, 1), BPF_JMP_A(2), RETURN(3),
			   TIMED(-16, -4), RETURN(4) },
	}, {
		"xlated_loop", .retval = 7, .interpreter = true,
		.insns = { BPF_MOV64_IMM(BPF_REG_0, 0), MAY_GOTO(2),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1),
			   BPF_JMP_IMM(BPF_JLT, BPF_REG_0, 7, -3), BPF_EXIT_INSN() },
		.xlated = { COUNTER(-8), BPF_MOV64_IMM(BPF_REG_0, 0), EXPANDED(-8, 4),
			    BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1),
			    BPF_JMP_IMM(BPF_JLT, BPF_REG_0, 7, -6), BPF_EXIT_INSN() },
		.timed = { LIMIT(-16), BPF_MOV64_IMM(BPF_REG_0, 0), TIMED(-16, 7),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1),
			   BPF_JMP_IMM(BPF_JLT, BPF_REG_0, 7, -9), BPF_EXIT_INSN() },
	}, {
		/* nothing to decide: nothing left */
		"xlated_chain", .retval = 2, .interpreter = true,
		.insns = { MAY_GOTO(2), MAY_GOTO(1), MAY_GOTO(0), RETURN(2) },
		.xlated = { RETURN(2) },
		.timed = { RETURN(2) },
	}, {
		"xlated_some_of_a_chain", .retval = 2, .interpreter = true,
		.insns = { MAY_GOTO(3), MAY_GOTO(1), MAY_GOTO(0), BPF_MOV64_IMM(BPF_REG_0, 1),
			   RETURN(2) },
		.xlated = { COUNTER(-8), EXPANDED(-8, 3), BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
		.timed = { LIMIT(-16), TIMED(-16, 6), BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
	}, {
		/* below the stack of the function, at a multiple of 8 */
		"xlated_stack", .retval = 2, .interpreter = true,
		.insns = { BPF_ST_MEM(BPF_W, BPF_REG_10, -12, 5), MAY_GOTO(1),
			   BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
		.xlated = { COUNTER(-24), BPF_ST_MEM(BPF_W, BPF_REG_10, -12, 5), EXPANDED(-24, 3),
			    BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
		.timed = { LIMIT(-32), BPF_ST_MEM(BPF_W, BPF_REG_10, -12, 5), TIMED(-32, 6),
			   BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
	}, {
		"xlated_two", .retval = 2, .interpreter = true,
		.insns = { MAY_GOTO(1), BPF_MOV64_IMM(BPF_REG_0, 1), MAY_GOTO(1),
			   BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
		.xlated = { COUNTER(-8), EXPANDED(-8, 3), BPF_MOV64_IMM(BPF_REG_0, 1),
			    EXPANDED(-8, 3), BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
		.timed = { LIMIT(-16), TIMED(-16, 6), BPF_MOV64_IMM(BPF_REG_0, 1),
			   TIMED(-16, 6), BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(2) },
	},
	/* what it does */
	{
		"limit", .calls = 1, .interpreter = true,
		.insns = { LD_ADDR(BPF_REG_1, 0), MAY_GOTO(4),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, 1),
			   BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_2, 0), BPF_JMP_A(-5), RETURN(0) },
	}, {
		/* The count starts before the first insn, but not for a jump to it. */
		"first_insn", .calls = 1,
		.insns = { MAY_GOTO(6), LD_ADDR(BPF_REG_1, 0),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, 1),
			   BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_2, 0), BPF_JMP_A(-7), RETURN(0) },
	}, {
		"first_insn_before", .calls = 1,
		.insns = { LD_ADDR(BPF_REG_1, 0), MAY_GOTO(4),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, 1),
			   BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_2, 0), BPF_JMP_A(-7), RETURN(0) },
	}, {
		/* f() twice, which jumps back to its first insn */
		"first_insn_of_function", .calls = 2,
		.insns = { CALL(3), CALL(2), RETURN(0),
			   MAY_GOTO(6), LD_ADDR(BPF_REG_1, 0),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, 1),
			   BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_2, 0), BPF_JMP_A(-7), RETURN(0) },
	}, {
		/* h() begins with a call to g(), which comes before it */
		"first_insn_calls_back", .retval = 5, .interpreter = true,
		.insns = { CALL(3), BPF_EXIT_INSN(),
			   RETURN(5), /* g() */
			   CALL(-3), MAY_GOTO(2), BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 5, 1),
			   BPF_EXIT_INSN(), BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 5, -2), RETURN(0) },
	}, {
		"first_insn_calls_on", .retval = 5, .interpreter = true,
		.insns = { CALL(1), BPF_EXIT_INSN(),
			   CALL(6), MAY_GOTO(2), BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 5, 1),
			   BPF_EXIT_INSN(), BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 5, -2), RETURN(0),
			   RETURN(5) /* g() */ },
	}, {
		/* 512 bytes, each of its own value after the loop */
		"whole_stack", .retval = 35,
		.insns = { BPF_ST_MEM(BPF_DW, BPF_REG_10, -512, 7),
			   BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 5), BPF_MOV64_IMM(BPF_REG_1, 0),
			   MAY_GOTO(2), BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 1),
			   BPF_JMP_IMM(BPF_JLT, BPF_REG_1, 9, -3),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -512),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_10, -8),
			   BPF_ALU64_REG(BPF_MUL, BPF_REG_0, BPF_REG_1), BPF_EXIT_INSN() },
	}, {
		/*
		 * A program that writes to a packet begins with insns that look at the
		 * context in R1. A jump to its first insn, with R1 = 0, must not lead there.
		 */
		"first_insn_after_prologue", .retval = 7, .type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = { WRITE_AND_AGAIN(-9), RETURN(7) },
	}, {
		/* and one with a may_goto has both. */
		"first_insn_after_both", .retval = 7, .type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = { MAY_GOTO(9), WRITE_AND_AGAIN(-10), RETURN(7) },
	},
	/* what is refused: bad insns */
	{
		"bad_imm", "invalid may_goto imm 1",
		.insns = { BPF_RAW_INSN(BPF_JMP | BPF_JCOND, 0, 0, 0, 1), RETURN(0) },
	}, {
		"bad_src_reg", "invalid may_goto imm 0",
		.insns = { BPF_RAW_INSN(BPF_JMP | BPF_JCOND, 0, 1, 0, 0), RETURN(0) },
	}, {
		"bad_dst_reg", "invalid may_goto imm 0",
		.insns = { BPF_RAW_INSN(BPF_JMP | BPF_JCOND, 1, 0, 0, 0), RETURN(0) },
	}, {
		"bad_class", "unknown opcode e6",
		.insns = { BPF_RAW_INSN(BPF_JMP32 | BPF_JCOND, 0, 0, 0, 0), RETURN(0) },
	}, {
		"bad_source", "unknown opcode ed",
		.insns = { BPF_RAW_INSN(BPF_JMP | BPF_JCOND | BPF_X, 0, 0, 0, 0), RETURN(0) },
	}, {
		"out_of_program", "jump out of range from insn 0 to 9",
		.insns = { MAY_GOTO(8), RETURN(0) },
	}, {
		"out_of_function", "jump out of range from insn 3 to 6",
		.insns = { CALL(2), CALL(4), BPF_EXIT_INSN(), MAY_GOTO(2), RETURN(0), RETURN(0) },
	}, {
		"last_insn", "last insn is not an exit or jmp",
		.insns = { RETURN(0), MAY_GOTO(-3) },
	},
	/* what is refused: loops without end */
	{
		"goes_back_to_itself", "infinite loop detected at insn 1",
		.insns = { BPF_MOV64_IMM(BPF_REG_0, 0), MAY_GOTO(-1), BPF_EXIT_INSN() },
	}, {
		"goes_back_if_over", "infinite loop detected at insn 2",
		.insns = { LD_ADDR(BPF_REG_0, 0), MAY_GOTO(-3), RETURN(0) },
	}, {
		"decides_nothing", "infinite loop detected at insn 0",
		.insns = { MAY_GOTO(0), BPF_JMP_A(-2) },
	}, {
		/*
		 * for (;;) { may_goto L; L: if (f()) break; }
		 * f(): may_goto out; return 0; out: return 1;
		 * f() has a count of its own in each call.
		 */
		"count_of_callee", "infinite loop detected",
		.insns = { MAY_GOTO(0), CALL(3), BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 0, 1),
			   BPF_JMP_A(-4), BPF_EXIT_INSN(),
			   MAY_GOTO(2), RETURN(0), RETURN(1) },
	}, {
		/*
		 * do ; while (!f(&x));
		 * f(p): M: may_goto out; *p = random; if (*p & 1) goto M; return 0;
		 * out: return 1;
		 * What one call has used up is not missing in the next.
		 */
		"count_of_last_call", "infinite loop detected",
		.insns = { BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0),
			   BPF_MOV64_REG(BPF_REG_1, BPF_REG_10),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, -8), CALL(2),
			   BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, -4), BPF_EXIT_INSN(),
			   /* f() */
			   BPF_MOV64_REG(BPF_REG_6, BPF_REG_1), MAY_GOTO(7), RANDOM(),
			   BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_0, 0),
			   BPF_JMP_IMM(BPF_JSET, BPF_REG_0, 1, 1), BPF_JMP_A(1), BPF_JMP_A(-6),
			   RETURN(0), RETURN(1) },
	}, {
		/*
		 * M: may_goto T; T: if (random) goto X; may_goto out; goto J; X: J: goto M;
		 * One way from M to J counts, and is found first, the other does not.
		 */
		"count_of_other_branch", "infinite loop detected",
		.insns = { BPF_MOV64_IMM(BPF_REG_6, 0), MAY_GOTO(0), RANDOM(),
			   BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 3),
			   BPF_MOV64_IMM(BPF_REG_0, 0), MAY_GOTO(4), BPF_JMP_A(1),
			   BPF_MOV64_IMM(BPF_REG_0, 0), BPF_MOV64_IMM(BPF_REG_7, 0),
			   BPF_JMP_A(-9), RETURN(0) },
	},
	/* what is refused: an iteration that is not like the first */
	{
		/* the pointer is gone in the second */
		"type_changes", "R1 invalid mem access 'scalar'",
		.insns = { LD_ADDR(BPF_REG_1, 0), MAY_GOTO(3),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
			   BPF_MOV64_IMM(BPF_REG_1, 0), BPF_JMP_A(-4), RETURN(0) },
	}, {
		/* 0, 8, then 16 */
		"offset_grows", "invalid access to map value, value_size=16 off=16 size=8",
		.insns = { LD_ADDR(BPF_REG_1, 0), MAY_GOTO(3),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 8), BPF_JMP_A(-4), RETURN(0) },
	}, {
		"scalar_offset_grows", "access to map value",
		.insns = { BPF_MOV64_IMM(BPF_REG_3, 0), MAY_GOTO(6), LD_ADDR(BPF_REG_1, 0),
			   BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_3),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, 8), BPF_JMP_A(-7), RETURN(0) },
	}, {
		/* used as an offset only after the loop, and for the first iterations it is fine */
		"offset_after_loop", "access to map value",
		.insns = { BPF_MOV64_IMM(BPF_REG_3, 0), MAY_GOTO(2),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, 1), BPF_JMP_A(-3),
			   LD_ADDR(BPF_REG_1, 0), BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_3),
			   BPF_LDX_MEM(BPF_B, BPF_REG_2, BPF_REG_1, 0), RETURN(0) },
	}, {
		/* the same through the stack */
		"offset_spilled", "access to map value",
		.insns = { BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0), MAY_GOTO(9),
			   BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_10, -8), LD_ADDR(BPF_REG_1, 0),
			   BPF_MOV64_REG(BPF_REG_4, BPF_REG_3),
			   BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_4),
			   BPF_LDX_MEM(BPF_B, BPF_REG_2, BPF_REG_1, 0),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, 8),
			   BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_3, -8), BPF_JMP_A(-10),
			   RETURN(0) },
	}, {
		/* r0 is written in the loop only, which may not be gone through at all */
		"not_written", "R0 !read_ok",
		.insns = { MAY_GOTO(2), BPF_MOV64_IMM(BPF_REG_0, 0), BPF_JMP_A(-3),
			   BPF_EXIT_INSN() },
	}, {
		/* r6 -> r7 -> r8 -> offset: three iterations until it matters */
		"offset_moves_on", "math between map_value pointer and register",
		.insns = { BPF_MOV64_IMM(BPF_REG_6, 0), BPF_MOV64_IMM(BPF_REG_7, 0),
			   BPF_MOV64_IMM(BPF_REG_8, 0), MAY_GOTO(9),
			   LD_ADDR(BPF_REG_1, 0), BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_8),
			   BPF_LDX_MEM(BPF_B, BPF_REG_2, BPF_REG_1, 0),
			   BPF_MOV64_REG(BPF_REG_8, BPF_REG_7), BPF_MOV64_REG(BPF_REG_7, BPF_REG_6),
			   RANDOM(), BPF_MOV64_REG(BPF_REG_6, BPF_REG_0), BPF_JMP_A(-10),
			   RETURN(0) },
	}, {
		/* an inner loop that is fine until the outer one has changed r6 */
		"inner_loop_of_second", "math between map_value pointer and register",
		.insns = { BPF_MOV64_IMM(BPF_REG_6, 0), MAY_GOTO(11),
			   BPF_MOV64_IMM(BPF_REG_7, 0), MAY_GOTO(7),
			   LD_ADDR(BPF_REG_1, 0), BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_6),
			   BPF_LDX_MEM(BPF_B, BPF_REG_2, BPF_REG_1, 0),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_7, 1),
			   BPF_JMP_IMM(BPF_JGE, BPF_REG_7, 3, 1), BPF_JMP_A(-8),
			   BPF_ALU64_IMM(BPF_ADD, BPF_REG_6, 16), BPF_JMP_A(-12), RETURN(0) },
	},
};

static struct bpf_insn insns_buf[MAX_INSNS];
static char log_buf[1 << 20];

static int insns_count(const struct bpf_insn *insns)
{
	int n = MAX_INSNS;

	while (n && !insns[n - 1].code)
		n--;
	return n;
}

static int insns_load(const struct insn_test *t, __u32 flags)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log_buf, .log_size = sizeof(log_buf),
		    .log_level = 1, .prog_flags = flags);
	int i, n = insns_count(t->insns);

	memcpy(insns_buf, t->insns, sizeof(insns_buf));
	for (i = 0; i < n; i++)
		if (insns_buf[i].code == (BPF_LD | BPF_DW | BPF_IMM))
			insns_buf[i].imm = map_fd;
	log_buf[0] = 0;
	return bpf_prog_load(t->type ?: BPF_PROG_TYPE_SOCKET_FILTER, "may_goto", "GPL",
			     insns_buf, n, &opts);
}

static void insns_run(const struct insn_test *t, int fd)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	__u64 value[2] = {};
	int key = 0;

	bpf_map_update_elem(map_fd, &key, value, 0);
	if (ASSERT_OK(bpf_prog_test_run_opts(fd, &opts), "run"))
		ASSERT_EQ(opts.retval, t->retval, "return value");
	bpf_map_lookup_elem(map_fd, &key, value);
	if (!t->calls)
		ASSERT_EQ(value[0], 0, "iterations");
	else if (!ASSERT_TRUE(may_goto_ended(value[0], t->calls), "ended"))
		printf("%llu iterations\n", value[0]);
}

/* Every call of a helper must be that of arch_bpf_timed_may_goto(). */
static void check_call(void)
{
	long imm = ksym_get_addr("arch_bpf_timed_may_goto") - ksym_get_addr("__bpf_call_base");
	int i;

	for (i = 0; i < MAX_INSNS; i++)
		if (insns_buf[i].code == (BPF_JMP | BPF_CALL)) {
			ASSERT_EQ(insns_buf[i].imm, imm, "call");
			insns_buf[i].imm = 0;
		}
}

/* Only without what makes a program longer: blinding, random upper halves */
static void check_xlated(const struct insn_test *t, int fd)
{
	struct bpf_prog_info info = {
		.xlated_prog_insns = (unsigned long)insns_buf,
		.xlated_prog_len = sizeof(insns_buf),
	};
	const struct bpf_insn *xlated = may_goto_is_timed() ? t->timed : t->xlated;
	__u32 len = sizeof(info), n = insns_count(xlated) * sizeof(*insns_buf);

	if (!n || may_goto_hardened() ||
	    !ASSERT_OK(bpf_obj_get_info_by_fd(fd, &info, &len), "info"))
		return;
	ASSERT_EQ(info.xlated_prog_len, n, "length");
	check_call();
	ASSERT_OK(memcmp(insns_buf, xlated, n), "insns");
}

static void test_insns(const struct insn_test *t)
{
	static const __u32 flags[] = { 0, BPF_F_TEST_STATE_FREQ, BPF_F_TEST_RND_HI32 };
	int i, fd;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = insns_load(t, flags[i]);
		if (t->msg) {
			ASSERT_LT(fd, 0, "must be refused");
			if (!ASSERT_OK_PTR(strstr(log_buf, t->msg), t->msg))
				printf("%s\n", log_buf);
		} else if (ASSERT_GE(fd, 0, "must load")) {
			if (!flags[i])
				check_xlated(t, fd);
			if (!flags[i] || !t->calls)
				insns_run(t, fd);
		} else {
			printf("%s\n", log_buf);
		}
		if (fd >= 0)
			close(fd);
	}
}

static bool map_open(void)
{
	map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "may_goto", 4, 16, 1, NULL);
	return ASSERT_OK(load_kallsyms(), "kallsyms") && ASSERT_GE(map_fd, 0, "map");
}

static void all_insns(bool (*wanted)(const struct insn_test *t))
{
	int i;

	for (i = 0; i < ARRAY_SIZE(insn_tests); i++)
		if (wanted(&insn_tests[i]) && test__start_subtest(insn_tests[i].name))
			test_insns(&insn_tests[i]);
}

static bool any(const struct insn_test *t)
{
	return true;
}

static bool runs(const struct insn_test *t)
{
	return !t->msg;
}

static bool interpreter_runs(const struct insn_test *t)
{
	return t->interpreter;
}

static void test_unprivileged(void)
{
	static const struct insn_test t = { .insns = { MAY_GOTO(0), RETURN(0) } };
	__u64 caps = 1ULL << CAP_BPF | 1ULL << CAP_PERFMON | 1ULL << CAP_SYS_ADMIN |
		     1ULL << CAP_NET_ADMIN, old;
	struct sysctl sysctl;
	int fd;

	if (!ASSERT_OK(sysctl_set(&sysctl, "kernel/unprivileged_bpf_disabled", 0), "sysctl"))
		return;
	if (!ASSERT_OK(cap_disable_effective(caps, &old), "drop capabilities"))
		goto out;
	fd = insns_load(&t, 0);
	cap_enable_effective(old, NULL);
	ASSERT_EQ(fd, -EPERM, "error");
	ASSERT_HAS_SUBSTR(log_buf, "may_goto is only allowed with CAP_BPF", "message");
	if (fd >= 0)
		close(fd);
out:
	sysctl_restore(&sysctl);
}

/* Load a jump over so many insns, in a function of the program or not. */
static int far_load(int off, bool function)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log_buf, .log_size = sizeof(log_buf),
		    .log_level = 4);
	struct bpf_insn *insns = calloc(off + 5, sizeof(*insns));
	int i, fd, n = 0;

	if (function) {
		insns[n++] = CALL(1);
		insns[n++] = BPF_EXIT_INSN();
	}
	insns[n++] = MAY_GOTO(off);
	for (i = 0; i < off + 1; i++)
		insns[n++] = BPF_MOV64_IMM(BPF_REG_0, i);
	insns[n++] = BPF_EXIT_INSN();
	fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "may_goto", "GPL", insns, n, &opts);
	if (fd >= 0)
		close(fd);
	free(insns);
	return fd;
}

/* A jump of almost 32768 insns gets longer. */
static void test_range(void)
{
	int max = may_goto_is_timed() ? 32762 : 32765;

	if (test__start_subtest("far"))
		ASSERT_GE(far_load(max, false), 0, "load");
	if (test__start_subtest("too_far")) {
		ASSERT_EQ(far_load(max + 1, false), -ERANGE, "load");
		ASSERT_HAS_SUBSTR(log_buf, "insn 0 cannot be patched due to 16-bit range",
				  "message");
	}
}

/*
 * What the JIT fails to compile has no interpreter, if its loops end by time. Blinding
 * makes the jump longer than a jump can be.
 */
static void test_not_compiled(void)
{
	ASSERT_EQ(far_load(20000, false), -ENOTSUPP, "program");
	ASSERT_EQ(far_load(20000, true), -EOPNOTSUPP, "function");
	ASSERT_HAS_SUBSTR(log_buf, "JIT is required for loops that end by time", "message");
}

/* More stack than an interpreter has, in the program or in a function of it */
static void test_too_large(void)
{
	static const struct insn_test main = {
		.insns = { BPF_ST_MEM(BPF_DW, BPF_REG_10, -512, 7), MAY_GOTO(1),
			   BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(0) },
	}, function = {
		.insns = { CALL(1), BPF_EXIT_INSN(), BPF_ST_MEM(BPF_DW, BPF_REG_10, -480, 7),
			   MAY_GOTO(1), BPF_MOV64_IMM(BPF_REG_0, 1), RETURN(0) },
	};
	int fd;

	fd = insns_load(&main, 0);
	ASSERT_EQ(fd, -EACCES, "program");
	ASSERT_HAS_SUBSTR(log_buf, "stack of 520 bytes is too large for the interpreter",
			  "message");
	if (fd >= 0)
		close(fd);
	fd = insns_load(&function, 0);
	ASSERT_GE(fd, 0, "function");
	if (fd >= 0)
		close(fd);
}

void test_may_goto_insns(void)
{
	if (map_open())
		all_insns(any);
	if (test__start_subtest("unprivileged"))
		test_unprivileged();
	test_range();
	close(map_fd);
}

void serial_test_may_goto_insns_hardened(void)
{
	struct sysctl sysctl;

	if (!ASSERT_OK(sysctl_set(&sysctl, "net/core/bpf_jit_harden", 2), "sysctl"))
		return;
	if (map_open())
		all_insns(runs);
	if (may_goto_is_timed() && test__start_subtest("not_compiled"))
		test_not_compiled();
	close(map_fd);
	sysctl_restore(&sysctl);
}

void serial_test_may_goto_insns_interpreter(void)
{
	struct sysctl sysctl;

	if (!ASSERT_OK(sysctl_set(&sysctl, "net/core/bpf_jit_enable", 0), "sysctl"))
		return;
	if (map_open())
		all_insns(interpreter_runs);
	test_range();
	if (test__start_subtest("too_large"))
		test_too_large();
	close(map_fd);
	sysctl_restore(&sysctl);
}
