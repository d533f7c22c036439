/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __FUZZ_GEN_H
#define __FUZZ_GEN_H

#include "fuzz.h"

/*
 * The generator keeps a model of what registers and slots hold, so that most
 * programs are nearly right. The model is naive on purpose: it takes a loop or a
 * callback for something that happens once. What is right in the model and wrong
 * the second time, or if there is no first time, is what the verifier has to refuse.
 */
enum gen_kind {
	GEN_NONE,
	GEN_NUM,
	GEN_MEM,	/* memory of a map, a key or a slice */
	GEN_MAYBE,	/* the same or null */
	GEN_STACK,	/* a place in a frame */
	GEN_CTX,
	GEN_DYNPTR,	/* a register: that of a sample; slots: the halves of one */
};

#define GEN_UNKNOWN (~0ULL)

struct gen_val {
	enum gen_kind kind;
	__u64 max;	/* of a number, or of the offset in memory */
	__u32 size;	/* of the memory */
	bool readonly;
	bool packet;	/* memory that can move away */
	int frame;	/* GEN_STACK: number of the frame */
	int off;	/* and offset from its end, as for R10; GEN_DYNPTR: which half */
	__u32 link;	/* numbers that are the same have the same, if not 0 */
};

#define GEN_SLOTS	8
#define GEN_FRAMES	5
#define GEN_FUNCS	8

struct gen_frame {
	struct gen_val reg[MAX_BPF_REG];
	struct gen_val slot[GEN_SLOTS];	/* slot n is at R10 - 8 * (n + 1) */
	bool busy[MAX_BPF_REG];		/* loop counters */
	bool busy_slot[GEN_SLOTS];
	bool callback;
	int func;
};

struct gen_func {
	struct bpf_insn insn[FUZZ_MAX_INSNS];
	int cnt;
};

struct gen {
	struct fuzz_rng rng;
	int budget;	/* insns */
	int bend;	/* percent of what should not be done */
	int nesting;
	bool strict;	/* see struct fuzz_prog */
	bool cpuv4;	/* emit insns of it, and of acquire and release */
	bool kfuncs;	/* call those of iterators, sections and locks */
	enum fuzz_type type;
	bool moved;	/* the function that ended last moved the packet */
	bool locked;
	__u32 links;
	int depth;
	struct gen_frame frame[GEN_FRAMES];
	int funcs;
	struct gen_func func[GEN_FUNCS];
};

/* All frames, as a branch finds and leaves them */
struct gen_state {
	struct gen_frame frame[GEN_FRAMES];
};

#define EMIT(g, ...) do { \
	const struct bpf_insn __insns[] = { __VA_ARGS__ }; \
	gen_emit(g, __insns, ARRAY_SIZE(__insns)); \
} while (0)

#define GEN_CALL(func) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, func)
#define GEN_KFUNC(func) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, func)
#define GEN_MAP(reg, map) BPF_LD_IMM64_RAW(reg, BPF_PSEUDO_MAP_FD, map)
#define GEN_FUNC(reg, func) BPF_LD_IMM64_RAW(reg, BPF_PSEUDO_FUNC, func)

static inline struct gen_frame *gen_top(struct gen *g)
{
	return &g->frame[g->depth];
}

static inline struct gen_val *gen_reg(struct gen *g, int regno)
{
	return &gen_top(g)->reg[regno];
}

static inline const struct fuzz_type_info *gen_type(const struct gen *g)
{
	return &fuzz_types[g->type];
}

/* fuzz_model.c */
void gen_emit(struct gen *g, const struct bpf_insn *insns, int cnt);
int gen_here(struct gen *g);
void gen_patch(struct gen *g, int at);
bool gen_bend(struct gen *g);
__s32 gen_const(struct gen *g);
void gen_set_num(struct gen *g, int regno, __u64 max);
void gen_set_mem(struct gen *g, int regno, enum gen_kind kind, __u64 max, __u32 size);
void gen_clobber(struct gen *g);
void gen_moved(struct gen *g);
void gen_leave(struct gen *g);
bool gen_load_ctx(struct gen *g, int regno);
int gen_free_reg(struct gen *g);
int gen_find(struct gen *g, enum gen_kind kind);
int gen_num(struct gen *g);
int gen_mem(struct gen *g);
void gen_bound(struct gen *g, int regno, __u64 max);
void gen_check(struct gen *g, int regno, __u64 max);
void gen_limit(struct gen *g, int regno, __u64 max);
void gen_save(struct gen *g, struct gen_state *state);
void gen_merge(struct gen *g, const struct gen_state *other);

struct gen_place {
	int base;	/* register */
	int off;
	struct gen_val *val;
	bool *busy;
};

bool gen_slot(struct gen *g, struct gen_place *place);
bool gen_slot_of(struct gen *g, struct gen_place *place, enum gen_kind kind);
void gen_fill(struct gen *g, int regno, const struct gen_place *place);
void gen_spill(struct gen *g, int regno, const struct gen_place *place);

/* fuzz_gen.c */
void gen_block(struct gen *g, int stmts);
void gen_access(struct gen *g, int ptr);
void gen_index(struct gen *g, int ptr, int index);
int gen_cond(struct gen *g);
void gen_alu(struct gen *g);
void gen_step_slot(struct gen *g);

/* fuzz_gen_loop.c */
void gen_loop(struct gen *g);
void gen_ways_meet(struct gen *g, int jump);
void gen_linked(struct gen *g);
void gen_shift(struct gen *g);
void gen_either(struct gen *g);
void gen_use(struct gen *g);
void gen_walk(struct gen *g);

/* fuzz_gen_call.c */
bool gen_frame_push(struct gen *g, bool callback);
void gen_frame_pop(struct gen *g);
void gen_keep_args(struct gen *g);
void gen_result(struct gen *g, int lo, int hi);
void gen_null_check(struct gen *g, int regno);
bool gen_dynptr_find(struct gen *g, int regno);
void gen_callback(struct gen *g);
void gen_subprog(struct gen *g);
void gen_lookup(struct gen *g);
void gen_update(struct gen *g);
void gen_dynptr(struct gen *g);

/* fuzz_gen_global.c */
void gen_global(struct gen *g);
void gen_tail_call(struct gen *g);
void gen_packet(struct gen *g);
void gen_move_packet(struct gen *g);

/* fuzz_gen_cpuv4.c */
void gen_sign(struct gen *g);
void gen_sign_window(struct gen *g);
void gen_sign_slot(struct gen *g);
void gen_swap(struct gen *g);

/* fuzz_gen_kfunc.c */
void gen_iter(struct gen *g);
void gen_section(struct gen *g);
void gen_res_lock(struct gen *g);

/* fuzz_gen_special.c */
int gen_value(struct gen *g, int map);
void gen_lock(struct gen *g);
void gen_timer(struct gen *g);
void gen_sleep(struct gen *g);
void gen_leak(struct gen *g);
void gen_late(struct gen *g);

#endif
