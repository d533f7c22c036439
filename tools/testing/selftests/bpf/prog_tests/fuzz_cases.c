// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What the interpreter of the fuzzer finds, and what it lets pass. */
#include "test_progs.h"
#include "fuzz.h"

#define CALL(func)	BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##func)
#define MAP(reg, map)	BPF_LD_IMM64_RAW(reg, BPF_PSEUDO_MAP_FD, FUZZ_MAP_##map)
#define VALUE(reg)	BPF_LD_IMM64_RAW(reg, BPF_PSEUDO_MAP_VALUE, FUZZ_MAP_DATA)
#define FUNC(reg, dist)	BPF_LD_IMM64_RAW(reg, BPF_PSEUDO_FUNC, dist)
#define MAY_GOTO(off)	BPF_RAW_INSN(0xe5, 0, 0, off, 0)
#define RETURN(imm)	BPF_MOV64_IMM(BPF_REG_0, imm), BPF_EXIT_INSN()

/* The address of a slot */
#define SLOT(reg, off)	BPF_MOV64_REG(reg, BPF_REG_10), BPF_ALU64_IMM(BPF_ADD, reg, off)

/* A dynptr of 32 bytes at a slot */
#define DYNPTR(off) \
	VALUE(BPF_REG_1), BPF_MOV64_IMM(BPF_REG_2, 32), BPF_MOV64_IMM(BPF_REG_3, 0), \
	SLOT(BPF_REG_4, off), CALL(dynptr_from_mem)

#define SLICE \
	BPF_MOV64_IMM(BPF_REG_2, 0), BPF_MOV64_IMM(BPF_REG_3, 8), CALL(dynptr_data)

/* The index of an access, in the context of a callback that adds 32 */
#define INDEX_LOOP(nr) \
	BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0), BPF_MOV64_IMM(BPF_REG_1, nr), \
	FUNC(BPF_REG_2, 11), SLOT(BPF_REG_3, -8), BPF_MOV64_IMM(BPF_REG_4, 0), CALL(loop), \
	VALUE(BPF_REG_1), BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_10, -8), \
	BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_2), \
	BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 0), BPF_EXIT_INSN(), \
	BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_2, 0), BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 32), \
	BPF_STX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0), RETURN(0)

/* Drain with a callback at a distance, the context of which is a slot */
#define DRAIN(dist) \
	MAP(BPF_REG_1, USER), FUNC(BPF_REG_2, dist), SLOT(BPF_REG_3, -8), \
	BPF_MOV64_IMM(BPF_REG_4, 0), CALL(user_ringbuf_drain)

/* A global function at a distance, that has one argument */
#define GLOBAL(arg, dist) \
	BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, FUZZ_ARG_##arg, dist)

/* R7 is a packet with a byte at least, or the program ends. */
#define PACKET \
	BPF_MOV64_REG(BPF_REG_6, BPF_REG_1), \
	BPF_LDX_MEM(BPF_W, BPF_REG_7, BPF_REG_1, FUZZ_DATA), \
	BPF_LDX_MEM(BPF_W, BPF_REG_8, BPF_REG_1, FUZZ_DATA_END), \
	BPF_MOV64_REG(BPF_REG_0, BPF_REG_7), BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1), \
	BPF_JMP_REG(BPF_JLE, BPF_REG_0, BPF_REG_8, 2), RETURN(0)

#define PULL \
	BPF_MOV64_REG(BPF_REG_1, BPF_REG_6), BPF_MOV64_IMM(BPF_REG_2, 0), CALL(skb_pull_data)

/* R6 is a value with a lock and a timer. */
#define SPECIAL \
	BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 0), MAP(BPF_REG_1, SPECIAL), SLOT(BPF_REG_2, -4), \
	CALL(map_lookup_elem), BPF_MOV64_REG(BPF_REG_6, BPF_REG_0)

/* A part of it as an argument */
#define PART(off) \
	BPF_MOV64_REG(BPF_REG_1, BPF_REG_6), BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, FUZZ_##off)

#define KFUNC(func)	BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, FUZZ_##func)

