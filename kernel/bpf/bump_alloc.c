// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include "bump_alloc.h"

/*
 * Small, short-lived objects for code that may run anywhere, NMI included, and
 * may interrupt itself at any instruction.
 *
 * Each CPU has one current page per context level (task, softirq, hardirq and
 * NMI), and hands out its bytes from the front to the back:
 *
 *	+------+-------+-------+-------+- - - - - - - - - +
 *	| live | obj A | obj B | obj C |   room           |
 *	+------+-------+-------+-------+- - - - - - - - - +
 *	                               ^ bump_next
 *
 * The whole state of a current page is one word, the address of its first free
 * byte, and it changes by one cmpxchg local to the CPU. So it does not matter
 * what interrupts an allocation, a probe on this very code included, nor on
 * which CPU it goes on: either the word is still the one that was read, or the
 * allocation looks at it anew. A word at the end of a page (or none at all) has
 * no room, whichever page that was.
 *
 * A page that has no room is replaced by one of alloc_pages_nolock(). That call
 * can be traced, hence the new page is installed by an exchange: should a
 * nested allocation have replaced the page meanwhile, its page is retired.
 * A level of its own gives NMI a page which is in general not just being
 * replaced when the NMI hits; if there is no new page to be had, the other
 * levels' room is as good, because any level may take from any word.
 *
 * Pages are counted in bytes: bump_page.live starts at BUMP_MAX_SIZE, a freed
 * object takes its size off, a retired page what was never handed out. Whoever
 * takes off the last byte frees the page, so that nothing needs to know which
 * page is current, and allocation has no counter to maintain.
 *
 *	obj = bump_alloc(size);		any context, NULL if there is no page
 *	bump_free(obj, size);		any context, any CPU, the same size
 *
 * An unused CPU keeps at most one page per level, an offline one too: it goes on
 * with them when it comes back.
 */

#define BUMP_LEVELS	4	/* of interrupt_context_level() */

/*
 * The first free byte of each level's page, 0 before the first allocation.
 * Written by this CPU alone, from any context, by cmpxchg and xchg only.
 */
static DEFINE_PER_CPU(unsigned long [BUMP_LEVELS], bump_next);

static u32 bump_room(unsigned long next)
{
	return -next & (PAGE_SIZE - 1);
}

static void bump_put(void *obj, u32 size)
{
	struct bump_page *page = (void *)((unsigned long)obj & PAGE_MASK);

	/* Full barrier: all use of the page is over before it is freed. */
	if (atomic_sub_and_test(size, &page->live))
		free_pages_nolock(virt_to_page(page), 0);
}

static void *bump_take(int level, u32 size)
{
	unsigned long next = this_cpu_read(bump_next[level]), seen;

	while (bump_room(next) >= size) {
		seen = this_cpu_cmpxchg(bump_next[level], next, next + size);
		if (seen == next)
			return (void *)next;
		next = seen;
	}
	return NULL;
}

static void *bump_refill(int level, u32 size)
{
	struct page *page = alloc_pages_nolock(NUMA_NO_NODE, 0);
	unsigned long start, retired;
	struct bump_page *head;

	if (!page)
		return NULL;
	head = page_address(page);
	atomic_set(&head->live, BUMP_MAX_SIZE);
	start = (unsigned long)head + BUMP_HEADER;

	retired = this_cpu_xchg(bump_next[level], start + size);
	if (bump_room(retired))
		bump_put((void *)retired, bump_room(retired));
	return (void *)start;
}

/**
 * bump_alloc() - Allocate an object in any context
 * @size: bytes, at most BUMP_MAX_SIZE
 *
 * Context: Any, NMI included. Takes no lock and does not sleep.
 * Return: The object, 8-byte aligned and not initialised, or NULL if @size is
 * too large or no page could be had at this moment.
 */
void *bump_alloc(u32 size)
{
	int level = interrupt_context_level(), other;
	void *obj;

	if (!size || size > BUMP_MAX_SIZE)
		return NULL;
	size = bump_size(size);
	obj = bump_take(level, size) ?: bump_refill(level, size);
	for (other = 0; !obj && other < BUMP_LEVELS; other++)
		obj = bump_take(other, size);
	return obj;
}

/**
 * bump_free() - Free an object
 * @obj: what bump_alloc() returned
 * @size: the same size
 *
 * Context: Any, NMI included, on any CPU.
 */
void bump_free(void *obj, u32 size)
{
	bump_put(obj, bump_size(size));
}
