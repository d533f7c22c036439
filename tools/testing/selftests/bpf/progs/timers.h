/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __TIMERS_H
#define __TIMERS_H

/* Timers, for programs that want a callback to run in one. */

#define CLOCK_MONOTONIC 1

#ifndef NR_TIMERS
#define NR_TIMERS 1
#endif

struct timed {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_TIMERS);
	__type(key, __u32);
	__type(value, struct timed);
} timers SEC(".maps");

/* Run the callback at once. */
static __always_inline int start_timer(void *callback)
{
	__u32 key = 0;
	struct timed *timed = bpf_map_lookup_elem(&timers, &key);

	if (!timed || bpf_timer_init(&timed->timer, &timers, CLOCK_MONOTONIC) ||
	    bpf_timer_set_callback(&timed->timer, callback))
		return 1;
	return bpf_timer_start(&timed->timer, 0, 0);
}

#endif