/* An iterator over 0 and 1 at -8, and a call with it */
#define ITER(func)	SLOT(BPF_REG_1, -8), KFUNC(ITER_##func)
#define ITER_2		BPF_MOV64_IMM(BPF_REG_2, 0), BPF_MOV64_IMM(BPF_REG_3, 2), ITER(NEW)

/* R6 is a value with a lock that can fail; take it, with the rest skipped if that fails. */
#define RES \
	BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 0), MAP(BPF_REG_1, RES), SLOT(BPF_REG_2, -4), \
	CALL(map_lookup_elem), BPF_MOV64_REG(BPF_REG_6, BPF_REG_0)
#define TAKE(skip) \
	PART(LOCK), KFUNC(RES_LOCK), \
	BPF_RAW_INSN(BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_0, 0, skip, 0)

static const struct {
	const char *name;
	struct bpf_insn insn[32];
	const char *what;	/* NULL if it is right */
	bool strict;
	enum fuzz_type type;
} cases[] = {
	/* kfuncs */
	{
		"iterate", {
			ITER_2, ITER(NEXT), BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 2),
			BPF_LDX_MEM(BPF_W, BPF_REG_7, BPF_REG_0, 0), BPF_JMP_A(-6),
			ITER(DESTROY), RETURN(0),
		},
	}, {
		"iterator_left", { ITER_2, RETURN(0), }, "an iterator is never destroyed",
	}, {
		"iterator_gone", {
			ITER_2, ITER(DESTROY), ITER(NEXT), RETURN(0),
		}, "it has not been made there",
	}, {
		"element_gone", {
			ITER_2, ITER(NEXT), BPF_MOV64_REG(BPF_REG_6, BPF_REG_0), ITER(DESTROY),
			BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_6, 0), BPF_EXIT_INSN(),
		}, "access to memory that is gone",
	}, {
		"element_written", {
			ITER_2, ITER(NEXT), BPF_ST_MEM(BPF_W, BPF_REG_0, 0, 1), ITER(DESTROY),
			RETURN(0),
		}, "write to read-only memory",
	}, {
		"sections", {
			KFUNC(RCU_LOCK), SLOT(BPF_REG_1, -8), KFUNC(IRQ_SAVE),
			KFUNC(PREEMPT_DISABLE), KFUNC(RCU_UNLOCK), KFUNC(PREEMPT_ENABLE),
			SLOT(BPF_REG_1, -8), KFUNC(IRQ_RESTORE), RETURN(0),
		},
	}, {
		"section_left", { KFUNC(RCU_LOCK), RETURN(0), }, "a section is never closed",
	}, {
		"section_not_open", {
			KFUNC(PREEMPT_ENABLE), RETURN(0),
		}, "a section is closed that was not opened",
	}, {
		"flags_crossed", {
			SLOT(BPF_REG_1, -8), KFUNC(IRQ_SAVE), SLOT(BPF_REG_1, -16), KFUNC(IRQ_SAVE),
			SLOT(BPF_REG_1, -8), KFUNC(IRQ_RESTORE), RETURN(0),
		}, "other flags are restored than were saved last",
	}, {
		"flags_overwritten", {
			SLOT(BPF_REG_1, -8), KFUNC(IRQ_SAVE), BPF_ST_MEM(BPF_B, BPF_REG_10, -1, 0),
			SLOT(BPF_REG_1, -8), KFUNC(IRQ_RESTORE), RETURN(0),
		}, "it has not been made there",
	}, {
		"sleep_in_section", {
			KFUNC(RCU_LOCK), BPF_MOV64_IMM(BPF_REG_1, FUZZ_NO_FD), CALL(sys_close),
			KFUNC(RCU_UNLOCK), RETURN(0),
		}, "sleeps where it must not", false, FUZZ_SYSCALL,
	}, {
		"lock", {
			RES, TAKE(3), PART(LOCK), KFUNC(RES_UNLOCK), RETURN(0),
		},
	}, {
		"lock_left", { RES, TAKE(0), RETURN(0), }, "a lock is never released",
	}, {
		"lock_not_held", {
			RES, PART(LOCK), KFUNC(RES_UNLOCK), RETURN(0),
		}, "unlock of what is not locked",
	}, {
		"call_in_lock", {
			RES, TAKE(4), CALL(get_prandom_u32), PART(LOCK), KFUNC(RES_UNLOCK),
			RETURN(0),
		}, "call with a lock held",
	}, {
		"lock_with_flags", {
			RES, SLOT(BPF_REG_2, -16), PART(LOCK), KFUNC(RES_LOCK_IRQ),
			BPF_RAW_INSN(BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_0, 0, 3, 0),
			PART(LOCK), KFUNC(RES_UNLOCK), RETURN(0),
		}, "unlock of what is not locked",
	},
	/* insns of cpuv4: 253 is -3 */
	{
		"sign_of_a_byte", {
			BPF_MOV64_IMM(BPF_REG_2, 253),
			BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_2, 8, 0),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, 3),
			VALUE(BPF_REG_1), BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_2),
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, 56), BPF_EXIT_INSN(),
		},
	}, {
		"sign_of_a_stored_byte", {
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 253),
			BPF_RAW_INSN(BPF_LDX | FUZZ_MEMSX | BPF_B, BPF_REG_2, BPF_REG_10, -8, 0),
			VALUE(BPF_REG_1), BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_2),
			BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 0), BPF_EXIT_INSN(),
		}, "access out of bounds",
	}, {
		/* -128 / -2 is 64. */
		"signed_division", {
			BPF_MOV64_IMM(BPF_REG_2, -128), BPF_MOV64_IMM(BPF_REG_3, -2),
			BPF_RAW_INSN(BPF_ALU64 | BPF_DIV | BPF_X, BPF_REG_2, BPF_REG_3, 1, 0),
			VALUE(BPF_REG_1), BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_2),
			BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, -1), BPF_EXIT_INSN(),
		},
	}, {
		"swapped_bytes", {
			BPF_MOV64_IMM(BPF_REG_2, 0x4000),
			BPF_RAW_INSN(BPF_ALU64 | BPF_END, BPF_REG_2, 0, 0, 16),
			VALUE(BPF_REG_1), BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_2),
			BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 0), BPF_EXIT_INSN(),
		}, "access out of bounds",
	}, {
		"long_jump", {
			BPF_RAW_INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, 1), BPF_EXIT_INSN(), RETURN(0),
		},
	}, {
		"acquired_pointer", {
			VALUE(BPF_REG_1),
			BPF_ATOMIC_OP(BPF_DW, FUZZ_STORE_REL, BPF_REG_10, BPF_REG_1, -8),
			BPF_ATOMIC_OP(BPF_DW, FUZZ_LOAD_ACQ, BPF_REG_2, BPF_REG_10, -8),
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 56), BPF_EXIT_INSN(),
		},
	}, {
		"acquired_out_of_bounds", {
			VALUE(BPF_REG_1),
			BPF_ATOMIC_OP(BPF_W, FUZZ_LOAD_ACQ, BPF_REG_0, BPF_REG_1, 64),
			BPF_EXIT_INSN(),
		}, "access out of bounds",
	},
	{
		"index_limited", {
			BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
			BPF_ALU64_IMM(BPF_AND, BPF_REG_2, 63),
			VALUE(BPF_REG_1), BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_2),
			BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 0), BPF_EXIT_INSN(),
		},
	}, {
		"index_off_by_one", {
			BPF_MOV64_IMM(BPF_REG_2, 64),
			VALUE(BPF_REG_1), BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_2),
			BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 0), BPF_EXIT_INSN(),
		}, "access out of bounds",
	},
	{ "index_in_context_once", { INDEX_LOOP(1) } },
	{ "index_in_context_twice", { INDEX_LOOP(2) }, "access out of bounds" },
	{
		"uninitialised_register", {
			BPF_MOV64_REG(BPF_REG_0, BPF_REG_3), BPF_EXIT_INSN(),
		}, "use of an uninitialised register",
	}, {
		"uninitialised_result", { BPF_EXIT_INSN() }, "the result is not initialised",
	}, {
		"number_as_pointer", {
			BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, 0), BPF_EXIT_INSN(),
		}, "access through a number",
	}, {
		"write_to_context", {
			BPF_ST_MEM(BPF_DW, BPF_REG_1, 0, 0), RETURN(0),
		}, "write to read-only memory",
	}, {
		"pointer_spilled", {
			VALUE(BPF_REG_1), BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -16),
			BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_10, -16),
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 56), BPF_EXIT_INSN(),
		},
	}, {
		"pointer_spilled_and_broken", {
			VALUE(BPF_REG_1), BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -16),
			BPF_ST_MEM(BPF_B, BPF_REG_10, -9, 0),
			BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_10, -16),
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 0), BPF_EXIT_INSN(),
		}, "access through a number",
	}, {
		"frame_is_gone", {
			BPF_CALL_REL(2), BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_0, -8),
			BPF_EXIT_INSN(),
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0), BPF_MOV64_REG(BPF_REG_0, BPF_REG_10),
			BPF_EXIT_INSN(),
		}, "access to memory that is gone",
	}, {
		"null_of_lookup", {
			BPF_ST_MEM(BPF_W, BPF_REG_10, -4, FUZZ_ELEMS), MAP(BPF_REG_1, MANY),
			SLOT(BPF_REG_2, -4), CALL(map_lookup_elem),
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_0, 0), BPF_EXIT_INSN(),
		}, "access through a number",
	}, {
		"callback_returns_two", {
			BPF_MOV64_IMM(BPF_REG_1, 1), FUNC(BPF_REG_2, 5),
			BPF_MOV64_IMM(BPF_REG_3, 0), BPF_MOV64_IMM(BPF_REG_4, 0), CALL(loop),
			BPF_EXIT_INSN(), RETURN(2),
		}, "callback returns something else than 0 and 1",
	}, {
		"may_goto_once_too_often", {
			VALUE(BPF_REG_1), MAY_GOTO(3), BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 0),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 32), BPF_JMP_A(-4), RETURN(0),
		}, "access out of bounds",
	}, {
		"may_goto_limited", {
			VALUE(BPF_REG_1), MAY_GOTO(3), BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 0),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 31), BPF_JMP_A(-4), RETURN(0),
		},
	}, {
		"may_goto_without_progress", { MAY_GOTO(0), BPF_JMP_A(-2) },
		"the program does not end",
	}, {
		"stack_not_written", {
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -8), BPF_EXIT_INSN(),
		},
	}, {
		"strict_stack_not_written", {
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -8), BPF_EXIT_INSN(),
		}, "read of stack that holds no number", true,
	}, {
		"strict_address_stored", {
			VALUE(BPF_REG_1), BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0), RETURN(0),
		}, "an address becomes a number", true,
	}, {
		"strict_address_returned", {
			BPF_MOV64_REG(BPF_REG_0, BPF_REG_1), BPF_EXIT_INSN(),
		}, "an address becomes a number", true,
	}, {
		"slice_of_sample_after_drain", {
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0), DRAIN(10),
			BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_10, -8),
			BPF_JMP_IMM(BPF_JEQ, BPF_REG_1, 0, 1),
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, 0),
			RETURN(0),
			BPF_MOV64_REG(BPF_REG_6, BPF_REG_2), SLICE,
			BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_0, 0), RETURN(0),
		}, "access to memory that is gone",
	}, {
		"sample_overwritten", {
			DRAIN(7), RETURN(0),
			BPF_MOV64_REG(BPF_REG_4, BPF_REG_1), VALUE(BPF_REG_1),
			BPF_MOV64_IMM(BPF_REG_2, 8), BPF_MOV64_IMM(BPF_REG_3, 0),
			CALL(dynptr_from_mem), RETURN(0),
		}, "new dynptr at a bad place",
	}, {
		"dynptr_read", {
			DYNPTR(-16), SLOT(BPF_REG_1, -24), BPF_MOV64_IMM(BPF_REG_2, 8),
			SLOT(BPF_REG_3, -16), BPF_MOV64_IMM(BPF_REG_4, 24),
			BPF_MOV64_IMM(BPF_REG_5, 0), CALL(dynptr_read), BPF_EXIT_INSN(),
		},
	}, {
		"dynptr_half_overwritten", {
			DYNPTR(-16), BPF_ST_MEM(BPF_B, BPF_REG_10, -1, 0), SLOT(BPF_REG_1, -16),
			SLICE, RETURN(0),
		}, "use of memory that is no dynptr",
	}, {
		"dynptr_second_half", {
			DYNPTR(-16), SLOT(BPF_REG_1, -8), BPF_ST_MEM(BPF_B, BPF_REG_1, 0, 0),
			SLOT(BPF_REG_1, -16), SLICE, RETURN(0),
		}, "use of memory that is no dynptr",
	}, {
		"slice_of_new_dynptr", {
			DYNPTR(-16), SLOT(BPF_REG_1, -16), SLICE,
			BPF_MOV64_REG(BPF_REG_6, BPF_REG_0),
			DYNPTR(-16), BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0), BPF_EXIT_INSN(),
		}, "access to a slice of a dynptr that is gone",
	}, {
		"record_kept", {
			MAP(BPF_REG_1, RING), BPF_MOV64_IMM(BPF_REG_2, 8),
			BPF_MOV64_IMM(BPF_REG_3, 0), SLOT(BPF_REG_4, -16),
			CALL(ringbuf_reserve_dynptr), RETURN(0),
		}, "a record is never released",
	}, {
		"record_submitted", {
			MAP(BPF_REG_1, RING), BPF_MOV64_IMM(BPF_REG_2, 8),
			BPF_MOV64_IMM(BPF_REG_3, 0), SLOT(BPF_REG_4, -16),
			CALL(ringbuf_reserve_dynptr), SLOT(BPF_REG_1, -16),
			BPF_MOV64_IMM(BPF_REG_2, 0), CALL(ringbuf_submit_dynptr), RETURN(0),
		},
	},
	{ "result_in_range", { RETURN(1) }, .type = FUZZ_SOCK },
	{ "result_out_of_range", { RETURN(2) }, "the result is out of range", .type = FUZZ_SOCK },
	{
		"global_given_null", {
			BPF_MOV64_IMM(BPF_REG_1, 0), GLOBAL(MEM, 1), BPF_EXIT_INSN(), RETURN(0),
		},
	}, {
		"global_given_number", {
			BPF_MOV64_IMM(BPF_REG_1, 8), GLOBAL(MEM, 1), BPF_EXIT_INSN(), RETURN(0),
		}, "a global function is given what it does not take",
	}, {
		"global_given_pointer", {
			GLOBAL(NUM, 1), BPF_EXIT_INSN(), RETURN(0),
		},
	}, {
		"strict_global_given_pointer", {
			GLOBAL(NUM, 1), BPF_EXIT_INSN(), RETURN(0),
		}, "an address becomes a number", .strict = true,
	},
	{
		"packet_not_moved", {
			PACKET, BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_7, 0), BPF_EXIT_INSN(),
		}, .type = FUZZ_SKB,
	}, {
		"packet_moved", {
			PACKET, PULL, BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_7, 0),
			BPF_EXIT_INSN(),
		}, "access to memory that is gone", .type = FUZZ_SKB,
	}, {
		"packet_too_short", {
			PACKET, BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_7, 63), BPF_EXIT_INSN(),
		}, "access out of bounds", .type = FUZZ_SKB,
	}, {
		"sleep", {
			BPF_MOV64_IMM(BPF_REG_1, FUZZ_NO_FD), CALL(sys_close), RETURN(0),
		}, .type = FUZZ_SYSCALL,
	}, {
		"sleep_in_for_each", {
			MAP(BPF_REG_1, MANY), FUNC(BPF_REG_2, 5), BPF_MOV64_IMM(BPF_REG_3, 0),
			BPF_MOV64_IMM(BPF_REG_4, 0), CALL(for_each_map_elem), BPF_EXIT_INSN(),
			BPF_MOV64_IMM(BPF_REG_1, FUZZ_NO_FD), CALL(sys_close), RETURN(0),
		}, "sleeps where it must not", .type = FUZZ_SYSCALL,
	}, {
		"lock", {
			SPECIAL, PART(LOCK), CALL(spin_lock), PART(LOCK), CALL(spin_unlock),
			RETURN(0),
		}, .type = FUZZ_SKB,
	}, {
		"lock_kept", {
			SPECIAL, PART(LOCK), CALL(spin_lock), RETURN(0),
		}, "a lock is never released", .type = FUZZ_SKB,
	}, {
		"lock_written", {
			SPECIAL, BPF_ST_MEM(BPF_W, BPF_REG_6, FUZZ_LOCK, 0), RETURN(0),
		}, "access to a lock or a timer", .type = FUZZ_SKB,
	}, {
		"timer_returns_one", {
			SPECIAL, PART(TIMER), FUNC(BPF_REG_2, 3), CALL(timer_set_callback),
			BPF_EXIT_INSN(), RETURN(1),
		}, "timer returns something else than 0", .type = FUZZ_SKB,
	}, {
		"tail_call_from_callback", {
			BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -8),
			BPF_MOV64_IMM(BPF_REG_1, 64), FUNC(BPF_REG_2, 7), SLOT(BPF_REG_3, -8),
			BPF_MOV64_IMM(BPF_REG_4, 0), CALL(loop), BPF_EXIT_INSN(),
			BPF_EXIT_INSN(),
			BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_2, 0), MAP(BPF_REG_2, PROGS),
			BPF_MOV64_IMM(BPF_REG_3, 0), CALL(tail_call), RETURN(0),
		}, .type = FUZZ_SKB,
	},
};

