// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * What it takes to take a lock that is free, and to give it back. Prints lines of
 * "name value unit", for the locks that the kernel has.
 *
 * Meant for a machine on which the clock counts instructions, such as QEMU with
 * -icount shift=0. Each cost is the least of a few runs.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "progs/res_lock.h"
#include "res_lock_bench.skel.h"

#define RUNS 5

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench_res_lock: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

/* Least time of a turn */
static double least(struct res_lock_bench *skel, const struct bpf_program *prog)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	__u64 min = -1ULL;
	int i, err;

	for (i = 0; i < RUNS; i++) {
		err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
		if (err || opts.retval)
			fail(bpf_program__name(prog), err ?: EINVAL);
		if (skel->bss->ns < min)
			min = skel->bss->ns;
	}
	return (double)min / TURNS;
}

static bool kernel_has_res_spin_lock(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has = btf && btf__find_by_name_kind(btf, "bpf_res_spin_lock", BTF_KIND_FUNC) > 0;

	btf__free(btf);
	return has;
}

int main(void)
{
	struct res_lock_bench *skel = res_lock_bench__open();
	bool has_res = kernel_has_res_spin_lock();
	double bare;

	if (!skel)
		fail("open", errno);
	bpf_program__set_autoload(skel->progs.res, has_res);
	bpf_program__set_autoload(skel->progs.res_irqsave, has_res);
	if (res_lock_bench__load(skel))
		fail("load", errno);
	bare = least(skel, skel->progs.bare);
	printf("spin_lock %.1f ns/pair\n", least(skel, skel->progs.spin) - bare);
	if (has_res) {
		printf("res_spin_lock %.1f ns/pair\n", least(skel, skel->progs.res) - bare);
		printf("res_spin_lock_irqsave %.1f ns/pair\n",
		       least(skel, skel->progs.res_irqsave) - bare);
	}
	res_lock_bench__destroy(skel);
	return 0;
}
