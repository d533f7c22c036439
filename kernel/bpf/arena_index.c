// SPDX-License-Identifier: GPL-2.0-only
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "arena_index.h"

/*
 * Which of up to 2^20 slots are taken: one bit each, and two levels above that
 * tell where a search need not look. 130 KiB for 2^20 slots, all of it
 * allocated beforehand, so that nothing here can fail for lack of memory.
 *
 *   top    |1 0 . .|                        bit: a word of "full" is all ones
 *           |  \
 *   full   |1 1 1 1|0 1 0 0| . .            bit: a word of "taken" is all ones
 *                   |  \
 *   taken  . . . . |0 1 1 0|1 1 1 1| . .    bit: the slot is taken
 *
 * One free slot is thus found in three steps. A row of several is searched for
 * word by word, since a word of zeros may be the middle of it, but runs of full
 * words are skipped. Bits beyond the last slot are 1 on all levels, so that no
 * search has to know where the end is.
 *
 * There is no locking here: callers serialise all but arena_index_bytes().
 */

size_t arena_index_bytes(u32 nr)
{
	size_t words = BITS_TO_LONGS(nr);

	return (words + BITS_TO_LONGS(words)) * sizeof(long);
}

/* Set the bits from @nr to the end of its word */
static void seal_tail(unsigned long *map, u32 nr)
{
	if (nr % BITS_PER_LONG)
		map[nr / BITS_PER_LONG] |= BITMAP_FIRST_WORD_MASK(nr);
}

void arena_index_init(struct arena_index *index, void *mem, u32 nr)
{
	index->nr = nr;
	index->words = BITS_TO_LONGS(nr);
	index->full_words = BITS_TO_LONGS(index->words);
	index->taken = mem;
	index->full = index->taken + index->words;

	seal_tail(index->taken, nr);
	seal_tail(index->full, index->words);
	memset(index->top, 0xff, sizeof(index->top));
	bitmap_clear(index->top, 0, index->full_words);
}

static long find_one(const struct arena_index *index)
{
	u32 i, word;

	for (i = 0; i < ARRAY_SIZE(index->top); i++) {
		if (index->top[i] == ~0UL)
			continue;
		word = i * BITS_PER_LONG + ffz(index->top[i]);
		word = word * BITS_PER_LONG + ffz(index->full[word]);
		return (long)word * BITS_PER_LONG + ffz(index->taken[word]);
	}
	return -1;
}

/*
 * The lowest @cnt zeros in a row within @word, or BITS_PER_LONG. A bit of @runs
 * says that the next "len" bits of @word, itself included, are 0.
 */
static u32 find_in_word(unsigned long word, u32 cnt)
{
	unsigned long runs = ~word;
	u32 len = 1, step;

	if (cnt > BITS_PER_LONG)
		return BITS_PER_LONG;
	while (runs && len < cnt) {
		step = min(len, cnt - len);
		runs &= runs >> step;
		len += step;
	}
	return runs ? __ffs(runs) : BITS_PER_LONG;
}

static u32 next_word_not_full(const struct arena_index *index, u32 word)
{
	return find_next_zero_bit(index->full, index->words, word);
}

static long find_row(const struct arena_index *index, u32 cnt)
{
	u32 word = next_word_not_full(index, 0);
	u32 run = 0;	/* zeros in a row just before @word */
	u32 at;

	while (word < index->words) {
		unsigned long taken = index->taken[word];
		u32 head = taken ? __ffs(taken) : BITS_PER_LONG;

		if (run + head >= cnt)
			return (long)word * BITS_PER_LONG - run;
		if (!taken) {
			run += BITS_PER_LONG;
			word++;
			continue;
		}
		at = find_in_word(taken, cnt);
		if (at < BITS_PER_LONG)
			return (long)word * BITS_PER_LONG + at;

		run = BITS_PER_LONG - 1 - __fls(taken);
		word++;
		if (!run)
			word = next_word_not_full(index, word);
	}
	return -1;
}

long arena_index_find(const struct arena_index *index, u32 cnt)
{
	return cnt == 1 ? find_one(index) : find_row(index, cnt);
}

bool arena_index_test(const struct arena_index *index, u32 slot)
{
	return test_bit(slot, index->taken);
}

bool arena_index_is_free(const struct arena_index *index, u32 start, u32 cnt)
{
	return find_next_bit(index->taken, start + cnt, start) >= start + cnt;
}

/* The bits of word start / BITS_PER_LONG that belong to start..end-1 */
static unsigned long word_mask(u32 start, u32 end)
{
	unsigned long mask = BITMAP_FIRST_WORD_MASK(start);

	if (end / BITS_PER_LONG == start / BITS_PER_LONG)
		mask &= BITMAP_LAST_WORD_MASK(end);
	return mask;
}

static void take_in_word(struct arena_index *index, u32 word, unsigned long mask)
{
	u32 above = word / BITS_PER_LONG;

	index->taken[word] |= mask;
	if (~index->taken[word])
		return;
	__set_bit(word, index->full);
	if (!~index->full[above])
		__set_bit(above, index->top);
}

void arena_index_take(struct arena_index *index, u32 start, u32 cnt)
{
	u32 end = start + cnt;

	while (start < end) {
		take_in_word(index, start / BITS_PER_LONG, word_mask(start, end));
		start = round_down(start, BITS_PER_LONG) + BITS_PER_LONG;
	}
}

void arena_index_release(struct arena_index *index, u32 start, u32 cnt)
{
	u32 end = start + cnt, word;

	while (start < end) {
		word = start / BITS_PER_LONG;
		index->taken[word] &= ~word_mask(start, end);
		__clear_bit(word, index->full);
		__clear_bit(word / BITS_PER_LONG, index->top);
		start = round_down(start, BITS_PER_LONG) + BITS_PER_LONG;
	}
}
