/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#ifndef _KERNEL_BPF_SCALAR_H
#define _KERNEL_BPF_SCALAR_H

#include <linux/bpf_verifier.h>

int scalar_cmp_taken(const struct bpf_reg_state *dst, const struct bpf_reg_state *src,
		     u8 opcode, bool is_jmp32);
void scalar_cmp_narrow(struct bpf_reg_state *dst, struct bpf_reg_state *src, u8 opcode,
		       bool is_jmp32, bool taken);
void scalar_div(struct bpf_reg_state *dst, const struct bpf_reg_state *src, bool alu32);
void scalar_mod(struct bpf_reg_state *dst, const struct bpf_reg_state *src, bool alu32);
struct tnum scalar_swap_bytes(struct tnum num, u32 bytes);

#endif
