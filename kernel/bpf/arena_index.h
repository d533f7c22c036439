/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _KERNEL_BPF_ARENA_INDEX_H
#define _KERNEL_BPF_ARENA_INDEX_H

#include <linux/bitops.h>
#include <linux/types.h>

#define ARENA_INDEX_MAX BIT(20)	/* slots */

/* Which slots of 0..nr-1 are taken, see arena_index.c */
struct arena_index {
	unsigned long *taken;	/* bit: slot is taken */
	unsigned long *full;	/* bit: word of @taken has no 0 */
	unsigned long top[ARENA_INDEX_MAX / BITS_PER_LONG / BITS_PER_LONG / BITS_PER_LONG];
	u32 nr;			/* slots */
	u32 words;		/* of @taken */
	u32 full_words;		/* of @full */
};

/* The memory that arena_index_init() wants, zeroed, for @nr slots */
size_t arena_index_bytes(u32 nr);

void arena_index_init(struct arena_index *index, void *mem, u32 nr);

/* The first of the lowest @cnt free slots in a row, -1 if there are none */
long arena_index_find(const struct arena_index *index, u32 cnt);

bool arena_index_test(const struct arena_index *index, u32 slot);
bool arena_index_is_free(const struct arena_index *index, u32 start, u32 cnt);

/* What is taken or free already stays so */
void arena_index_take(struct arena_index *index, u32 start, u32 cnt);
void arena_index_release(struct arena_index *index, u32 start, u32 cnt);

#endif /* _KERNEL_BPF_ARENA_INDEX_H */
