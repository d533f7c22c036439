// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * What each insn of cpuv4 computes: with all registers, for the numbers at which something
 * changes, by the JIT, the JIT with blinded constants and the interpreter.
 */
#include <sys/mman.h>
#include "cpuv4_helpers.h"

#define MAX_CASES	256
#define NR_REGS		10
#define ENTRY		((int)sizeof(struct entry))

/* dst and src before the insn, and dst after it */
struct entry {
	__u64 dst, src, res;
};

static const __u64 numbers[] = {
	0, 1, 2, 7, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
	0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, -1ULL, -2ULL, -7ULL,
	-128ULL, -129ULL, -32768ULL, -32769ULL, 0x0123456789abcdef, 0xfedcba9876543210,
};

/* Enough of them, the last ones, where registers are what is tested */
#define NR_FEW 6

static const __s32 imms[] = { 1, -1, 2, -2, 7, -7, 255, 0x7fffffff, -0x7fffffff - 1 };

struct op {
	const char *name;
	struct bpf_insn insn;	/* registers are put in */
	bool two;		/* dst is an operand, too */
	__u64 (*model)(const struct bpf_insn *insn, __u64 dst, __u64 src);
};

static __u64 model_movsx(const struct bpf_insn *insn, __u64 dst, __u64 src)
{
	__u64 res = sign_extended(src, insn->off);

	return BPF_CLASS(insn->code) == BPF_ALU64 ? res : (__u32)res;
}

static __u64 model_bswap(const struct bpf_insn *insn, __u64 dst, __u64 src)
{
	__u64 res = 0;
	int i;

	for (i = 0; i < insn->imm; i += 8)
		res = res << 8 | (dst >> i & 0xff);
	return res;
}

/* Neither machine divides here: the magnitudes are subtracted bit by bit. */
static __u64 model_sdiv(const struct bpf_insn *insn, __u64 dst, __u64 src)
{
	int bits = BPF_CLASS(insn->code) == BPF_ALU64 ? 64 : 32, i;
	bool mod = BPF_OP(insn->code) == BPF_MOD;
	__u64 mask = bits == 64 ? -1ULL : -1U;
	__s64 a, b;
	__u64 ua, ub, quot = 0, rest = 0;

	if (BPF_SRC(insn->code) == BPF_K)
		src = (__s64)insn->imm;
	a = sign_extended(dst, bits);
	b = sign_extended(src, bits);
	if (!b)
		return mod ? dst & mask : 0;
	ua = a < 0 ? -(__u64)a : a;
	ub = b < 0 ? -(__u64)b : b;
	for (i = 63; i >= 0; i--) {
		rest = rest << 1 | (ua >> i & 1);
		if (rest >= ub) {
			rest -= ub;
			quot |= 1ULL << i;
		}
	}
	if (mod)
		return (a < 0 ? -rest : rest) & mask;
	return ((a < 0) != (b < 0) ? -quot : quot) & mask;
}

static const struct op movsx[] = {
	{ "r = (s8)r", MOVSX64(0, 0, 8), false, model_movsx },
	{ "r = (s16)r", MOVSX64(0, 0, 16), false, model_movsx },
	{ "r = (s32)r", MOVSX64(0, 0, 32), false, model_movsx },
	{ "w = (s8)w", MOVSX32(0, 0, 8), false, model_movsx },
	{ "w = (s16)w", MOVSX32(0, 0, 16), false, model_movsx },
};

static const struct op bswap[] = {
	{ "bswap16", BSWAP(0, 16), true, model_bswap },
	{ "bswap32", BSWAP(0, 32), true, model_bswap },
	{ "bswap64", BSWAP(0, 64), true, model_bswap },
};

static const struct op sdiv[] = {
	{ "r s/= r", SDIV_REG(BPF_ALU64, BPF_DIV, 0, 0), true, model_sdiv },
	{ "r s%= r", SDIV_REG(BPF_ALU64, BPF_MOD, 0, 0), true, model_sdiv },
	{ "w s/= w", SDIV_REG(BPF_ALU, BPF_DIV, 0, 0), true, model_sdiv },
	{ "w s%= w", SDIV_REG(BPF_ALU, BPF_MOD, 0, 0), true, model_sdiv },
};

static struct bpf_insn prog[8 * MAX_CASES];
static struct entry *entries;
static int map_fd, cnt;

static void emit(struct bpf_insn insn)
{
	prog[cnt++] = insn;
}

static int free_reg(int dst, int src)
{
	int reg = BPF_REG_0;

	while (reg == dst || reg == src)
		reg++;
	return reg;
}

