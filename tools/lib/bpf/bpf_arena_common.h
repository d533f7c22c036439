/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __BPF_ARENA_COMMON_H__
#define __BPF_ARENA_COMMON_H__

/*
 * What a header needs that is compiled both into a BPF program and into the
 * process that loads it, for data structures in an arena:
 *
 *	struct elem {
 *		struct elem __arena *next;
 *		__u64 value;
 *	};
 *
 * libbpf installs this file: #include <bpf/bpf_arena_common.h>. In a program it
 * comes after vmlinux.h and bpf_helpers.h, and Clang 19 with -mcpu=v3 or later
 * converts pointers between the program and user space wherever it has to. Compile
 * with -fno-builtin-memset, see __arena_stores. User space sees plain pointers.
 *
 * The names are those of the header that the kernel's selftests have had under
 * this name since Linux 6.9.
 */

#ifndef NUMA_NO_NODE
#define NUMA_NO_NODE (-1)
#endif

#ifndef WRITE_ONCE
#define WRITE_ONCE(x, val) ((*(volatile typeof(x) *)&(x)) = (val))
#endif

#ifndef READ_ONCE
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
#endif

/* container_of() in the arena; type is like typeof(*pos), with its __arena */
#ifndef arena_container_of
#define arena_container_of(ptr, type, member)				\
	((type *)((char __arena *)(ptr) - __builtin_offsetof(type, member)))
#endif

#ifdef __bpf__

/* Arenas need a JIT that supports them, and here that is the one of x86-64. */
#ifndef PAGE_SIZE
#define PAGE_SIZE 4096
#endif

/*
 * Converts a pointer in its register: from space 1 to 0 for the program to follow
 * it, from 0 to 1 to leave it where user space finds it.
 */
#ifndef bpf_addr_space_cast
#define bpf_addr_space_cast(var, dst_as, src_as)			\
	asm volatile(".irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9\n\t"	\
		     ".ifc	%[reg], r\\n\n\t"			\
		     ".byte	0xbf, 0x11 * \\n\n\t"			\
		     ".short	1\n\t"					\
		     ".long	%[spaces]\n\t"				\
		     ".endif\n\t"					\
		     ".endr"						\
		     : [reg] "+r" (var)					\
		     : [spaces] "i" ((dst_as) << 16 | (src_as)))
#endif

#if defined(__BPF_FEATURE_ADDR_SPACE_CAST) && !defined(BPF_ARENA_FORCE_ASM)
/* The tag tells the verifier which arguments of global functions are such pointers. */
#define __arena __attribute__((address_space(1), btf_type_tag("arena")))
#define __arena_global __attribute__((address_space(1)))
#define cast_kern(ptr)	/* Clang does it */
#define cast_user(ptr)	/* Clang does it */
#else
#define __arena
#define __arena_global __attribute__((section(".addr_space.1")))
#define cast_kern(ptr) bpf_addr_space_cast(ptr, 0, 1)
#define cast_user(ptr) bpf_addr_space_cast(ptr, 1, 0)
#endif

/*
 * A function that both sides compile and that the verifier looks at once, not at each
 * call. It returns a number. Tag the arguments that are arena pointers:
 *
 *	__arena_func int elem_update(struct elem __arena *e __arg_arena, __u64 value)
 */
#define __arena_func __attribute__((weak, noinline))

/*
 * For a function that stores zeroes side by side, as in
 *
 *	e->next = NULL;
 *	e->value = 0;
 *
 * where the flags of the compiler are not yours. Clang 19 makes a memset() of that, with
 * a pointer that nobody converts, and the program is refused: "invalid mem access
 * 'scalar'". Of a loop over such stores it makes one that it cannot compile: "cannot
 * lower memory intrinsic". -fno-builtin-memset prevents both in a whole file, this in
 * the function that has the stores. It is of no use for one that is __always_inline.
 */
#define __arena_stores __attribute__((no_builtin("memset")))

/* The address in user space of an arena, given as the pointer to its map. */
#define arena_base(map) ((void __arena *)((struct bpf_arena *)(map))->user_vm_start)

extern void __arena *bpf_arena_alloc_pages(void *map, void __arena *addr, __u32 page_cnt,
					   int node_id, __u64 flags) __ksym __weak;
extern int bpf_arena_reserve_pages(void *map, void __arena *addr, __u32 page_cnt) __ksym __weak;
extern void bpf_arena_free_pages(void *map, void __arena *ptr, __u32 page_cnt) __ksym __weak;

#else /* user space */

#include <linux/types.h>
#include <stddef.h>
#include <unistd.h>

#ifndef PAGE_SIZE
#define PAGE_SIZE ((size_t)sysconf(_SC_PAGE_SIZE))
#endif

#define __arena
#define __arena_global
#ifndef __arg_arena
#define __arg_arena
#endif
#define __arena_func static inline
#define __arena_stores
#define cast_kern(ptr)	/* nothing to do */
#define cast_user(ptr)	/* nothing to do */

/* Code that is shared may ask for pages, but only a program gets some. */
static inline void *bpf_arena_alloc_pages(void *map, void *addr, __u32 page_cnt, int node_id,
					  __u64 flags)
{
	return NULL;
}

static inline int bpf_arena_reserve_pages(void *map, void *addr, __u32 page_cnt)
{
	return 0;
}

static inline void bpf_arena_free_pages(void *map, void *ptr, __u32 page_cnt)
{
}

#endif

#endif /* __BPF_ARENA_COMMON_H__ */
