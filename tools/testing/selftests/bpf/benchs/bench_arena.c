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
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <bpf/btf.h>
#include "../prog_tests/arena_test_helpers.h"
#include "../prog_tests/arena_cost_helpers.h"
#include "arena_bench.skel.h"
#include "arena_malloc_bench.skel.h"

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

#define TICK 200000	/* ns; longer than interrupts are off */

/* Interrupts of a timer on this CPU, each with a run of on_tick() */
static struct bpf_link *start_ticks(int *event)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = TICK,
	};
	struct bpf_link *link;

	*event = syscall(__NR_perf_event_open, &attr, -1, 0, -1, 0);
	if (*event < 0)
		fail("perf_event_open", errno);
	link = bpf_program__attach_perf_event(skel->progs.on_tick, *event);
	if (!link)
		fail("attach", errno);
	return link;
}

/*
 * How much later than the earliest, within its period, a tick came: that long it had
 * to wait for interrupts to be on.
 */
static __u64 latest_tick(void)
{
	const __u64 *ticks = skel->bss->ticks;
	__u64 first = ticks[0], late, min = TICK, max = 0;
	__u32 i;

	for (i = 0; i < skel->bss->nr_ticks; i++) {
		/* half a period on, so that those before the first are no late ones */
		late = (ticks[i] - first + TICK / 2) % TICK;
		if (late < min)
			min = late;
		if (late > max)
			max = late;
	}
	return max - min;
}

/* All that an arena does in steps, in one that is empty and then fragmented */
static void use_arena(void)
{
	run(skel->progs.free_all, 0);
	run(skel->progs.reserve_most, 1);
	run(skel->progs.free_all, 0);
	run(skel->progs.alloc_1000, 10);
	run(skel->progs.free_all, 0);
	run(skel->progs.fragment, MAX_PAGES / 16);
	run(skel->progs.two_pages, 500);
	run(skel->progs.alloc_page, 1000);
}

static void bench_irqs_off(void)
{
	struct bpf_link *link;
	int i, event;

	run(skel->progs.free_all, 0);
	link = start_ticks(&event);
	for (i = 0; i < 50; i++)
		use_arena();
	bpf_link__destroy(link);
	printf("arena_irqs_off_ticks %u ticks\n", skel->bss->nr_ticks);
	printf("arena_irqs_off %llu ns\n", latest_tick());
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

static void open_arena(__u32 pages)
{
	arena_fd = arena_create_at(pages, 0, ARENA_ADDR);
	if (arena_fd < 0)
		fail("map", arena_fd);
	arena_mem = arena_mmap(arena_fd, ARENA_ADDR, pages);
	if (arena_mem == MAP_FAILED)
		fail("mmap", errno);
	skel = arena_bench__open();
	if (!skel || bpf_map__reuse_fd(skel->maps.arena, arena_fd) || arena_bench__load(skel))
		fail("load", errno);
	skel->bss->first = ARENA_ADDR;
}

static void close_arena(__u32 pages)
{
	arena_bench__destroy(skel);
	munmap(arena_mem, pages * ARENA_PAGE);
	close(arena_fd);
}

/* An arena of 4 GiB at its worst */
static void bench_large(void)
{
	open_arena(MAX_PAGES);
	bench("arena_two_pages", skel->progs.two_pages, 1000, 1, "ns/turn");
	bench("arena_reserve_4g", skel->progs.reserve_most, 1, 1, "ns/call");
	run(skel->progs.free_all, 0);
	/* but the last four pages */
	run(skel->progs.fragment, MAX_PAGES - 4);
	printf("arena_two_pages_frag %.1f ns/turn\n", run(skel->progs.two_pages, 1000) / 1000.0);
	run(skel->progs.fragment_rest, 4);
	printf("arena_search_frag %.1f ns/turn\n", run(skel->progs.search, 1000) / 1000.0);
	bench_irqs_off();
	close_arena(MAX_PAGES);
}

static void run_malloc(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);

	if (err || opts.retval)
		fail(bpf_program__name(prog), err ?: ENOMEM);
}

/* Least time of a call of arena_malloc() and one of arena_free() */
static double least_malloc(struct arena_malloc_bench *heap)
{
	__u64 min = -1ULL;
	int i;

	for (i = 0; i < RUNS; i++) {
		run_malloc(heap->progs.run);
		if (heap->bss->ns < min)
			min = heap->bss->ns;
	}
	return (double)min / heap->data->turns;
}

/* In a heap with much room; in one that is full but for one block, which has to be found */
static void bench_malloc(void)
{
	struct arena_malloc_bench *heap = arena_malloc_bench__open_and_load();

	if (!heap)
		fail("load", errno);
	run_malloc(heap->progs.make_heap);
	printf("arena_malloc_free %.1f ns/turn\n", least_malloc(heap));
	run_malloc(heap->progs.fill_heap);
	heap->bss->forget = 1;
	printf("arena_malloc_free_full %.1f ns/turn\n", least_malloc(heap));
	arena_malloc_bench__destroy(heap);
}

/* What a helper costs the verifier, in a program that calls it once, and for each more call */
static void bench_verifier(void)
{
	struct arena_cost *cost = arena_cost__open_and_load();
	struct arena_cost_of of;
	int i;

	if (!cost)
		fail("load", errno);
	for (i = 0; i < ARRAY_SIZE(arena_cost_names); i++) {
		of = arena_cost(cost, arena_cost_names[i]);
		printf("arena_verify_%s %d insns\n", arena_cost_names[i], of.first);
		printf("arena_verify_%s_more %d insns\n", arena_cost_names[i], of.further);
	}
	arena_cost__destroy(cost);
}

int main(void)
{
	if (!kernel_has_arenas())
		return 0;
	open_arena(MAX_PAGES / 4);
	bench("arena_load_map", skel->progs.load_map, 1000, 1, "ns/load");
	bench("arena_load", skel->progs.load_arena, 1000, 1, "ns/load");
	bench("arena_alloc", skel->progs.alloc_page, 1000, 1, "ns/page");
	bench("arena_alloc_nosleep", skel->progs.alloc_page_nosleep, 1000, 1, "ns/page");
	bench("arena_alloc_free", skel->progs.alloc_and_free, 1000, 1, "ns/page");
	bench("arena_alloc_1000", skel->progs.alloc_1000, 10, 1000, "ns/page");
	bench_full("arena_random_10", 10);
	bench_full("arena_random_90", 90);
	close_arena(MAX_PAGES / 4);
	bench_large();
	bench_malloc();
	bench_verifier();
	return 0;
}
