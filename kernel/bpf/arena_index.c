// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "arena_index.h"

/*
 * Which of up to 2^20 slots are taken. Every function here ends within a few
 * thousand instructions, whatever the size and the fragmentation: callers have
 * interrupts off. All memory is allocated beforehand, 176 KiB for 2^20 slots, so
 * that nothing here can fail for lack of it.
 *
 * A block is 512 slots, one bit each in eight words. Over the blocks stands a
 * binary tree, a node of which knows the free runs of its part:
 *
 *   runs[1]                    longest 700
 *                             /           \
 *   runs[2], [3]     suffix 400            prefix 300       700 = 400 + 300
 *                   /      \              /      \
 *   leaves        block 0   block 1   block 2   block 3
 *
 * So the lowest row of any length is found on one way down, and a change of a
 * block is one way up.
 *
 * A part that is all taken or all free is uniform. What is below a uniform node
 * is not written until it has to differ, neither the nodes nor the words, so that
 * a range of 4 GiB is taken in as few steps as two of its ends. The bitmaps "full"
 * and "empty" tell which blocks are uniform; they are always right, but for an
 * "empty" bit that an open block has yet to get.
 *
 * An open block has valid words, and no uniform node above it. Its way up is put
 * off until another block is opened, or the tree is asked: most changes are in the
 * block that the last one was in. A single slot needs "full" and the words only.
 *
 * There is no locking here: callers serialise all but arena_index_bytes().
 */

#define BLOCK_WORDS	(ARENA_INDEX_BLOCK / BITS_PER_LONG)
#define NO_BLOCK	U32_MAX

static u32 index_blocks(u32 nr)
{
	return DIV_ROUND_UP(nr, ARENA_INDEX_BLOCK);
}

static size_t index_words_bytes(u32 nr)
{
	return index_blocks(nr) * BLOCK_WORDS * sizeof(long);
}

size_t arena_index_bytes(u32 nr)
{
	return index_words_bytes(nr) +
	       2 * roundup_pow_of_two(index_blocks(nr)) * sizeof(struct arena_runs);
}

/* ---- The tree ---- */

static void set_uniform(struct arena_runs *node, u32 free)
{
	node->prefix = free;
	node->suffix = free;
	node->longest = free;
}

/* Of two neighbours of @half slots. Returns whether @node changes. */
static bool join_runs(struct arena_runs *node, const struct arena_runs *left,
		      const struct arena_runs *right, u32 half)
{
	u32 prefix = left->prefix, suffix = right->suffix;
	u32 longest = max(left->longest, right->longest);

	if (prefix == half)
		prefix += right->prefix;
	if (suffix == half)
		suffix += left->suffix;
	longest = max(longest, left->suffix + right->prefix);
	if (node->prefix == prefix && node->suffix == suffix && node->longest == longest)
		return false;
	node->prefix = prefix;
	node->suffix = suffix;
	node->longest = longest;
	return true;
}

/* Write what is below the uniform nodes above @block. */
static void push_down(struct arena_index *index, u32 block)
{
	struct arena_runs *runs = index->runs;
	u32 leaf = index->nr_blocks + block;
	u32 height = ilog2(index->nr_blocks);
	u32 node, size;

	for (; height; height--) {
		node = leaf >> height;
		size = ARENA_INDEX_BLOCK << height;
		if (runs[node].longest && runs[node].longest != size)
			continue;
		set_uniform(&runs[2 * node], runs[node].longest / 2);
		set_uniform(&runs[2 * node + 1], runs[node].longest / 2);
	}
}

/* After a change of the leaf of @block. A node tells if any above it can change. */
static void pull_up(struct arena_index *index, u32 block)
{
	struct arena_runs *runs = index->runs;
	u32 node = (index->nr_blocks + block) / 2;
	u32 half = ARENA_INDEX_BLOCK;

	for (; node; node /= 2, half *= 2)
		if (!join_runs(&runs[node], &runs[2 * node], &runs[2 * node + 1], half))
			return;
}

