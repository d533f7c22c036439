// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * What it costs to dump the stack to a stream, to fault in an arena with a report,
 * and without one when the place has had all that it may have. Prints lines of
 * "name value unit", and nothing on a kernel without reports. See bench_streams.c.
 */
#define _GNU_SOURCE
#include <bpf/btf.h>
#include "../prog_tests/stream_helpers.h"
#include "stream_report_bench.skel.h"

#define ADDR	0x7a0020000000UL
#define RUNS	5
#define COUNT	100
#define REPORTS	3	/* in all runs they are fewer than a place may have at once */

/* As the program has it. */
struct bench_run {
	__u32 count;
	__u64 ns;
};

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench_stream_report: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static double least(struct bpf_program *prog, __u32 count)
{
	struct bench_run run = { .count = count };
	__u64 min = -1ULL;
	int i, err;

	for (i = 0; i < RUNS; i++) {
		err = run_syscall(bpf_program__fd(prog), &run, sizeof(run));
		if (err)
			fail(bpf_program__name(prog), err);
		if (run.ns < min)
			min = run.ns;
	}
	return (double)min / count;
}

static void bench(const char *name, struct bpf_program *prog, struct bpf_program *loop,
		  __u32 count)
{
	printf("%s %.1f ns/call\n", name, least(prog, count) - least(loop, count));
}

static bool kernel_has_reports(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has;

	if (!btf)
		fail("BTF of the kernel", errno);
	has = btf__find_by_name_kind(btf, "bpf_stream_print_stack", BTF_KIND_FUNC) > 0;
	btf__free(btf);
	return has;
}

int main(void)
{
	struct stream_report_bench *skel;

	if (!kernel_has_reports())
		return 0;
	skel = stream_report_bench__open();
	if (!skel)
		fail("open", errno);
	skel->rodata->absent = ADDR + 4096;
	if (bpf_map__set_map_extra(skel->maps.arena, ADDR) || stream_report_bench__load(skel))
		fail("load", errno);

	bench("stream_print_stack", skel->progs.print_stack, skel->progs.empty_loop, COUNT);
	bench("stream_fault_reported", skel->progs.fault, skel->progs.empty_loop, REPORTS);
	/* the rest of what the place may have */
	least(skel->progs.fault, COUNT);
	if (fdinfo_value(bpf_program__fd(skel->progs.fault), "stderr_suppressed") <= 0)
		fail("limit", ENOSPC);
	bench("stream_fault_suppressed", skel->progs.fault, skel->progs.empty_loop, COUNT);
	stream_report_bench__destroy(skel);
	return 0;
}
