/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __BUMP_ALLOC_H__
#define __BUMP_ALLOC_H__

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/mm.h>

/* What the start of each page keeps for itself, see bump_alloc.c. */
struct bump_page {
	atomic_t live;
};

#define BUMP_ALIGN	8
#define BUMP_HEADER	ALIGN(sizeof(struct bump_page), BUMP_ALIGN)
/* The largest object. */
#define BUMP_MAX_SIZE	(PAGE_SIZE - BUMP_HEADER)

/* What an object of @size bytes takes from a page. */
static inline u32 bump_size(u32 size)
{
	return ALIGN(size, BUMP_ALIGN);
}

void *bump_alloc(u32 size);
void bump_free(void *obj, u32 size);

#endif /* __BUMP_ALLOC_H__ */