/* Run the insn for so many entries. */
static bool run(struct bpf_insn insn, int cases)
{
	const struct bpf_insn addr[] = { LD_VALUE(0, map_fd) };
	int base = free_reg(insn.dst_reg, insn.src_reg), i, fd;
	static char log[1 << 16];
	char packet[64] = {};
	LIBBPF_OPTS(bpf_prog_load_opts, load, .log_buf = log, .log_size = sizeof(log));
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	bool ok;

	cnt = 0;
	for (i = 0; i < cases; i++) {
		emit(addr[0]);
		prog[cnt - 1].dst_reg = base;
		emit(addr[1]);
		emit(BPF_LDX_MEM(BPF_DW, insn.dst_reg, base, i * ENTRY));
		if (insn.src_reg != insn.dst_reg)
			emit(BPF_LDX_MEM(BPF_DW, insn.src_reg, base,
					 i * ENTRY + offsetof(struct entry, src)));
		emit(insn);
		if (BPF_SRC(insn.code) == BPF_K)
			prog[cnt - 1].src_reg = 0;
		emit(BPF_STX_MEM(BPF_DW, base, insn.dst_reg,
				 i * ENTRY + offsetof(struct entry, res)));
	}
	emit(BPF_MOV64_IMM(BPF_REG_0, 0));
	emit(BPF_EXIT_INSN());
	fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "cpuv4", "GPL", prog, cnt, &load);
	if (!ASSERT_GE(fd, 0, "load")) {
		printf("%s\n", log);
		return false;
	}
	ok = ASSERT_OK(bpf_prog_test_run_opts(fd, &opts), "run");
	close(fd);
	return ok;
}

static bool check(const struct op *op, struct bpf_insn insn, int cases)
{
	bool same = insn.dst_reg == insn.src_reg && BPF_SRC(insn.code) == BPF_X &&
		    BPF_OP(insn.code) != BPF_END;
	const struct entry *e;
	__u64 res;
	int i;

	for (i = 0; i < cases; i++) {
		e = &entries[i];
		res = op->model(&insn, e->dst, same ? e->dst : e->src);
		if (e->res == res)
			continue;
		PRINT_FAIL("%s R%d R%d imm %d: dst %llx src %llx gave %llx, not %llx\n", op->name,
			   insn.dst_reg, insn.src_reg, insn.imm, e->dst, e->src, e->res, res);
		return false;
	}
	return true;
}

static bool run_and_check(const struct op *op, struct bpf_insn insn, int cases)
{
	return run(insn, cases) && check(op, insn, cases);
}

/* All pairs of registers */
static bool all_regs(const struct op *op)
{
	const __u64 *few = numbers + ARRAY_SIZE(numbers) - NR_FEW;
	struct bpf_insn insn = op->insn;
	int dst, src, i;

	for (i = 0; i < NR_FEW; i++)
		entries[i] = (struct entry) {
			.dst = few[i],
			.src = few[op->two ? NR_FEW - 1 - i : i],
		};
	for (dst = 0; dst < NR_REGS; dst++) {
		for (src = 0; src < NR_REGS; src++) {
			if (BPF_OP(insn.code) == BPF_END && src != dst)
				continue;
			insn.dst_reg = dst;
			insn.src_reg = src;
			/* The only operand is where it is looked for. */
			for (i = 0; !op->two && i < NR_FEW; i++)
				entries[i].dst = dst == src ? few[i] : ~few[i];
			if (!run_and_check(op, insn, NR_FEW))
				return false;
		}
	}
	return true;
}

/* All pairs of numbers: one number after the other */
static bool all_numbers(const struct op *op)
{
	struct bpf_insn insn = op->insn;
	int i, j;

	insn.dst_reg = BPF_REG_6;
	insn.src_reg = BPF_REG_7;
	for (i = 0; i < (op->two ? ARRAY_SIZE(numbers) : 1); i++) {
		for (j = 0; j < ARRAY_SIZE(numbers); j++)
			entries[j] = (struct entry) { .dst = numbers[i], .src = numbers[j] };
		if (!run_and_check(op, insn, ARRAY_SIZE(numbers)))
			return false;
	}
	return true;
}

static bool all_imms(const struct op *op)
{
	struct bpf_insn insn = op->insn;
	int i, j, reg;

	insn.code = BPF_CLASS(insn.code) | BPF_OP(insn.code) | BPF_K;
	for (j = 0; j < ARRAY_SIZE(numbers); j++)
		entries[j] = (struct entry) { .dst = numbers[j] };
	for (reg = 0; reg < NR_REGS; reg++) {
		for (i = 0; i < ARRAY_SIZE(imms); i++) {
			insn.dst_reg = insn.src_reg = reg;
			insn.imm = imms[i];
			if (!run_and_check(op, insn, ARRAY_SIZE(numbers)))
				return false;
		}
	}
	return true;
}