static int count_insns(const struct bpf_insn *insn, int max)
{
	static const struct bpf_insn end;

	while (max && !memcmp(&insn[max - 1], &end, sizeof(end)))
		max--;
	return max;
}

static void run_case(int nr)
{
	struct fuzz_input in = { .args = { 16 }, .samples = 1, .sample[0].len = 16, .limit = 3 };
	static struct fuzz_prog prog;
	struct fuzz_result res;

	prog.strict = cases[nr].strict;
	prog.type = prog.strict ? FUZZ_SYSCALL : cases[nr].type;
	prog.cnt = count_insns(cases[nr].insn, ARRAY_SIZE(cases[nr].insn));
	memcpy(prog.insn, cases[nr].insn, prog.cnt * sizeof(*prog.insn));
	fuzz_interpret(&prog, &in, &res);
	if (cases[nr].what) {
		ASSERT_EQ(res.outcome, FUZZ_UNSOUND, "outcome");
		ASSERT_STREQ(res.what ?: "none", cases[nr].what, "error");
	} else if (!ASSERT_EQ(res.outcome, FUZZ_DONE, "outcome")) {
		printf("insn %d: %s\n", res.insn, res.what ?: "-");
	}
}

/* The interpreter ends what does not. */
static void test_endless(void)
{
	static const struct fuzz_prog prog = { .insn = { BPF_JMP_A(-1) }, .cnt = 1 };
	static const struct fuzz_input in;
	struct fuzz_result res;

	fuzz_interpret(&prog, &in, &res);
	ASSERT_EQ(res.outcome, FUZZ_LONG, "outcome");
}

/* What is left of a program is a jump and the exit. */
static bool jumps_and_exits(const struct fuzz_prog *prog, void *ctx)
{
	return prog->cnt && prog->insn[prog->cnt - 1].code == (BPF_JMP | BPF_EXIT) &&
	       prog->insn[0].code == (BPF_JMP | BPF_JA);
}

static void test_shrink(void)
{
	static struct fuzz_prog prog = {
		.insn = {
			BPF_JMP_A(3), VALUE(BPF_REG_1), BPF_MOV64_IMM(BPF_REG_2, 0),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, 1), BPF_EXIT_INSN(),
		},
		.cnt = 6,
	};

	fuzz_shrink(&prog, jumps_and_exits, NULL);
	ASSERT_EQ(prog.cnt, 2, "insns that are left");
	ASSERT_EQ(prog.insn[0].off, 0, "distance of the jump");
}

void test_fuzz_cases(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (test__start_subtest(cases[i].name))
			run_case(i);
	if (test__start_subtest("endless"))
		test_endless();
	if (test__start_subtest("shrink"))
		test_shrink();
}
