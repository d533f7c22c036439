// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * What it costs to use an arena. Prints lines of "name value unit", nothing on a
 * kernel without arenas.
 *
 * Meant for a machine on which the clock counts instructions, such as QEMU with
 * -icount shift=0. Each cost is the least of a few runs.
 */
#define _GNU_SOURCE
#include <bpf/btf.h>
#include "../prog_tests/arena_test_helpers.h"
#include "arena_bench.skel.h"

#define RUNS 5

/* As the program has it. */
struct bench_run {
	__u32 count;
	__u32 failed;
	__u64 ns;
};

static struct arena_bench *skel;
static int arena_fd;
static __u64 *arena_mem;

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench_arena: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static __u64 run(struct bpf_program *prog, __u32 count)
{
	struct bench_run run = { .count = count };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &run, .ctx_size_in = sizeof(run));
	int err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);

	if (err)
		fail(bpf_program__name(prog), err);
	if (run.failed)
		fail(bpf_program__name(prog), ENOMEM);
	return run.ns;
}

/* Least time of a turn. All pages but the first are free before each run. */
static double least(struct bpf_program *prog, __u32 count)
{
	__u64 ns, min = -1ULL;
	int i;

	for (i = 0; i < RUNS; i++) {
		run(skel->progs.free_all, 0);
		*arena_mem = 1;
		ns = run(prog, count);
		if (ns < min)
			min = ns;
	}
	return (double)min / count;
}

static void bench(const char *name, struct bpf_program *prog, __u32 count, double per_turn,
		  const char *unit)
{
	double loop = least(skel->progs.empty_loop, 1000);

	printf("%s %.1f %s\n", name, (least(prog, count) - loop) / per_turn, unit);
}

static void bench_full(const char *name, __u32 percent)
{
	__u64 ns = 0;
	int i;

	run(skel->progs.free_all, 0);
	memset(skel->bss->held, 0, sizeof(skel->bss->held));
	skel->bss->percent = percent;
	skel->bss->filled = 0;
	run(skel->progs.fill_pages, MAX_PAGES / 4);
	if (skel->bss->filled < MAX_PAGES / 4 / 100 * (percent - 1))
		fail("filling", EBUSY);
	run(skel->progs.random_pages, 1000);
	for (i = 0; i < RUNS; i++)
		ns += run(skel->progs.random_pages, 1000);
	printf("%s %.1f ns/step\n", name, ns / 1000.0 / RUNS);
}

static bool kernel_has_arenas(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has;

	if (!btf)
		fail("BTF of the kernel", errno);
	has = btf__find_by_name_kind(btf, "bpf_arena_alloc_pages", BTF_KIND_FUNC) > 0;
	btf__free(btf);
	return has;
}

int main(void)
{
	if (!kernel_has_arenas())
		return 0;
	arena_fd = arena_create_at(MAX_PAGES / 4, 0, ARENA_ADDR);
	if (arena_fd < 0)
		fail("map", arena_fd);
	arena_mem = arena_mmap(arena_fd, ARENA_ADDR, MAX_PAGES / 4);
	if (arena_mem == MAP_FAILED)
		fail("mmap", errno);
	skel = arena_bench__open();
	if (!skel || bpf_map__reuse_fd(skel->maps.arena, arena_fd) || arena_bench__load(skel))
		fail("load", errno);
	skel->bss->first = ARENA_ADDR;

	bench("arena_load_map", skel->progs.load_map, 1000, 1, "ns/load");
	bench("arena_load", skel->progs.load_arena, 1000, 1, "ns/load");
	bench("arena_alloc", skel->progs.alloc_page, 1000, 1, "ns/page");
	bench("arena_alloc_nosleep", skel->progs.alloc_page_nosleep, 1000, 1, "ns/page");
	bench("arena_alloc_free", skel->progs.alloc_and_free, 1000, 1, "ns/page");
	bench("arena_alloc_1000", skel->progs.alloc_1000, 10, 1000, "ns/page");
	bench_full("arena_random_10", 10);
	bench_full("arena_random_90", 90);
	arena_bench__destroy(skel);
	return 0;
}
