// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bug.h>
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/smp.h>

#include "bump_alloc.h"

/*
 * Small objects that die in the order of their birth, more or less, for code that
 * may run anywhere, NMI included, and may interrupt itself at any instruction.
 *
 * An allocator has one current page per CPU and context level (task, softirq,
 * hardirq and NMI), and hands out its bytes from the front to the back:
 *
 *	+--------+-------+-------+-------+- - - - - - - - +
 *	| header | obj A | obj B | obj C |   room         |
 *	+--------+-------+-------+-------+- - - - - - - - +
 *	                                 ^ bump_words.next
 *
 * The whole state of a current page is one word, the address of its first free
 * byte, and it changes by one cmpxchg. So it does not matter what interrupts an
 * allocation, a probe on this very code included, nor on which CPU it goes on:
 * either the word is still the one that was read, or the allocation looks at it
 * anew. A word at the end of a page (or none at all) has no room, whichever page
 * that was. A page that left the word and came back is as good as if it had
 * stayed: the word says what is free in it, and nothing else was read.
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
 * A page is of one allocator. Where objects are freed in the order in which they
 * were allocated, the live ones of a CPU and level are behind one another: all
 * their pages but the first and the last one are full of them. So the pages of an
 * allocator, which are limited, follow the objects that are live in it, whatever
 * others do.
 *
 *	bump_init(&bump, pages, changed);	for each owner of objects
 *	obj = bump_alloc(&bump, size);		any context, NULL if there is no page
 *	bump_free(obj, size);			any context, any CPU, the same size
 *	bump_trim(&bump);			when it was idle: no page without objects
 */

static u32 bump_room(unsigned long next)
{
	return -next & (PAGE_SIZE - 1);
}

static void bump_put(void *obj, u32 size)
{
	struct bump_page *page = (void *)((unsigned long)obj & PAGE_MASK);
	struct bump *bump = page->owner;

	/* Full barrier: all use of the page is over before it is freed. */
	if (!atomic_sub_and_test(size, &page->live))
		return;
	free_pages_nolock(virt_to_page(page), 0);
	atomic_dec(&bump->pages);
	bump->changed(bump);
}

/* Take the current page away from a word. */
static void bump_retire(unsigned long retired)
{
	if (bump_room(retired))
		bump_put((void *)retired, bump_room(retired));
}

static void *bump_take(unsigned long *word, u32 size)
{
	unsigned long next = READ_ONCE(*word);

	while (bump_room(next) >= size) {
		if (try_cmpxchg(word, &next, next + size))
			return (void *)next;
	}
	return NULL;
}

static struct bump_page *bump_page_new(struct bump *bump)
{
	struct page *page;
	struct bump_page *head;

	if (atomic_inc_return(&bump->pages) > READ_ONCE(bump->max_pages))
		goto undo;
	page = alloc_pages_nolock(NUMA_NO_NODE, 0);
	if (!page)
		goto undo;
	head = page_address(page);
	head->owner = bump;
	atomic_set(&head->live, BUMP_MAX_SIZE);
	bump->changed(bump);
	return head;

undo:
	atomic_dec(&bump->pages);
	return NULL;
}

static noinline void *bump_refill(struct bump *bump, unsigned long *word, u32 size)
{
	struct bump_page *head = bump_page_new(bump);
	unsigned long start;

	if (!head)
		return NULL;
	start = (unsigned long)head + BUMP_HEADER;
	bump_retire(xchg(word, start + size));
	return (void *)start;
}

/**
 * bump_alloc() - Allocate an object in any context
 * @bump: the allocator
 * @size: bytes, at most BUMP_MAX_SIZE
 *
 * Context: Any, NMI included. Takes no lock and does not sleep.
 * Return: The object, 8-byte aligned and not initialised, or NULL if @size is
 * too large, there are as many pages as there may be, or none could be had at
 * this moment.
 */
void *bump_alloc(struct bump *bump, u32 size)
{
	unsigned long *words = per_cpu_ptr(bump->words, raw_smp_processor_id())->next;
	int level = interrupt_context_level(), other;
	void *obj;

	if (!size || size > BUMP_MAX_SIZE)
		return NULL;
	size = bump_size(size);
	obj = bump_take(&words[level], size) ?: bump_refill(bump, &words[level], size);
	for (other = 0; !obj && other < BUMP_LEVELS; other++)
		obj = bump_take(&words[other], size);
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

/**
 * bump_trim() - Give up all current pages
 * @bump: the allocator
 *
 * What is left are pages with live objects.
 *
 * Context: Any; others may allocate and free meanwhile.
 */
void bump_trim(struct bump *bump)
{
	int cpu, level;

	for_each_possible_cpu(cpu)
		for (level = 0; level < BUMP_LEVELS; level++)
			bump_retire(xchg(&per_cpu_ptr(bump->words, cpu)->next[level], 0));
}

/**
 * bump_init() - Make an allocator
 * @bump: the allocator
 * @max_pages: pages that it may have
 * @changed: told when it has one more or less
 *
 * Context: Process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int bump_init(struct bump *bump, int max_pages, void (*changed)(struct bump *bump))
{
	atomic_set(&bump->pages, 0);
	bump->max_pages = max_pages;
	bump->changed = changed;
	bump->words = alloc_percpu_gfp(struct bump_words, GFP_KERNEL_ACCOUNT);
	return bump->words ? 0 : -ENOMEM;
}

/**
 * bump_exit() - Free an allocator
 * @bump: the allocator, all of whose objects are freed
 *
 * Context: Process.
 */
void bump_exit(struct bump *bump)
{
	if (!bump->words)
		return;
	bump_trim(bump);
	WARN_ON_ONCE(bump_pages(bump));
	free_percpu(bump->words);
}
