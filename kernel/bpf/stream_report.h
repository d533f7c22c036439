/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _KERNEL_BPF_STREAM_REPORT_H
#define _KERNEL_BPF_STREAM_REPORT_H

#include <linux/bpf_stream.h>

struct bpf_prog;
struct pt_regs;

/* What reports are about. With the place it is what their number is limited by. */
enum bpf_report_kind {
	BPF_REPORT_READ_UNMAPPED,
	BPF_REPORT_READ_MISALIGNED,
	BPF_REPORT_WRITE_UNMAPPED,
	BPF_REPORT_WRITE_MISALIGNED,
	BPF_REPORT_TIMEOUT,
	BPF_REPORT_DEADLOCK,
	BPF_REPORT_LOCK_TIMEOUT,
};

/**
 * struct bpf_report - a report that is being made
 * @stage: its text
 * @more: reports like it that were not written
 * @addresses: who loaded the program may see addresses of the kernel
 */
struct bpf_report {
	struct bpf_stream_stage stage;
	u32 more;
	bool addresses;
};

bool bpf_report_begin(struct bpf_report *report, const struct bpf_prog *prog,
		      enum bpf_report_kind kind, unsigned long ip);
bool bpf_report_begin_caller(struct bpf_report *report, enum bpf_report_kind kind);
void bpf_report_end(struct bpf_report *report, struct pt_regs *regs);

#endif /* _KERNEL_BPF_STREAM_REPORT_H */
