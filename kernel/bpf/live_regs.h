/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _BPF_LIVE_REGS_H
#define _BPF_LIVE_REGS_H

struct bpf_insn;
struct bpf_verifier_env;

int bpf_find_live_regs(struct bpf_verifier_env *env);

/* in verifier.c */
int bpf_kfunc_nr_args(struct bpf_verifier_env *env, const struct bpf_insn *call);

#endif
