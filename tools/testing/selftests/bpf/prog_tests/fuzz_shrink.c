// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Make a program that fails as short as it can be, and print it. */
#include "fuzz.h"

/* A jump, or an insn that names a function: where its target is written */
static bool has_target(const struct bpf_insn *insn, bool *in_imm)
{
	__u8 class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	*in_imm = fuzz_names_func(insn);
	if (*in_imm)
		return true;
	if ((class != BPF_JMP && class != BPF_JMP32) || op == BPF_CALL)
		return false;
	*in_imm = fuzz_is_gotol(insn);
	return op != BPF_EXIT;
}

/* Where an insn is after those from at to end are gone */
static int moved(int pc, int at, int end)
{
	return pc < at ? pc : pc < end ? at : pc - (end - at);
}

static void cut(const struct fuzz_prog *from, struct fuzz_prog *to, int at, int end)
{
	struct bpf_insn *insn;
	int pc, target, dist;
	bool in_imm;

	to->type = from->type;
	to->strict = from->strict;
	to->cnt = 0;
	for (pc = 0; pc < from->cnt; pc++) {
		if (pc >= at && pc < end)
			continue;
		insn = &to->insn[to->cnt];
		*insn = from->insn[pc];
		if (has_target(insn, &in_imm)) {
			target = pc + 1 + (in_imm ? insn->imm : insn->off);
			dist = moved(target, at, end) - to->cnt - 1;
			if (in_imm)
				insn->imm = dist;
			else
				insn->off = dist;
		}
		if (fuzz_is_ld_imm64(insn))
			to->insn[++to->cnt] = from->insn[++pc];
		to->cnt++;
	}
}

/* The second half of an insn goes with the first. */
static bool is_second_half(const struct fuzz_prog *prog, int pc)
{
	return pc > 0 && pc < prog->cnt && fuzz_is_ld_imm64(&prog->insn[pc - 1]);
}

static bool calls_back(int helper)
{
	return helper == BPF_FUNC_loop || helper == BPF_FUNC_for_each_map_elem ||
	       helper == BPF_FUNC_user_ringbuf_drain;
}

/* The verifier of 6.1 cannot do without a function that is named and never called. */
static bool calls_what_it_names(const struct fuzz_prog *prog)
{
	const struct bpf_insn *insn;
	bool named = false;
	int pc;

	for (pc = 0; pc < prog->cnt; pc++) {
		insn = &prog->insn[pc];
		if (fuzz_is_ld_imm64(insn)) {
			named |= fuzz_names_func(insn);
			pc++;
			continue;
		}
		if (BPF_CLASS(insn->code) != BPF_JMP && BPF_CLASS(insn->code) != BPF_JMP32)
			continue;
		if (named && (BPF_OP(insn->code) != BPF_CALL || insn->src_reg ||
			      !calls_back(insn->imm)))
			return false;
		named = false;
	}
	return !named;
}

struct shrink {
	struct fuzz_prog *prog;
	fuzz_fails_fn fails;
	void *ctx;
};

/* Take another program if it fails too. */
static bool shrink_to(const struct shrink *s, const struct fuzz_prog *other)
{
	if (!calls_what_it_names(other) || !s->fails(other, s->ctx))
		return false;
	*s->prog = *other;
	return true;
}

static bool cut_all(const struct shrink *s, int len)
{
	struct fuzz_prog shorter;
	bool changed = false;
	int at, end;

	for (at = s->prog->cnt - len; at >= 0; at--) {
		end = at + len + is_second_half(s->prog, at + len);
		if (is_second_half(s->prog, at) || end > s->prog->cnt)
			continue;
		cut(s->prog, &shorter, at, end);
		changed |= shrink_to(s, &shorter);
	}
	return changed;
}

/* What calls a function does something harmless instead. */
static void forget_calls(struct fuzz_prog *prog, int start)
{
	struct bpf_insn *insn;
	int pc;

	for (pc = 0; pc < prog->cnt; pc++) {
		insn = &prog->insn[pc];
		if (fuzz_names_func(insn) && !fuzz_is_ld_imm64(insn) && pc + 1 + insn->imm == start)
			*insn = BPF_MOV64_IMM(BPF_REG_0, 0);
		pc += fuzz_is_ld_imm64(insn);
	}
}

/* A whole function, up to one of the exits that follow */
static bool cut_func(const struct shrink *s, int start)
{
	struct fuzz_prog without, shorter;
	int end;

	for (end = start + 1; end <= s->prog->cnt; end++) {
		if (s->prog->insn[end - 1].code != (BPF_JMP | BPF_EXIT))
			continue;
		without = *s->prog;
		forget_calls(&without, start);
		cut(&without, &shorter, start, end);
		if (shrink_to(s, &shorter))
			return true;
	}
	return false;
}

/* Simpler insns in place of others */
static bool simplify(const struct shrink *s)
{
	struct fuzz_prog other;
	struct bpf_insn *insn;
	bool changed = false;
	int pc;

	for (pc = 0; pc < s->prog->cnt; pc++) {
		other = *s->prog;
		insn = &other.insn[pc];
		if (BPF_CLASS(insn->code) == BPF_JMP && BPF_OP(insn->code) == BPF_CALL)
			*insn = BPF_MOV64_IMM(BPF_REG_0, 0);
		else if (BPF_CLASS(insn->code) == BPF_LDX)
			*insn = BPF_MOV64_IMM(insn->dst_reg, 0);
		else
			continue;
		changed |= shrink_to(s, &other);
	}
	return changed;
}

