/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_JIT_H
#define __ARENA_JIT_H

#define __arena __attribute__((address_space(1)))

#ifndef BPF_F_MMAPABLE
#define BPF_F_MMAPABLE (1U << 10)
#endif

#define JIT_ARENA_PAGES 16

struct {
	__uint(type, 33); /* BPF_MAP_TYPE_ARENA */
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, JIT_ARENA_PAGES);
} arena SEC(".maps");

/* A program has the arena that it names. */
#define USE_ARENA() asm volatile("" : : "r"(&arena))

#endif