/* The same at an end of @first..@end-1, the nodes within which were made uniform */
static void pull_up_end(struct arena_index *index, u32 block, u32 first, u32 end)
{
	struct arena_runs *runs = index->runs;
	u32 node = (index->nr_blocks + block) / 2, from = block & ~1;
	u32 blocks = 2;

	for (; node; node /= 2, blocks *= 2, from &= ~(blocks - 1))
		if (from < first || from + blocks > end)
			join_runs(&runs[node], &runs[2 * node], &runs[2 * node + 1],
				  blocks / 2 * ARENA_INDEX_BLOCK);
}

/* ---- Blocks ---- */

/* The bits of @word at which @cnt zeros in a row begin */
static unsigned long zeros_in_word(unsigned long word, u32 cnt)
{
	unsigned long runs = ~word;
	u32 len = 1, step;

	if (cnt > BITS_PER_LONG)
		return 0;
	while (runs && len < cnt) {
		step = min(len, cnt - len);
		runs &= runs >> step;
		len += step;
	}
	return runs;
}

/* Returns @longest, or how many zeros in a row @word has, if these are more */
static u32 longest_in_word(unsigned long word, u32 longest)
{
	unsigned long runs = zeros_in_word(word, longest + 1);

	for (; runs; longest++)
		runs &= runs >> 1;
	return longest;
}

static void count_runs(const unsigned long *words, struct arena_runs *runs)
{
	u32 i, run = 0;		/* zeros in a row just before the word */
	bool any = false;

	runs->longest = 0;
	for (i = 0; i < BLOCK_WORDS; i++) {
		if (!words[i]) {
			run += BITS_PER_LONG;
			continue;
		}
		run += __ffs(words[i]);
		if (!any)
			runs->prefix = run;
		any = true;
		runs->longest = max(runs->longest, run);
		runs->longest = longest_in_word(words[i], runs->longest);
		run = BITS_PER_LONG - 1 - __fls(words[i]);
	}
	runs->suffix = run;
	runs->longest = max(runs->longest, run);
	if (!any)
		runs->prefix = run;
}

/* The tree learns of what has become of a block. */
static void close_block(struct arena_index *index, u32 *open)
{
	struct arena_runs *leaf;
	u32 block = *open;

	if (block == NO_BLOCK)
		return;
	*open = NO_BLOCK;
	leaf = &index->runs[index->nr_blocks + block];
	count_runs(index->taken + block * BLOCK_WORDS, leaf);
	if (leaf->longest == ARENA_INDEX_BLOCK)
		__set_bit(block, index->empty);
	pull_up(index, block);
}

static void close_blocks(struct arena_index *index)
{
	u32 i;

	for (i = 0; i < ARENA_INDEX_OPEN; i++)
		close_block(index, &index->open[i]);
}

static void write_words(struct arena_index *index, u32 block)
{
	unsigned long *words = index->taken + block * BLOCK_WORDS;

	if (test_bit(block, index->full))
		memset(words, 0xff, ARENA_INDEX_BLOCK / BITS_PER_BYTE);
	else if (__test_and_clear_bit(block, index->empty))
		memset(words, 0, ARENA_INDEX_BLOCK / BITS_PER_BYTE);
}

/* What was open last is open[0]. */
static void open_block(struct arena_index *index, u32 block)
{
	if (likely(index->open[0] == block))
		return;
	swap(index->open[0], index->open[1]);
	if (index->open[0] == block)
		return;
	close_block(index, &index->open[0]);
	push_down(index, block);
	write_words(index, block);
	index->open[0] = block;
}

/* ---- Ranges ---- */

/* The bits of word start / BITS_PER_LONG that belong to start..end-1 */
static unsigned long word_mask(u32 start, u32 end)
{
	unsigned long mask = BITMAP_FIRST_WORD_MASK(start);

	if (end / BITS_PER_LONG == start / BITS_PER_LONG)
		mask &= BITMAP_LAST_WORD_MASK(end);
	return mask;
}

static bool is_block_full(const struct arena_index *index, u32 block)
{
	const unsigned long *words = index->taken + block * BLOCK_WORDS;
	u32 i;

	for (i = 0; i < BLOCK_WORDS; i++)
		if (~words[i])
			return false;
	return true;
}

