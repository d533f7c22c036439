// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Run each program of loops.bpf.c once. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "loops.skel.h"

static int run(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
		return -errno;
	printf("%s: %u\n", bpf_program__name(prog), opts.retval);
	return 0;
}

/* The first line tells what happened, the others where. */
static int show_report(const struct bpf_program *prog)
{
	char text[1024] = "";
	int n = bpf_prog_stream_read(bpf_program__fd(prog), BPF_STREAM_STDERR, text,
				     sizeof(text) - 1, NULL);

	if (n < 0)
		return n;
	printf("its stderr: %.*s\n", (int)strcspn(text, "\n"), text);
	return 0;
}

int main(void)
{
	struct loops_bpf *skel = loops_bpf__open_and_load();
	__u32 i;
	int err;

	if (!skel) {
		err = -errno;
		goto out;
	}
	skel->bss->nr_values = 1000;
	for (i = 0; i < skel->bss->nr_values; i++)
		skel->bss->values[i] = i;
	skel->bss->start = 27;
	err = run(skel->progs.sum) ?: run(skel->progs.collatz) ?: run(skel->progs.primes);
	err = err ?: run(skel->progs.endless) ?: show_report(skel->progs.endless);
out:
	if (err)
		fprintf(stderr, "loops: %s\n", strerror(-err));
	loops_bpf__destroy(skel);
	return !!err;
}
