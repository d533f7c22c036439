// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * fuzz_judge SEED COUNT: what this kernel's verifier says of the programs that the
 * fuzzer makes. Static, and needs nothing but the bpf() system call, so that any kernel
 * can be asked. Prints "SEED + REASON": the sign is + (accepted), - (refused), or ~ (it
 * takes too long); the reason has N for each number.
 *
 * FUZZ_USEC in the environment is what a load may take.
 *
 * fuzz_judge -v SEED: the program with that seed, and all that the verifier says.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "../prog_tests/fuzz.h"

static char verifier_log[1 << 24];

static char sign_of(int fd)
{
	if (fd >= 0)
		return '+';
	return fd == -EAGAIN || strstr(verifier_log, "jumps is too complex") ? '~' : '-';
}

static void judge(struct fuzz_kernel *kernel, __u64 seed)
{
	static struct fuzz_prog prog;
	char reason[80] = "";
	int fd;

	fuzz_generate(&prog, seed);
	verifier_log[0] = 0;
	fd = fuzz_kernel_load(kernel, &prog, verifier_log, 1 << 16);
	if (fd < 0)
		fuzz_reason(verifier_log, reason, sizeof(reason));
	if (fd < 0 && !reason[0])
		snprintf(reason, sizeof(reason), "nothing (%s)", strerrorname_np(-fd));
	printf("%llu %c %s\n", seed, sign_of(fd), reason);
	if (fd >= 0)
		close(fd);
}

static void judge_aloud(struct fuzz_kernel *kernel, __u64 seed)
{
	static struct fuzz_prog prog;
	int fd;

	fuzz_generate(&prog, seed);
	fuzz_list(&prog);
	fuzz_verbose = true;
	fd = fuzz_kernel_load(kernel, &prog, verifier_log, sizeof(verifier_log));
	printf("%s\n%llu %c (%s)\n", verifier_log, seed, sign_of(fd),
	       fd < 0 ? strerrorname_np(-fd) : "loaded");
}

int main(int argc, char **argv)
{
	static const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct fuzz_kernel *kernel;
	__u64 seed, end;

	if (argc != 3) {
		fprintf(stderr, "usage: fuzz_judge SEED COUNT | fuzz_judge -v SEED\n");
		return 2;
	}
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (getenv("FUZZ_USEC"))
		fuzz_load_usec = strtoul(getenv("FUZZ_USEC"), NULL, 0);
	kernel = fuzz_kernel_open();
	if (!kernel) {
		perror("fuzz_judge: maps");
		return 1;
	}
	if (!strcmp(argv[1], "-v")) {
		judge_aloud(kernel, strtoull(argv[2], NULL, 0));
		return 0;
	}
	seed = strtoull(argv[1], NULL, 0);
	for (end = seed + strtoull(argv[2], NULL, 0); seed < end; seed++)
		judge(kernel, seed);
	printf("end\n");
	return 0;
}