/* start..end-1 are in one block. */
static void take_in_block(struct arena_index *index, u32 start, u32 end)
{
	u32 block = start / ARENA_INDEX_BLOCK;

	open_block(index, block);
	for (; start < end; start = round_down(start, BITS_PER_LONG) + BITS_PER_LONG)
		index->taken[start / BITS_PER_LONG] |= word_mask(start, end);
	if (!~index->taken[(end - 1) / BITS_PER_LONG] && is_block_full(index, block))
		__set_bit(block, index->full);
}

static void has_room(struct arena_index *index, u32 block)
{
	index->not_full = min_t(u32, index->not_full, block / BITS_PER_LONG);
}

static void release_in_block(struct arena_index *index, u32 start, u32 end)
{
	u32 block = start / ARENA_INDEX_BLOCK;

	open_block(index, block);
	__clear_bit(block, index->full);
	has_room(index, block);
	for (; start < end; start = round_down(start, BITS_PER_LONG) + BITS_PER_LONG)
		index->taken[start / BITS_PER_LONG] &= ~word_mask(start, end);
}

/* start..stop-1 are whole blocks: the largest nodes that these make become uniform. */
static void set_blocks(struct arena_index *index, u32 start, u32 stop, bool taken)
{
	u32 first = start / ARENA_INDEX_BLOCK, end = stop / ARENA_INDEX_BLOCK;
	u32 left = index->nr_blocks + first, right = index->nr_blocks + end;
	u32 free = taken ? 0 : ARENA_INDEX_BLOCK;

	close_blocks(index);
	push_down(index, first);
	push_down(index, end - 1);
	bitmap_clear(taken ? index->empty : index->full, first, end - first);
	bitmap_set(taken ? index->full : index->empty, first, end - first);
	if (!taken)
		has_room(index, first);

	for (; left < right; left /= 2, right /= 2, free *= 2) {
		if (left & 1)
			set_uniform(&index->runs[left++], free);
		if (right & 1)
			set_uniform(&index->runs[--right], free);
	}
	pull_up_end(index, first, first, end);
	pull_up_end(index, end - 1, first, end);
}

/* The end of what begins at @start and is in one block, or is whole blocks */
static u32 part_end(u32 start, u32 end)
{
	u32 next = round_down(start, ARENA_INDEX_BLOCK) + ARENA_INDEX_BLOCK;

	if (end < next)
		return end;
	return start % ARENA_INDEX_BLOCK ? next : round_down(end, ARENA_INDEX_BLOCK);
}

static bool is_whole(u32 start, u32 stop)
{
	return !(start % ARENA_INDEX_BLOCK) && !(stop % ARENA_INDEX_BLOCK);
}

void arena_index_take(struct arena_index *index, u32 start, u32 cnt)
{
	u32 end = start + cnt, stop;

	for (; start < end; start = stop) {
		stop = part_end(start, end);
		if (is_whole(start, stop))
			set_blocks(index, start, stop, true);
		else
			take_in_block(index, start, stop);
	}
}

void arena_index_release(struct arena_index *index, u32 start, u32 cnt)
{
	u32 end = start + cnt, stop;

	for (; start < end; start = stop) {
		stop = part_end(start, end);
		if (is_whole(start, stop))
			set_blocks(index, start, stop, false);
		else
			release_in_block(index, start, stop);
	}
}

bool arena_index_test(const struct arena_index *index, u32 slot)
{
	u32 block = slot / ARENA_INDEX_BLOCK;

	if (unlikely(test_bit(block, index->full)))
		return true;
	return test_bit(slot, index->taken) && !test_bit(block, index->empty);
}

static bool is_free_in_block(const struct arena_index *index, u32 start, u32 end)
{
	u32 block = start / ARENA_INDEX_BLOCK;

	if (test_bit(block, index->full))
		return false;
	return test_bit(block, index->empty) ||
	       find_next_bit(index->taken, end, start) >= end;
}

