// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Text: search, split, compare, numbers, JSON. */
#include "compare.h"

#define TEXT_SIZE	256
#define MAX_WORDS	16

char text[TEXT_SIZE], pattern[32], other[TEXT_SIZE];
__u32 text_len, pattern_len;
__u32 word_start[MAX_WORDS], word_len[MAX_WORDS], nr_words;
__u64 numbers[32];

/* Where is the pattern in the command line? */
SEC("raw_tp/sys_enter")
int text_search(void *ctx)
{
	__u32 i, j;

	for (i = 0; i < text_len && i < TEXT_SIZE && can_loop; i++) {
		for (j = 0; j < pattern_len && can_loop; j++) {
			if (i + j >= TEXT_SIZE || j >= sizeof(pattern))
				return 0;
			if (text[i + j] != pattern[j])
				break;
		}
		if (j == pattern_len)
			return 1;
	}
	return 0;
}

/* The same for a short word, with bounds that are known */
SEC("raw_tp/sys_enter")
int text_search_word(void *ctx)
{
	static const char word[] = "sudo";
	int i, j;

	for (i = 0; i < 64; i++) {
		for (j = 0; j < sizeof(word) - 1; j++)
			if (text[i + j] != word[j])
				break;
		if (j == sizeof(word) - 1)
			return 1;
	}
	return 0;
}

/* Split a line at blanks. */
SEC("raw_tp/sys_enter")
int text_split(void *ctx)
{
	__u32 i, n = 0;
	bool in_word = false;

	for (i = 0; i < TEXT_SIZE && can_loop; i++) {
		char c = text[i];

		if (c && c != ' ') {
			if (!in_word) {
				if (n >= MAX_WORDS)
					break;
				word_start[n] = i;
			}
			in_word = true;
			continue;
		}
		if (in_word) {
			word_len[n & (MAX_WORDS - 1)] = i - word_start[n & (MAX_WORDS - 1)];
			n++;
		}
		in_word = false;
		if (!c)
			break;
	}
	nr_words = n;
	return 0;
}

/* Compare without case; how far are they equal? */
SEC("raw_tp/sys_enter")
int text_compare(void *ctx)
{
	int i;

	for (i = 0; i < TEXT_SIZE; i++) {
		if (lower(text[i]) != lower(other[i]))
			break;
		if (!text[i])
			return 0;
	}
	return i;
}

/* Match names against a pattern with * and ?, as a policy has them. */
SEC("raw_tp/sys_enter")
int text_glob(void *ctx)
{
	__u32 t = 0, p = 0, star = -1, mark = 0;

	while (t < TEXT_SIZE && text[t] && can_loop) {
		char c = p < sizeof(pattern) ? pattern[p] : 0;

		if (c == '*') {
			star = p++;
			mark = t;
		} else if (c == '?' || c == text[t]) {
			p++;
			t++;
		} else if (star != -1) {
			p = star + 1;
			t = ++mark;
		} else {
			return 0;
		}
	}
	for (; p < sizeof(pattern) && pattern[p] == '*' && can_loop; p++)
		;
	return p >= sizeof(pattern) || !pattern[p];
}

/* Numbers in a line of /proc, say */
SEC("raw_tp/sys_enter")
int text_numbers(void *ctx)
{
	__u32 i, n = 0;
	__u64 value = 0;
	bool digits = false;

	for (i = 0; i < TEXT_SIZE; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9') {
			value = value * 10 + (c - '0');
			digits = true;
		} else if (digits) {
			if (n >= 32)
				break;
			numbers[n++] = value;
			value = 0;
			digits = false;
		}
		if (!c)
			break;
		cond_break;
	}
	return n;
}

enum { VALUE, STRING, ESCAPE };

/* How deep is an object of JSON, and is it whole? */
SEC("raw_tp/sys_enter")
int json_depth(void *ctx)
{
	__u32 i, depth = 0, deepest = 0, state = VALUE;

	for (i = 0; i < text_len && can_loop; i++) {
		char c;

		if (i >= TEXT_SIZE)
			break;
		c = text[i];
		if (state == ESCAPE) {
			state = STRING;
		} else if (state == STRING) {
			if (c == '\\')
				state = ESCAPE;
			else if (c == '"')
				state = VALUE;
		} else if (c == '"') {
			state = STRING;
		} else if (c == '{' || c == '[') {
			if (++depth > deepest)
				deepest = depth;
		} else if (c == '}' || c == ']') {
			if (!depth)
				return -1;
			depth--;
		}
	}
	return depth ? -1 : deepest;
}

struct json_state {
	__u32 state, keys, depth;
};

static long json_char(__u32 i, struct json_state *s)
{
	char c = text[i & (TEXT_SIZE - 1)];

	switch (s->state) {
	case VALUE:
		if (c == '"')
			s->state = STRING;
		if (c == ':')
			s->keys++;
		if (c == '{')
			s->depth++;
		if (c == '}' && s->depth-- == 1)
			return 1;
		break;
	case STRING:
		if (c == '\\')
			s->state = ESCAPE;
		if (c == '"')
			s->state = VALUE;
		break;
	case ESCAPE:
		s->state = STRING;
		break;
	}
	return 0;
}

/* The keys of an object, by a callback for each character */
SEC("raw_tp/sys_enter")
int json_keys(void *ctx)
{
	struct json_state s = {};

	bpf_loop(text_len, json_char, &s, 0);
	return s.keys;
}

/* Is it UTF-8? */
SEC("raw_tp/sys_enter")
int utf8_valid(void *ctx)
{
	__u32 i, more = 0;

	for (i = 0; i < TEXT_SIZE && text[i] && can_loop; i++) {
		__u8 c = text[i];

		if (more) {
			if ((c & 0xc0) != 0x80)
				return 0;
			more--;
		} else if (c >= 0xf0) {
			more = 3;
		} else if (c >= 0xe0) {
			more = 2;
		} else if (c >= 0xc0) {
			more = 1;
		} else if (c >= 0x80) {
			return 0;
		}
	}
	return !more;
}

/* The distance of two words (Levenshtein), to find what is nearly a known name */
SEC("raw_tp/sys_enter")
int edit_distance(void *ctx)
{
	__u8 row[17];
	__u32 i, j;

	for (j = 0; j <= 16; j++)
		row[j] = j;
	for (i = 0; i < 16; i++) {
		__u8 last = i;

		row[0] = i + 1;
		for (j = 1; j <= 16; j++) {
			__u8 best = last + (text[i] != other[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			last = row[j];
			row[j] = best;
		}
	}
	return row[16];
}
