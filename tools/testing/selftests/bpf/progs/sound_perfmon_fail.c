// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What reads any memory, in programs that have CAP_BPF and no CAP_PERFMON */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"

char _license[] SEC("license") = "GPL";

static const char fmt[] = "%s";

#define PROG_OF(name, helper, call)					\
	SEC("syscall") __failure __msg("unknown func bpf_" #helper)	\
	int uses_##name(void *ctx)					\
	{								\
		char buf[8] __attribute__((unused)) = {};		\
									\
		return (long)call;					\
	}
#define PROG(name, call) PROG_OF(name, name, call)

PROG(probe_read, bpf_probe_read(buf, 8, NULL))
PROG(probe_read_str, bpf_probe_read_str(buf, 8, NULL))
/* libbpf asks for bpf_probe_read() where it finds no other. */
PROG_OF(probe_read_kernel, probe_read, bpf_probe_read_kernel(buf, 8, NULL))
PROG_OF(probe_read_kernel_str, probe_read, bpf_probe_read_kernel_str(buf, 8, NULL))
PROG_OF(probe_read_user, probe_read, bpf_probe_read_user(buf, 8, NULL))
PROG_OF(probe_read_user_str, probe_read, bpf_probe_read_user_str(buf, 8, NULL))
PROG(copy_from_user_task, bpf_copy_from_user_task(buf, 8, NULL, NULL, 0))
PROG(get_branch_snapshot, bpf_get_branch_snapshot(buf, 8, 0))
PROG(get_current_task, bpf_get_current_task())
PROG(get_current_task_btf, bpf_get_current_task_btf())
PROG(task_pt_regs, bpf_task_pt_regs(NULL))
PROG(snprintf, bpf_snprintf(buf, 8, fmt, (void *)buf, 8))
PROG(snprintf_btf, bpf_snprintf_btf(buf, 8, NULL, 0, 0))
PROG(trace_printk, bpf_trace_printk(fmt, 3))
PROG(trace_vprintk, bpf_trace_vprintk(fmt, 3, (void *)buf, 8))

/* Memory of the process itself, and what prints no pointer */
SEC("syscall") __success
int copy_from_user(void *ctx)
{
	char buf[8];

	return bpf_copy_from_user(buf, 8, NULL);
}
