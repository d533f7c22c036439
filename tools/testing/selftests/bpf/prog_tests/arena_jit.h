/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_JIT_H
#define __ARENA_JIT_H

#include <linux/filter.h>
#include <sys/mman.h>
#include "test_progs.h"

/*
 * Programs that are generated insn by insn, because the compiler would not take
 * every register, and a page of an arena for them to work on. The pages around
 * it are absent.
 */

#define PAGE 4096UL
#define NR_PAGES 64
#define THE_PAGE 16
#define ARENA_ADDR 0x7a1230000000UL

#define CAST(dst, src, imm) \
	BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, BPF_ADDR_SPACE_CAST, imm)
#define CAST_KERN(dst, src) CAST(dst, src, 1)
#define CAST_USER(dst, src) CAST(dst, src, 1 << 16)
#define LD_MAP(reg, fd) BPF_LD_IMM64_RAW(reg, BPF_PSEUDO_MAP_FD, fd)
#define LD_ADDR(reg, fd, off) \
	BPF_RAW_INSN(BPF_LD | BPF_DW | BPF_IMM, reg, BPF_PSEUDO_MAP_VALUE, 0, fd), \
	BPF_RAW_INSN(0, 0, 0, 0, off)
#define CALL(func) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##func)
#define RETURN(value) BPF_MOV64_IMM(BPF_REG_0, value), BPF_EXIT_INSN()

struct code {
	struct bpf_insn insns[1 << 14];
	int cnt;
};

static inline void code_add(struct code *code, const struct bpf_insn *insns, int cnt)
{
	if (code->cnt + cnt > ARRAY_SIZE(code->insns)) {
		fprintf(stderr, "program too long\n");
		abort();
	}
	memcpy(code->insns + code->cnt, insns, cnt * sizeof(*insns));
	code->cnt += cnt;
}

#define EMIT(code, ...) ({ \
	const struct bpf_insn __insns[] = { __VA_ARGS__ }; \
	code_add(code, __insns, ARRAY_SIZE(__insns)); \
})

static inline int code_load(const struct code *code, enum bpf_prog_type type)
{
	static char log[1 << 16];
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.log_buf = log,
		.log_size = sizeof(log),
		.prog_flags = type == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE : 0,
	);
	int fd;

	log[0] = 0;
	fd = bpf_prog_load(type, "arena_jit", "GPL", code->insns, code->cnt, &opts);
	if (!ASSERT_GE(fd, 0, "load"))
		printf("%s\n", log);
	return fd;
}

/* Run a BPF_PROG_TYPE_SYSCALL program: 0, an error, or what it returned */
static inline int code_run(int fd)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(fd, &opts);

	return err ?: opts.retval;
}

static inline int code_load_run(const struct code *code)
{
	int ret, fd = code_load(code, BPF_PROG_TYPE_SYSCALL);

	if (fd < 0)
		return fd;
	ret = code_run(fd);
	close(fd);
	return ret;
}

struct arena {
	int fd;
	__u8 *start;	/* in user space */
	__u8 *page;	/* the one that is there */
};

static inline void arena_close(struct arena *arena)
{
	if (arena->start)
		munmap(arena->start, NR_PAGES * PAGE);
	if (arena->fd >= 0)
		close(arena->fd);
	arena->start = NULL;
	arena->fd = -1;
}

static inline bool arena_open(struct arena *arena, unsigned long addr, __u32 flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE | flags,
		    .map_extra = addr);
	void *p;

	*arena = (struct arena) {
		.fd = bpf_map_create(BPF_MAP_TYPE_ARENA, "arena_jit", 0, 0, NR_PAGES, &opts),
	};
	if (!ASSERT_GE(arena->fd, 0, "arena"))
		return false;
	p = mmap((void *)addr, NR_PAGES * PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED_NOREPLACE, arena->fd, 0);
	if (!ASSERT_EQ(p, (void *)addr, "mmap of the arena")) {
		arena_close(arena);
		return false;
	}
	arena->start = p;
	arena->page = arena->start + THE_PAGE * PAGE;
	memset(arena->page, 0, PAGE);
	return true;
}

/* The registers before and after an access; of R10 only after */
#define NR_REGS 11

struct regs {
	__u64 r[NR_REGS];
};

#define MAX_CASES 256

/* An array map whose value is regs[MAX_CASES], also there in user space */
struct cases {
	int fd;
	struct regs *regs;
};

static inline void cases_close(struct cases *cases)
{
	if (cases->regs)
		munmap(cases->regs, MAX_CASES * sizeof(struct regs));
	if (cases->fd >= 0)
		close(cases->fd);
}

static inline bool cases_open(struct cases *cases)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	const size_t size = MAX_CASES * sizeof(struct regs);

	*cases = (struct cases) {
		.fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "regs", 4, size, 1, &opts),
	};
	if (!ASSERT_GE(cases->fd, 0, "array"))
		return false;
	cases->regs = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, cases->fd, 0);
	if (ASSERT_NEQ(cases->regs, MAP_FAILED, "mmap of the array"))
		return true;
	cases->regs = NULL;
	cases_close(cases);
	return false;
}

/* Load R0 to R9 from regs[nr] */
static inline void emit_regs_load(struct code *code, int fd, int nr)
{
	int i;

	EMIT(code, LD_ADDR(BPF_REG_9, fd, nr * (int)sizeof(struct regs)));
	for (i = 0; i <= 9; i++)
		EMIT(code, BPF_LDX_MEM(BPF_DW, i, BPF_REG_9, 8 * i));
}

/* Store R0 to R10 in regs[nr] */
static inline void emit_regs_store(struct code *code, int fd, int nr)
{
	int i;

	EMIT(code, BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_0, -8),
	     LD_ADDR(BPF_REG_0, fd, nr * (int)sizeof(struct regs)));
	for (i = 1; i <= 10; i++)
		EMIT(code, BPF_STX_MEM(BPF_DW, BPF_REG_0, i, 8 * i));
	EMIT(code, BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_10, -8),
	     BPF_STX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, 0));
}

static inline __u64 random64(void)
{
	static __u64 x = 0x9e3779b97f4a7c15;

	/* xorshift: the same numbers in every run */
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* What the page has to contain */
static __u8 model[PAGE];

static inline void model_init(struct arena *arena)
{
	int i;

	for (i = 0; i < PAGE; i++)
		model[i] = random64();
	memcpy(arena->page, model, PAGE);
}

/* Where a program that accesses addr finds it in the model; NULL if absent */
static inline void *model_at(struct arena *arena, __u64 addr, int size)
{
	__u64 off = addr - (__u32)(unsigned long)arena->page;

	return off <= PAGE - size ? model + off : NULL;
}

/* Places for an access of size bytes, as user space has the address */
enum place { PRESENT, ABSENT, OUTSIDE, FIRST_BYTES, LAST_BYTES, GUARD, NR_PLACES };

static inline __u64 place_addr(struct arena *arena, enum place place, int nr, int size, int off)
{
	__u64 page = (unsigned long)arena->page;

	switch (place) {
	case PRESENT:
		return page + nr * 16;
	case ABSENT:
		return page + 16 * PAGE + nr * 16;
	case OUTSIDE:
		return page ^ 0x80000000;
	case FIRST_BYTES:
		return page - size / 2;
	case LAST_BYTES:
		return page + PAGE - size / 2;
	default:
		/* what is added to the address leads out of the 4 GB */
		return (page & ~0xffffffffULL) + off + (off < 0 ? 0 : 0xffffffff);
	}
}

#endif