static void test_ops(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(movsx); i++) {
		ASSERT_TRUE(all_regs(&movsx[i]), movsx[i].name);
		ASSERT_TRUE(all_numbers(&movsx[i]), movsx[i].name);
	}
	for (i = 0; i < ARRAY_SIZE(bswap); i++) {
		ASSERT_TRUE(all_regs(&bswap[i]), bswap[i].name);
		ASSERT_TRUE(all_numbers(&bswap[i]), bswap[i].name);
	}
	for (i = 0; i < ARRAY_SIZE(sdiv); i++) {
		ASSERT_TRUE(all_regs(&sdiv[i]), sdiv[i].name);
		ASSERT_TRUE(all_numbers(&sdiv[i]), sdiv[i].name);
		ASSERT_TRUE(all_imms(&sdiv[i]), sdiv[i].name);
	}
}

/* A load or a store from or to src of the entries, with dst as the value */
static bool access_one(struct bpf_insn insn, bool store, int bytes, int base, int value, bool sx)
{
	const struct bpf_insn addr[] = { LD_VALUE(base, map_fd) };
	static char log[1 << 16];
	char packet[64] = {};
	LIBBPF_OPTS(bpf_prog_load_opts, load, .log_buf = log, .log_size = sizeof(log));
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	const __u64 *few = numbers + ARRAY_SIZE(numbers) - NR_FEW;
	int i, fd, tmp = free_reg(base, value);
	__u64 mask = bytes == 8 ? -1ULL : (1ULL << bytes * 8) - 1, want, got;

	cnt = 0;
	for (i = 0; i < NR_FEW; i++) {
		entries[i] = (struct entry) { .dst = few[i], .src = ~few[i] };
		emit(addr[0]);
		emit(addr[1]);
		if (store && value != base)
			emit(BPF_LDX_MEM(BPF_DW, value, base, i * ENTRY));
		insn.off = i * ENTRY + offsetof(struct entry, src);
		emit(insn);
		if (store)
			continue;
		emit(addr[0]);
		prog[cnt - 1].dst_reg = tmp;
		emit(addr[1]);
		emit(BPF_STX_MEM(BPF_DW, tmp, value, i * ENTRY + offsetof(struct entry, res)));
	}
	emit(BPF_MOV64_IMM(BPF_REG_0, 0));
	emit(BPF_EXIT_INSN());
	fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "cpuv4", "GPL", prog, cnt, &load);
	if (!ASSERT_GE(fd, 0, "load")) {
		printf("%s\n", log);
		return false;
	}
	if (!ASSERT_OK(bpf_prog_test_run_opts(fd, &opts), "run")) {
		close(fd);
		return false;
	}
	close(fd);
	for (i = 0; i < NR_FEW; i++) {
		if (store) {
			want = (~few[i] & ~mask) | (few[i] & mask);
			got = entries[i].src;
		} else {
			want = sx ? sign_extended(~few[i], bytes * 8) : ~few[i] & mask;
			got = entries[i].res;
		}
		if (want == got)
			continue;
		PRINT_FAIL("code %02x imm %x R%d R%d: %llx gave %llx, not %llx\n", insn.code,
			   insn.imm, insn.dst_reg, insn.src_reg, few[i], got, want);
		return false;
	}
	return true;
}

static bool access_all(int size)
{
	int op = cpuv4_sizes[size], bytes = 1 << size, base, value;

	for (base = 0; base < NR_REGS; base++) {
		for (value = 0; value < NR_REGS; value++) {
			if (size < 3 &&
			    !access_one(LDSX(op, value, base, 0), false, bytes, base, value, true))
				return false;
			if (!access_one(LOAD_ACQ(op, value, base, 0), false, bytes, base, value,
					false))
				return false;
			if (base != value &&
			    !access_one(STORE_REL(op, base, value, 0), true, bytes, base, value,
					false))
				return false;
		}
	}
	return true;
}

static void test_access(void)
{
	int size;

	for (size = 0; size < 4; size++)
		ASSERT_TRUE(access_all(size), "loads and stores");
}

static void with_entries(void (*test)(void))
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	size_t size = MAX_CASES * ENTRY;

	map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "cpuv4", 4, size, 1, &opts);
	if (!ASSERT_GE(map_fd, 0, "map"))
		return;
	entries = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (ASSERT_NEQ(entries, MAP_FAILED, "mmap")) {
		cpuv4_each_way(test);
		munmap(entries, size);
	}
	close(map_fd);
}

void serial_test_cpuv4_insns(void)
{
	with_entries(test_ops);
}

void serial_test_cpuv4_access(void)
{
	with_entries(test_access);
}
