/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _KERNEL_BPF_ARENA_INDEX_H
#define _KERNEL_BPF_ARENA_INDEX_H

#include <linux/bitops.h>
#include <linux/types.h>

#define ARENA_INDEX_MAX		BIT(20)	/* slots */
#define ARENA_INDEX_BLOCK	512	/* slots */
#define ARENA_INDEX_BLOCKS	(ARENA_INDEX_MAX / ARENA_INDEX_BLOCK)
#define ARENA_INDEX_OPEN	2	/* blocks */

/* Free slots in a row in the part of the arena that a node of the tree is for */
struct arena_runs {
	u32 prefix;	/* at its start */
	u32 suffix;	/* at its end */
	u32 longest;	/* anywhere in it */
};

/* Which slots of 0..nr-1 are taken, see arena_index.c */
struct arena_index {
	unsigned long *taken;		/* bit: slot is taken, unless its block is uniform */
	struct arena_runs *runs;	/* [1] is the root, [nr_blocks] the first leaf */
	unsigned long full[BITS_TO_LONGS(ARENA_INDEX_BLOCKS)];	/* bit: all is taken */
	unsigned long empty[BITS_TO_LONGS(ARENA_INDEX_BLOCKS)];	/* bit: all is free */
	u32 nr_blocks;			/* a power of 2 */
	u32 not_full;			/* words of @full before this one are ~0 */
	u32 open[ARENA_INDEX_OPEN];	/* blocks that the tree is behind with */
};

/* The memory that arena_index_init() wants for @nr slots */
size_t arena_index_bytes(u32 nr);

void arena_index_init(struct arena_index *index, void *mem, u32 nr);

/* The first of the lowest @cnt free slots in a row, -1 if there are none */
long arena_index_find(struct arena_index *index, u32 cnt);

bool arena_index_test(const struct arena_index *index, u32 slot);
bool arena_index_is_free(struct arena_index *index, u32 start, u32 cnt);

/* What is taken or free already stays so */
void arena_index_take(struct arena_index *index, u32 start, u32 cnt);
void arena_index_release(struct arena_index *index, u32 start, u32 cnt);

#endif /* _KERNEL_BPF_ARENA_INDEX_H */
