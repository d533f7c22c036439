// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * What a may_goto adds to an iteration. Prints lines of "name value unit", nothing
 * on a kernel that does not know the insn.
 *
 * Meant for a machine on which the clock counts instructions, such as QEMU with
 * -icount shift=0. Each cost is the least of a few runs.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "progs/may_goto.h"
#include "may_goto_bench.skel.h"

#define RUNS 5

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench_may_goto: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

/* Least time of a turn */
static double least(struct may_goto_bench *skel, const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	__u64 min = -1ULL;
	int i, err;

	for (i = 0; i < RUNS; i++) {
		err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
		if (err)
			fail(bpf_program__name(prog), err);
		if (skel->bss->ns < min)
			min = skel->bss->ns;
	}
	return (double)min / TURNS;
}

static bool kernel_has_may_goto(void)
{
	const struct bpf_insn insns[] = {
		BPF_RAW_INSN(BPF_JMP | BPF_JCOND, 0, BPF_MAY_GOTO, 0, 0),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, NULL, "GPL", insns, 3, NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int main(void)
{
	struct may_goto_bench *skel;

	if (!kernel_has_may_goto())
		return 0;
	skel = may_goto_bench__open_and_load();
	if (!skel)
		fail("load", errno);
	printf("may_goto %.1f ns/turn\n",
	       least(skel, skel->progs.open_loop) - least(skel, skel->progs.bare_loop));
	may_goto_bench__destroy(skel);
	return 0;
}
