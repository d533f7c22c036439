/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
/*
 * Included before a file of kernel/bpf: a "JIT compiler" that compiles nothing, so that the
 * verifier takes what it takes on x86. Nobody runs what is loaded, and it returns 0.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/version.h>

static unsigned int bpf_not_compiled(const void *ctx, const struct bpf_insn *insn)
{
	return 0;
}

static struct bpf_prog *bpf_do_not_compile(struct bpf_prog *prog)
{
	if (prog->jit_requested) {
		prog->bpf_func = bpf_not_compiled;
		prog->jited = 1;
	}
	return prog;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
struct bpf_prog *bpf_int_jit_compile(struct bpf_prog *prog)
#else
struct bpf_prog *bpf_int_jit_compile(struct bpf_verifier_env *env, struct bpf_prog *prog)
#endif
{
	return bpf_do_not_compile(prog);
}

void bpf_jit_free(struct bpf_prog *prog)
{
	bpf_prog_unlock_free(prog);
}

/* Mainline's own has no code for some atomics in arenas. */
bool bpf_jit_supports_insn(struct bpf_insn *insn, bool in_arena)
{
	bool atomic = BPF_CLASS(insn->code) == BPF_STX && BPF_MODE(insn->code) == BPF_ATOMIC;

	if (LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0) || !in_arena || !atomic)
		return true;
	return insn->imm != (BPF_AND | BPF_FETCH) && insn->imm != (BPF_OR | BPF_FETCH) &&
	       insn->imm != (BPF_XOR | BPF_FETCH);
}

#define SUPPORTS(what) bool bpf_jit_supports_##what(void) { return true; }
SUPPORTS(arena)
SUPPORTS(kfunc_call)
SUPPORTS(subprog_tailcalls)
SUPPORTS(timed_may_goto)
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
SUPPORTS(arena_args)
SUPPORTS(exceptions)
SUPPORTS(fsession)
SUPPORTS(private_stack)
SUPPORTS(ptr_xchg)
SUPPORTS(stack_args)
#endif

/* arch/um exports this one to modules, but the C library of the host has it no more. */
long __xmknod(void);
long __xmknod(void)
{
	return -ENOSYS;
}
