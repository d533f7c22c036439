/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __BUMP_ALLOC_H__
#define __BUMP_ALLOC_H__

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/mm.h>

#define BUMP_LEVELS	4	/* of interrupt_context_level() */

/**
 * struct bump_words - what a CPU hands out next, see bump_alloc.c
 * @next: the first free byte of each level's page, 0 if it has none. Any CPU, any
 *	context, by cmpxchg and xchg only.
 */
struct bump_words {
	unsigned long next[BUMP_LEVELS];
};

/**
 * struct bump - an allocator
 * @words: of each CPU
 * @pages: pages that it has. Any context.
 * @max_pages: take no new page while it has so many. May be changed at any time.
 * @changed: called after @pages has changed, in any context
 */
struct bump {
	struct bump_words __percpu *words;
	atomic_t pages;
	int max_pages;
	void (*changed)(struct bump *bump);
};

/* What the start of each page keeps for itself. */
struct bump_page {
	struct bump *owner;
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

static inline u32 bump_pages(const struct bump *bump)
{
	return atomic_read(&bump->pages);
}

int bump_init(struct bump *bump, int max_pages, void (*changed)(struct bump *bump));
void *bump_alloc(struct bump *bump, u32 size);
void bump_free(void *obj, u32 size);
void bump_trim(struct bump *bump);
void bump_exit(struct bump *bump);

#endif /* __BUMP_ALLOC_H__ */
