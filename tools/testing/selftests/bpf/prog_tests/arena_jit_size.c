// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * An access to an arena is one instruction, as one to a map value is; and with
 * net.core.bpf_jit_harden=2 no constant of a program is in its instructions.
 */
#define _GNU_SOURCE
#include "arena_jit.h"

#define NR_ACCESSES 100

/* Load a program with nr times the same access by R6; return the length of its image. */
static __u32 jited(const struct bpf_insn *pointer, int len, struct bpf_insn access, int nr,
		   __u8 *image, __u32 size)
{
	struct bpf_prog_info info = {
		.jited_prog_insns = (unsigned long)image,
		.jited_prog_len = size,
	};
	__u32 info_len = sizeof(info);
	static struct code code;
	int i, fd;

	code.cnt = 0;
	code_add(&code, pointer, len);
	EMIT(&code, BPF_MOV64_IMM(BPF_REG_7, 0));
	for (i = 0; i < nr; i++)
		EMIT(&code, access);
	EMIT(&code, RETURN(0));
	fd = code_load(&code, BPF_PROG_TYPE_SYSCALL);
	if (fd < 0)
		return 0;
	ASSERT_OK(bpf_obj_get_info_by_fd(fd, &info, &info_len), "info");
	ASSERT_GT(info.jited_prog_len, 0, "length");
	ASSERT_LE(info.jited_prog_len, size, "length");
	close(fd);
	return info.jited_prog_len;
}

/* All accesses, one behind the other, and nothing else between them */
static void check_access(const struct bpf_insn *pointer, int len, struct bpf_insn access,
			 const char *native, int native_len)
{
	static __u8 image[1 << 14];
	__u8 expected[NR_ACCESSES * 16];
	__u32 one, all;
	int i;

	one = jited(pointer, len, access, NR_ACCESSES, image, sizeof(image));
	all = jited(pointer, len, access, 2 * NR_ACCESSES, image, sizeof(image));
	/* rounded: blinding takes some bytes more or less for the other constants */
	ASSERT_EQ((all - one + NR_ACCESSES / 2) / NR_ACCESSES, native_len, "bytes per access");
	for (i = 0; i < NR_ACCESSES; i++)
		memcpy(expected + i * native_len, native, native_len);
	ASSERT_OK_PTR(memmem(image, all, expected, NR_ACCESSES * native_len), "instructions");
}

#define CHECK_ACCESS(pointer, access, native) \
	check_access(pointer, ARRAY_SIZE(pointer), access, native, sizeof(native) - 1)

static void test_one_instruction(int arena_fd, int array_fd)
{
	const struct bpf_insn to_arena[] = {
		LD_ADDR(BPF_REG_6, arena_fd, 0), CAST_KERN(BPF_REG_6, BPF_REG_6),
	};
	const struct bpf_insn to_array[] = { LD_ADDR(BPF_REG_6, array_fd, 0) };

	/* mov rax, [r12 + rbx + 8]; mov rax, [rbx + 8] */
	CHECK_ACCESS(to_arena, BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 8),
		     "\x49\x8b\x44\x1c\x08");
	CHECK_ACCESS(to_array, BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 8), "\x48\x8b\x43\x08");
	/* mov [r12 + rbx + 8], r13d */
	CHECK_ACCESS(to_arena, BPF_STX_MEM(BPF_W, BPF_REG_6, BPF_REG_7, 8),
		     "\x45\x89\x6c\x1c\x08");
	/* lock add [r12 + rbx + 8], r13 */
	CHECK_ACCESS(to_arena, BPF_ATOMIC_OP(BPF_DW, BPF_ADD, BPF_REG_6, BPF_REG_7, 8),
		     "\xf0\x4d\x01\x6c\x1c\x08");
	/* lock xadd [r12 + rbx + 8], r13 */
	CHECK_ACCESS(to_arena, BPF_ATOMIC_OP(BPF_DW, BPF_ADD | BPF_FETCH, BPF_REG_6, BPF_REG_7, 8),
		     "\xf0\x4d\x0f\xc1\x6c\x1c\x08");
}

void test_arena_jit_size(void)
{
	struct cases cases;
	struct arena arena;

	if (!arena_open(&arena, ARENA_ADDR, 0))
		return;
	if (cases_open(&cases)) {
		test_one_instruction(arena.fd, cases.fd);
		cases_close(&cases);
	}
	arena_close(&arena);
}

/* --- Hardening --- */

extern void test_arena_jit_access(void);
extern void test_arena_jit_cast(void);
extern void test_arena_jit_regs(void);

static int harden(char value)
{
	int fd = open("/proc/sys/net/core/bpf_jit_harden", O_RDWR);
	char old = 0;

	if (!ASSERT_GE(fd, 0, "bpf_jit_harden"))
		return -1;
	ASSERT_EQ(read(fd, &old, 1), 1, "read");
	ASSERT_EQ(pwrite(fd, &value, 1, 0), 1, "write");
	close(fd);
	return old;
}

static void test_blinded(int arena_fd)
{
	static const int sizes[] = { BPF_W, BPF_DW };
	static const __u32 constant = 0x5ec3e7a1;
	const struct bpf_insn to_arena[] = {
		LD_ADDR(BPF_REG_6, arena_fd, 0), CAST_KERN(BPF_REG_6, BPF_REG_6),
	};
	static __u8 image[1 << 14];
	__u32 len;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		len = jited(to_arena, ARRAY_SIZE(to_arena),
			    BPF_ST_MEM(sizes[i], BPF_REG_6, 8, constant), NR_ACCESSES, image,
			    sizeof(image));
		ASSERT_GT(len, 0, "length");
		ASSERT_EQ(memmem(image, len, &constant, sizeof(constant)), NULL, "constant");
	}
}

void serial_test_arena_jit_harden(void)
{
	struct arena arena;
	int old = harden('2');

	if (old < 0)
		return;
	if (test__start_subtest("constants") && arena_open(&arena, ARENA_ADDR, 0)) {
		test_blinded(arena.fd);
		arena_close(&arena);
	}
	test_arena_jit_access();
	test_arena_jit_cast();
	test_arena_jit_regs();
	harden(old);
}
