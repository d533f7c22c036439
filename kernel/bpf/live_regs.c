// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/filter.h>

#include "live_regs.h"

/* Which registers does a program read before it writes them, from each of its insns on?
 *
 * The read marks of verifier states tell that as well, and more exactly, but not before all
 * paths from a state are explored. Until then two states are the same only if they agree
 * in everything, and a loop whose body leaves something else in a register each time never
 * comes back to a state that it knows. A register that is dead by this analysis is of no
 * influence, whatever is explored later: no insn that can follow reads it.
 *
 * An insn reads what it uses, and what is live behind it and not written by it. This is
 * repeated, from the last insn to the first, until nothing changes. Registers belong to a
 * function: a call reads its arguments, as many as the helper or kfunc has, or all five, and
 * writes R0 to R5. One with a callback is where the callback returns to, and it is
 * executed again then, with the same arguments.
 */

/* Passes over the program, one more than loops are nested in most. */
#define MAX_PASSES	64

#define REGS_CALLER_SAVED	GENMASK(BPF_REG_5, BPF_REG_0)
#define REGS_ALL		GENMASK(BPF_REG_FP, BPF_REG_0)

struct insn_regs {
	u16 use;
	u16 def;
};

static u16 call_args(struct bpf_verifier_env *env, const struct bpf_insn *insn)
{
	const struct bpf_func_proto *fn = NULL;
	int nr;

	if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL) {
		nr = bpf_kfunc_nr_args(env, insn);
		return nr ? GENMASK(nr, BPF_REG_1) : 0;
	}
	if (!insn->src_reg && insn->imm >= 0 && insn->imm < __BPF_FUNC_MAX_ID &&
	    env->ops->get_func_proto)
		fn = env->ops->get_func_proto(insn->imm, env->prog);
	if (!fn)
		return GENMASK(BPF_REG_5, BPF_REG_1);

	for (nr = 0; nr < ARRAY_SIZE(fn->arg_type) && fn->arg_type[nr] != ARG_DONTCARE; nr++)
		;
	return nr ? GENMASK(nr, BPF_REG_1) : 0;
}

static struct insn_regs jump_regs(struct bpf_verifier_env *env,
				  const struct bpf_insn *insn)
{
	u16 dst = BIT(insn->dst_reg), src = BIT(insn->src_reg);
	struct insn_regs regs = {};

	switch (BPF_OP(insn->code)) {
	case BPF_JA:
	case BPF_JCOND:
		break;
	case BPF_CALL:
		regs.use = call_args(env, insn);
		regs.def = REGS_CALLER_SAVED;
		break;
	case BPF_EXIT:
		regs.use = BIT(BPF_REG_0);
		break;
	default:
		regs.use = dst | (BPF_SRC(insn->code) == BPF_X ? src : 0);
	}
	return regs;
}

static struct insn_regs store_regs(const struct bpf_insn *insn)
{
	u16 dst = BIT(insn->dst_reg), src = BIT(insn->src_reg);
	struct insn_regs regs = { .use = dst };

	if (BPF_CLASS(insn->code) == BPF_ST)
		return regs;

	regs.use |= src;
	if (BPF_MODE(insn->code) != BPF_ATOMIC)
		return regs;
	/* without BPF_FETCH this is on the safe side */
	if (insn->imm == BPF_CMPXCHG)
		regs.use |= BIT(BPF_REG_0);
	return regs;
}

static struct insn_regs alu_regs(const struct bpf_insn *insn)
{
	u16 dst = BIT(insn->dst_reg), src = BIT(insn->src_reg);
	struct insn_regs regs = { .use = dst, .def = dst };
	u8 op = BPF_OP(insn->code);

	if (op == BPF_MOV)
		regs.use = 0;
	if (op != BPF_END && op != BPF_NEG && BPF_SRC(insn->code) == BPF_X)
		regs.use |= src;
	return regs;
}

static struct insn_regs insn_regs(struct bpf_verifier_env *env,
				  const struct bpf_insn *insn)
{
	u16 dst = BIT(insn->dst_reg), src = BIT(insn->src_reg);

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return alu_regs(insn);
	case BPF_JMP:
	case BPF_JMP32:
		return jump_regs(env, insn);
	case BPF_ST:
	case BPF_STX:
		return store_regs(insn);
	case BPF_LDX:
		return (struct insn_regs) { .use = src, .def = dst };
	default:
		if (BPF_MODE(insn->code) == BPF_IMM)
			return (struct insn_regs) { .def = dst };
		/* BPF_LD_ABS and BPF_LD_IND, which are calls with the context in R6 */
		return (struct insn_regs) {
			.use = BIT(BPF_REG_6) | (BPF_MODE(insn->code) == BPF_IND ? src : 0),
			.def = REGS_CALLER_SAVED,
		};
	}
}

static bool is_jump(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code);

	return class == BPF_JMP || class == BPF_JMP32;
}

static bool falls_through(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	return !is_jump(insn) || (op != BPF_JA && op != BPF_EXIT);
}

/* The insn that @insn at @t jumps to, or -1 */
static int jump_target(const struct bpf_insn *insn, int t)
{
	u8 op = BPF_OP(insn->code);

	if (!is_jump(insn) || op == BPF_CALL || op == BPF_EXIT)
		return -1;
	if (insn->code == (BPF_JMP32 | BPF_JA))
		return t + insn->imm + 1;
	return t + insn->off + 1;
}

/* What is live behind the insn at @t? check_cfg() has found that all jumps end at insns. */
static u16 live_after(const struct bpf_verifier_env *env, int t)
{
	const struct bpf_insn *insn = &env->prog->insnsi[t];
	int next = t + (insn->code == (BPF_LD | BPF_IMM | BPF_DW) ? 2 : 1);
	int target = jump_target(insn, t);
	u16 live = 0;

	if (falls_through(insn))
		live |= env->insn_aux_data[next].live_regs;
	if (target >= 0)
		live |= env->insn_aux_data[target].live_regs;
	return live;
}

static bool update_live_regs(const struct bpf_verifier_env *env, const struct insn_regs *regs)
{
	bool changed = false;
	u16 live;
	int t;

	for (t = env->prog->len - 1; t >= 0; t--) {
		if (!env->prog->insnsi[t].code)
			continue; /* the second half of a 64-bit load */
		live = regs[t].use | (live_after(env, t) & ~regs[t].def);
		if (live != env->insn_aux_data[t].live_regs)
			changed = true;
		env->insn_aux_data[t].live_regs = live;
	}
	return changed;
}

/**
 * bpf_find_live_regs() - Find the registers that are in use before each insn.
 * @env: of a program that check_cfg() has accepted
 *
 * A program that takes too many passes has all registers in use everywhere.
 *
 * Return: 0, -ENOMEM, or -EAGAIN if a signal is pending.
 */
int bpf_find_live_regs(struct bpf_verifier_env *env)
{
	struct insn_regs *regs;
	bool changed = true;
	int t, i, err = 0;

	regs = kvcalloc(env->prog->len, sizeof(*regs), GFP_KERNEL);
	if (!regs)
		return -ENOMEM;
	for (t = 0; t < env->prog->len; t++)
		regs[t] = insn_regs(env, &env->prog->insnsi[t]);

	for (i = 0; changed && !err && i < MAX_PASSES; i++) {
		changed = update_live_regs(env, regs);
		cond_resched();
		err = signal_pending(current) ? -EAGAIN : 0;
	}
	if (changed)
		for (t = 0; t < env->prog->len; t++)
			env->insn_aux_data[t].live_regs = REGS_ALL;
	kvfree(regs);
	return err;
}
