// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/jiffies.h>

#include "stream.h"

/*
 * Which reports of the kernel are written, and which are only counted.
 *
 * A program that fails in one place fails there all the time. So the reports of a
 * place, and of a kind of fault, are limited to a burst in each interval, and those
 * that were left out are told by number when the next one is written. A fault that
 * was not seen before is always reported, however many others there were: as long
 * as it is one of STREAM_PLACES in an interval. What is beyond that shares a limit.
 *
 * Anything here may run in NMI, on top of itself: a place is claimed, and an
 * interval begun, by one cmpxchg. What is counted beside that may be off by those
 * who come at the same instant, but whatever is not reported is counted once.
 */

#define LIMIT_INTERVAL	HZ
#define LIMIT_BURST	16	/* reports of a place in an interval */

static bool place_is_idle(const struct stream_place *place, unsigned long now)
{
	unsigned long begun = READ_ONCE(place->begun);

	return !begun || time_after(now, begun + LIMIT_INTERVAL);
}

/* Give a place to @key: nobody's, or one where nothing happened for a while. */
static bool place_take(struct stream_place *place, s64 key, unsigned long now)
{
	s64 old = atomic64_read(&place->key);

	if (old == key)
		return true;
	if (old && !place_is_idle(place, now))
		return false;
	if (!atomic64_try_cmpxchg(&place->key, &old, key))
		return old == key;
	atomic_set(&place->more, 0);
	return true;
}

static struct stream_place *limit_find(struct stream_limit *limit, s64 key, unsigned long now)
{
	u32 first = hash_64(key, STREAM_PLACES_BITS), i;
	struct stream_place *place;

	/* It has a place, or there is an empty one before that of another */
	for (i = 0; i < STREAM_PLACES; i++) {
		place = &limit->place[(first + i) % STREAM_PLACES];
		if (atomic64_read(&place->key) == key)
			return place;
		if (!atomic64_read(&place->key))
			break;
	}
	for (i = 0; i < STREAM_PLACES; i++) {
		place = &limit->place[(first + i) % STREAM_PLACES];
		if (place_take(place, key, now))
			return place;
	}
	return &limit->others;
}

static bool place_claim(struct stream_place *place, unsigned long now, u32 *more)
{
	unsigned long begun = READ_ONCE(place->begun);

	*more = 0;
	if (place_is_idle(place, now) && cmpxchg(&place->begun, begun, now ?: 1) == begun) {
		atomic_set(&place->reports, 1);
		*more = atomic_xchg(&place->more, 0);
		return true;
	}
	if (atomic_add_unless(&place->reports, 1, LIMIT_BURST))
		return true;
	atomic_inc(&place->more);
	return false;
}

/**
 * stream_limit_claim() - May a report be written?
 * @limit: the limit of the program
 * @key: what it is about, not 0
 * @more: filled in with the number of those like it that were left out before
 *
 * Context: Any, NMI included.
 */
bool stream_limit_claim(struct stream_limit *limit, u64 key, u32 *more)
{
	unsigned long now = jiffies;

	return place_claim(limit_find(limit, key, now), now, more);
}
