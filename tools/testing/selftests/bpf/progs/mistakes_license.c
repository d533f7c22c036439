// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A program that says it is under another license cannot call kfuncs. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"

char _license[] SEC("license") = "Proprietary";

SEC("syscall")
__failure __msg("cannot call kernel function from non-GPL compatible program")
int not_gpl(void *ctx)
{
	return bpf_stream_printk(BPF_STDOUT, "text\n");
}
