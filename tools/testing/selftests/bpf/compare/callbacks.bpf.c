// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Callbacks, in callbacks, one after another, and what they keep. */
#include "compare.h"

#define ROWS	16
#define COLS	64

HASH(peers, __u32, __u64, 4096);
HASH(routes, __u32, __u32, 4096);
ARRAY(cells, __u64, ROWS * COLS);

__u64 grid[ROWS][COLS];
__u32 rows, cols, planes;
__u64 best_cost;

struct pos {
	__u32 row, col, plane;
	__u64 sum, max;
};

static long visit_cell(__u32 col, struct pos *p)
{
	if (col >= COLS || p->row >= ROWS)
		return 1;
	p->sum += grid[p->row][col];
	if (grid[p->row][col] > p->max)
		p->max = grid[p->row][col];
	return 0;
}

static long visit_row(__u32 row, struct pos *p)
{
	p->row = row;
	bpf_loop(COLS, visit_cell, p, 0);
	return 0;
}

/* Two deep: all cells of a grid */
SEC("raw_tp/sys_enter")
int two_deep(void *ctx)
{
	struct pos p = {};

	bpf_loop(ROWS, visit_row, &p, 0);
	return p.sum / (ROWS * COLS) * 2 < p.max;
}

static long visit_col3(__u32 col, struct pos *p)
{
	__u32 key = p->row * COLS + col;
	__u64 *cell = bpf_map_lookup_elem(&cells, &key);

	if (!cell)
		return 1;
	p->sum += *cell * p->plane;
	return 0;
}

static long visit_row3(__u32 row, struct pos *p)
{
	p->row = row;
	bpf_loop(cols, visit_col3, p, 0);
	return p->sum > 1ULL << 40;
}

static long visit_plane(__u32 plane, struct pos *p)
{
	p->plane = plane;
	bpf_loop(rows, visit_row3, p, 0);
	return 0;
}

/* Three deep, with sizes from user space */
SEC("raw_tp/sys_enter")
int three_deep(void *ctx)
{
	struct pos p = {};

	bpf_loop(planes, visit_plane, &p, 0);
	return p.sum;
}

static long relax_peer(void *map, __u32 *key, __u64 *cost, __u64 *changed)
{
	__u32 *via = bpf_map_lookup_elem(&routes, key);
	__u64 *other;

	if (!via)
		return 0;
	other = bpf_map_lookup_elem(&peers, via);
	if (other && *other + 1 < *cost) {
		*cost = *other + 1;
		++*changed;
	}
	return 0;
}

static long relax_all(__u32 i, __u64 *total)
{
	__u64 changed = 0;

	bpf_for_each_map_elem(&peers, relax_peer, &changed, 0);
	*total += changed;
	return !changed;
}

/* Rounds over a table until nothing changes: distances of peers */
SEC("raw_tp/sys_enter")
int rounds_until_stable(void *ctx)
{
	__u64 total = 0;

	bpf_loop(100, relax_all, &total, 0);
	return total;
}

static long fill(__u32 i, __u8 *buf)
{
	if (i < 64)
		buf[i] = i;
	return 0;
}

static long checksum(__u32 i, __u8 *buf)
{
	if (i >= 63)
		return 1;
	buf[63] += buf[i];
	return 0;
}

/* Two callbacks, one after the other, that share a buffer on the stack */
SEC("raw_tp/sys_enter")
int fill_then_sum(void *ctx)
{
	__u8 buf[64] = {};

	bpf_loop(64, fill, buf, 0);
	bpf_loop(63, checksum, buf, 0);
	return buf[63];
}

struct machine {
	__u32 state;
	__u32 left;
	__u64 values[4];
};

static long machine_step(__u32 i, struct machine *m)
{
	switch (m->state) {
	case 0:
		m->left = bpf_get_prandom_u32() & 7;
		m->state = 1;
		break;
	case 1:
		m->values[m->left & 3]++;
		if (!m->left--)
			m->state = 2;
		break;
	case 2:
		m->values[3] = bpf_ktime_get_ns();
		m->state = 0;
		break;
	default:
		return 1;
	}
	return 0;
}

/* A machine with states, a step per call */
SEC("raw_tp/sys_enter")
int state_machine(void *ctx)
{
	struct machine m = {};

	bpf_loop(1000, machine_step, &m, 0);
	return m.values[0] + m.values[3];
}

struct minimum {
	__u64 *best;
	__u32 key;
};

static long find_min(void *map, __u32 *key, __u64 *value, struct minimum *m)
{
	if (*value < best_cost) {
		best_cost = *value;
		m->best = value;
		m->key = *key;
	}
	return 0;
}

/* Keep a pointer to the best element, to change it afterwards: the least loaded server */
SEC("raw_tp/sys_enter")
int least_loaded(void *ctx)
{
	struct minimum m = {};

	best_cost = -1;
	bpf_for_each_map_elem(&peers, find_min, &m, 0);
	if (m.best)
		__sync_fetch_and_add(m.best, 1);
	return m.key;
}

static long no_context(__u32 i, void *unused)
{
	__u32 key = i % (ROWS * COLS);
	__u64 *cell = bpf_map_lookup_elem(&cells, &key);

	if (cell)
		*cell = 0;
	return 0;
}

/* No context at all: clear an array. */
SEC("raw_tp/sys_enter")
int clear_cells(void *ctx)
{
	return bpf_loop(ROWS * COLS, no_context, NULL, 0);
}

struct dyn_buf {
	__u32 used;
	char text[128];
};

static long append_peer(void *map, __u32 *key, __u64 *value, struct dyn_buf *b)
{
	if (b->used > sizeof(b->text) - 4)
		return 1;
	b->text[b->used] = *key;
	b->text[b->used + 1] = *key >> 8;
	b->text[b->used + 2] = *value;
	b->used += 3;
	return 0;
}

/* Pack elements into a buffer on the stack, until it is full. */
SEC("raw_tp/sys_enter")
int pack_peers(void *ctx)
{
	struct dyn_buf b = {};

	bpf_for_each_map_elem(&peers, append_peer, &b, 0);
	bpf_printk("%s", b.text);
	return b.used;
}