static bool are_blocks_free(struct arena_index *index, u32 first, u32 end)
{
	close_blocks(index);
	return find_next_zero_bit(index->empty, end, first) >= end;
}

bool arena_index_is_free(struct arena_index *index, u32 start, u32 cnt)
{
	u32 end = start + cnt, stop;
	bool free = true;

	for (; free && start < end; start = stop) {
		stop = part_end(start, end);
		if (is_whole(start, stop))
			free = are_blocks_free(index, start / ARENA_INDEX_BLOCK,
					       stop / ARENA_INDEX_BLOCK);
		else
			free = is_free_in_block(index, start, stop);
	}
	return free;
}

/* ---- The search ---- */

static long find_one(struct arena_index *index)
{
	const unsigned long *full = index->full;
	u32 i = index->not_full, block;

	for (; !~full[i]; i++)
		if (i + 1 == ARRAY_SIZE(index->full))
			return -1;
	index->not_full = i;
	block = i * BITS_PER_LONG + ffz(full[i]);
	if (test_bit(block, index->empty))
		return (long)block * ARENA_INDEX_BLOCK;
	for (i = block * BLOCK_WORDS; !~index->taken[i]; i++)
		;
	return (long)i * BITS_PER_LONG + ffz(index->taken[i]);
}

/* The lowest @cnt free slots in a row of a block that has some */
static long find_in_block(const struct arena_index *index, u32 block, u32 cnt)
{
	u32 word = block * BLOCK_WORDS, end = word + BLOCK_WORDS;
	u32 run = 0;	/* zeros in a row just before @word */

	if (test_bit(block, index->empty))
		return (long)block * ARENA_INDEX_BLOCK;
	for (; word < end; word++) {
		unsigned long taken = index->taken[word], runs;
		u32 head = taken ? __ffs(taken) : BITS_PER_LONG;

		if (run + head >= cnt)
			return (long)word * BITS_PER_LONG - run;
		if (!taken) {
			run += BITS_PER_LONG;
			continue;
		}
		runs = zeros_in_word(taken, cnt);
		if (runs)
			return (long)word * BITS_PER_LONG + __ffs(runs);
		run = BITS_PER_LONG - 1 - __fls(taken);
	}
	return -1;
}

static long find_row(struct arena_index *index, u32 cnt)
{
	u32 node = 1, from = 0, half = index->nr_blocks * ARENA_INDEX_BLOCK / 2;
	const struct arena_runs *runs = index->runs, *left;

	close_blocks(index);
	if (runs[1].longest < cnt)
		return -1;
	for (; node < index->nr_blocks; half /= 2) {
		if (runs[node].longest == 2 * half)
			return from;
		left = &runs[2 * node];
		node *= 2;
		if (left[0].longest >= cnt)
			continue;
		if (left[0].suffix + left[1].prefix >= cnt)
			return from + half - left[0].suffix;
		node++;
		from += half;
	}
	return find_in_block(index, node - index->nr_blocks, cnt);
}

long arena_index_find(struct arena_index *index, u32 cnt)
{
	long slot = find_one(index);

	if (cnt == 1 || slot < 0)
		return slot;
	/* No row is lower than one that begins with the first free slot. */
	if (slot + cnt <= index->nr_blocks * ARENA_INDEX_BLOCK &&
	    arena_index_is_free(index, slot, cnt))
		return slot;
	return find_row(index, cnt);
}

void arena_index_init(struct arena_index *index, void *mem, u32 nr)
{
	u32 all;

	index->nr_blocks = roundup_pow_of_two(index_blocks(nr));
	all = index->nr_blocks * ARENA_INDEX_BLOCK;
	index->taken = mem;
	index->runs = mem + index_words_bytes(nr);
	index->not_full = 0;
	memset(index->open, 0xff, sizeof(index->open));

	set_uniform(&index->runs[1], all);
	bitmap_fill(index->full, ARENA_INDEX_BLOCKS);
	bitmap_clear(index->full, 0, index->nr_blocks);
	bitmap_fill(index->empty, index->nr_blocks);
	/* No search has to know where the end is. */
	arena_index_take(index, nr, all - nr);
}
