/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/linkage.h>

/*
 * See kernel/bpf/may_goto.c. %r10 is BPF_REG_AX, %rbp the frame pointer of the
 * program. Saved are R0 to R5; the others C saves itself, and what the JIT has in
 * registers of its own it does not keep across insns.
 */
	.text
SYM_FUNC_START(arch_bpf_timed_may_goto)
	leaq	(%rbp, %r10), %r10
	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%rax
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%r8

	movq	%r10, %rdi
	call	bpf_check_timed_may_goto
	movq	%rax, %r10

	popq	%r8
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	popq	%rax
	popq	%rbp
	RET
SYM_FUNC_END(arch_bpf_timed_may_goto)
