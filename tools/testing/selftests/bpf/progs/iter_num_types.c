// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs of many types, all of which may loop over numbers. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

int sum;

#define PROGRAM(section, name)						\
SEC(section)								\
int name(void *ctx)							\
{									\
	int i;								\
									\
	bpf_for(i, 0, 10)						\
		sum += i;						\
	return 0;							\
}

#include "program_types.h"