void fuzz_shrink(struct fuzz_prog *prog, fuzz_fails_fn fails, void *ctx)
{
	const struct shrink s = { .prog = prog, .fails = fails, .ctx = ctx };
	bool changed = true;
	int len, pc;

	while (changed) {
		changed = false;
		for (len = prog->cnt / 2; len > 0; len = len > 8 ? len / 2 : len - 1)
			changed |= cut_all(&s, len);
		for (pc = prog->cnt - 1; pc > 0; pc--)
			if (prog->insn[pc - 1].code == (BPF_JMP | BPF_EXIT))
				changed |= cut_func(&s, pc);
		changed |= simplify(&s);
	}
}

static const char *const alu_names[] = {
	"+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=", "endian",
};

static const char *const jmp_names[] = {
	"goto", "==", ">", ">=", "&", "!=", "s>", "s>=", "call", "exit", "<", "<=", "s<", "s<=",
	"may_goto",
};

static const char *const size_names[] = { "u32", "u16", "u8", "u64" };

static void list_src(const struct bpf_insn *insn, char reg)
{
	if (BPF_SRC(insn->code) == BPF_X)
		printf("%c%d", reg, insn->src_reg);
	else
		printf("%d", insn->imm);
}

static void list_alu(const struct bpf_insn *insn)
{
	char reg = BPF_CLASS(insn->code) == BPF_ALU ? 'w' : 'r';
	int op = BPF_OP(insn->code);

	printf("%c%d %s%s ", reg, insn->dst_reg, insn->off && op != BPF_MOV ? "s" : "",
	       alu_names[op >> 4]);
	if (op == BPF_MOV && insn->off)
		printf("(s%d)", insn->off);
	if (op == BPF_END && BPF_CLASS(insn->code) == BPF_ALU64)
		printf("swap%d", insn->imm);
	else if (op == BPF_END)
		printf("%s%d", BPF_SRC(insn->code) == BPF_TO_BE ? "be" : "le", insn->imm);
	else if (op != BPF_NEG)
		list_src(insn, reg);
}

static void list_jmp(const struct bpf_insn *insn, int pc)
{
	const char *name = jmp_names[BPF_OP(insn->code) >> 4];
	char reg = BPF_CLASS(insn->code) == BPF_JMP32 ? 'w' : 'r';

	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		if (insn->src_reg == BPF_PSEUDO_CALL)
			printf("call %d", pc + 1 + insn->imm);
		else
			printf("call helper#%d", insn->imm);
		return;
	case BPF_EXIT:
		printf("exit");
		return;
	case BPF_JA:
	case 0xe0:
		printf("%s %d", name, pc + 1 + (fuzz_is_gotol(insn) ? insn->imm : insn->off));
		return;
	}
	printf("if %c%d %s ", reg, insn->dst_reg, name);
	list_src(insn, reg);
	printf(" goto %d", pc + 1 + insn->off);
}

static void list_mem(const struct bpf_insn *insn)
{
	const char *size = size_names[BPF_SIZE(insn->code) >> 3];

	if (BPF_CLASS(insn->code) == BPF_LDX)
		printf("r%d = *(%s%s *)(r%d %+d)", insn->dst_reg,
		       BPF_MODE(insn->code) == FUZZ_MEMSX ? "signed " : "", size, insn->src_reg,
		       insn->off);
	else if (BPF_CLASS(insn->code) == BPF_ST)
		printf("*(%s *)(r%d %+d) = %d", size, insn->dst_reg, insn->off, insn->imm);
	else if (BPF_MODE(insn->code) == BPF_ATOMIC)
		printf("atomic %#x *(%s *)(r%d %+d), r%d", insn->imm, size, insn->dst_reg,
		       insn->off, insn->src_reg);
	else
		printf("*(%s *)(r%d %+d) = r%d", size, insn->dst_reg, insn->off, insn->src_reg);
}

static void list_ld_imm64(const struct bpf_insn *insn, int pc)
{
	static const char *const maps[] = { "data", "many", "user ring", "ring" };

	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_FD:
		printf("r%d = map %s", insn->dst_reg, maps[insn->imm]);
		break;
	case BPF_PSEUDO_MAP_VALUE:
		printf("r%d = value of %s %+d", insn->dst_reg, maps[insn->imm], insn[1].imm);
		break;
	case BPF_PSEUDO_FUNC:
		printf("r%d = function %d", insn->dst_reg, pc + 1 + insn->imm);
		break;
	default:
		printf("r%d = %#llx ll", insn->dst_reg,
		       (__u32)insn->imm | (__u64)insn[1].imm << 32);
	}
}

void fuzz_list(const struct fuzz_prog *prog)
{
	const struct bpf_insn *insn;
	int pc;

	for (pc = 0; pc < prog->cnt; pc++) {
		insn = &prog->insn[pc];
		printf("%4d: ", pc);
		if (BPF_CLASS(insn->code) == BPF_ALU || BPF_CLASS(insn->code) == BPF_ALU64)
			list_alu(insn);
		else if (BPF_CLASS(insn->code) == BPF_JMP || BPF_CLASS(insn->code) == BPF_JMP32)
			list_jmp(insn, pc);
		else if (fuzz_is_ld_imm64(insn))
			list_ld_imm64(insn, pc++);
		else
			list_mem(insn);
		printf("\n");
	}
}
