/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#pragma once
#include <bpf/bpf_arena_malloc.h>

/*
 * Memory from a heap of the program's own, in an arena that is called "arena" and
 * declared before this file is included. User space sees a heap without memory.
 */
#ifdef __bpf__
#ifndef BPF_ALLOC_PAGES
#define BPF_ALLOC_PAGES 256
#endif

static struct arena_pool __arena *bpf_alloc_heap;

/* Not while another CPU does the same. */
static inline int bpf_alloc_init(void)
{
	if (!bpf_alloc_heap)
		bpf_alloc_heap = arena_pool_create(&arena, BPF_ALLOC_PAGES);
	return bpf_alloc_heap ? 0 : -12; /* ENOMEM */
}

static inline void __arena *bpf_alloc(unsigned int size)
{
	return arena_malloc(bpf_alloc_heap, size);
}

static inline void bpf_free(void __arena *addr)
{
	arena_free(bpf_alloc_heap, addr);
}
#else
static inline void *bpf_alloc(unsigned int size)
{
	return NULL;
}

static inline void bpf_free(void *addr)
{
}
#endif
