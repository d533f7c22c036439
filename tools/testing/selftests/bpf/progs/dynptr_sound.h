/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __DYNPTR_SOUND_H
#define __DYNPTR_SOUND_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"

/* The compiler must not put functions together, nor look into them. */
#define GLOBAL __weak __attribute__((noinline))
#define STATIC static __attribute__((noinline))
#define __naked __attribute__((naked))

#define __imm(name) [name] "i"(name)
#define __imm_addr(name) [name] "i"(&name)
#define __clobber_all "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "memory"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, long[8]);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ringbuf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} user_ringbuf SEC(".maps");

/* Memory of the program that is in a map, but not in a map that it looks up in */
long buffer[8];

static __always_inline int local_dynptr(struct bpf_dynptr *ptr)
{
	return bpf_dynptr_from_mem(buffer, sizeof(buffer), 0, ptr);
}

/* In assembly, where the layout of the stack matters: a dynptr of type local at
 * fp + off. The insns change R0 to R5.
 */
#define ASM_LOCAL(off) \
	"r1 = %[buffer] ll;" \
	"r2 = 8;" \
	"r3 = 0;" \
	"r4 = r10;" \
	"r4 += " #off ";" \
	"call %[bpf_dynptr_from_mem];"

/* Use the dynptr at fp + off, and leave a slice of it or NULL in R0. */
#define ASM_DATA(off) \
	"r1 = r10;" \
	"r1 += " #off ";" \
	"r2 = 0;" \
	"r3 = 8;" \
	"call %[bpf_dynptr_data];"

/* So far from the last state that the verifier has kept that it keeps one here. */
#define ASM_STATE \
	"r2 = 0; r3 = 0; r4 = 0; r5 = 0;" \
	"r2 = 0; r3 = 0; r4 = 0; r5 = 0;" \
	"goto +0; goto +0;"

#define ASM_RETURN(value) "r0 = " #value "; exit;"
#define ASM_ARGS __imm_addr(buffer), __imm(bpf_dynptr_from_mem), __imm(bpf_dynptr_data), \
	__imm(bpf_get_prandom_u32)

#endif
