/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef _LINUX_BPF_STREAM_H
#define _LINUX_BPF_STREAM_H

#include <linux/compiler.h>
#include <linux/llist.h>
#include <linux/types.h>

struct bpf_prog;
struct bpf_prog_aux;
struct bpf_stream;
struct pt_regs;
struct seq_file;

/* The names that BPF programs take from vmlinux.h. */
enum bpf_stream_id {
	BPF_STDOUT = 1,
	BPF_STDERR = 2,
};

/**
 * struct bpf_stream_stage - messages that will appear in a stream at once
 * @stream: where, NULL if there is no such stream
 * @newest: the message printed last, the others linked behind it
 * @oldest: the message printed first
 * @len: bytes of text in the messages
 * @err: the first error met, what bpf_stream_stage_commit() will return
 *
 * A report of several lines is collected here and committed as a whole, so that
 * nothing printed elsewhere comes between its lines, and a report for which
 * there is no room is missing as a whole::
 *
 *	struct bpf_stream_stage stage;
 *
 *	bpf_stream_stage_init(&stage, aux, BPF_STDERR);
 *	bpf_stream_stage_printk(&stage, "ERROR: %s\n", what);
 *	bpf_stream_stage_printk(&stage, "  at 0x%lx\n", where);
 *	err = bpf_stream_stage_commit(&stage);
 *
 * A stage belongs to one caller, which may be in any context, and ends with
 * bpf_stream_stage_commit() or bpf_stream_stage_free().
 */
struct bpf_stream_stage {
	struct bpf_stream *stream;
	struct llist_node *newest;
	struct llist_node *oldest;
	u32 len;
	int err;
};

void bpf_stream_stage_init(struct bpf_stream_stage *stage, struct bpf_prog_aux *aux,
			   enum bpf_stream_id id);
__printf(2, 3)
int bpf_stream_stage_printk(struct bpf_stream_stage *stage, const char *fmt, ...);
int bpf_stream_stage_write(struct bpf_stream_stage *stage, const char *text, u32 len);
int bpf_stream_stage_dump_stack(struct bpf_stream_stage *stage, struct pt_regs *regs);
u32 bpf_stream_stage_len(const struct bpf_stream_stage *stage);
int bpf_stream_stage_commit(struct bpf_stream_stage *stage);
void bpf_stream_stage_free(struct bpf_stream_stage *stage);

/* The programs' side, see kernel/bpf/stream.c. */
int bpf_streams_alloc(struct bpf_prog_aux *aux, bool allow_ptr_leaks);
void bpf_streams_free(struct bpf_prog_aux *aux);
int bpf_streams_read(struct bpf_prog_aux *aux, u32 id, char __user *buf, u32 len);
int bpf_stream_refuse_id(struct bpf_prog_aux *aux);
int bpf_stream_open(const struct bpf_prog_aux *aux, u32 id, u32 flags);
void bpf_streams_show_fdinfo(struct seq_file *m, const struct bpf_prog_aux *aux);

/* Reports of the kernel on stderr, see kernel/bpf/stream_report.c. */
bool bpf_streams_claim_report(struct bpf_prog_aux *aux, u64 what, u32 *more);
void bpf_report_may_goto_timeout(void);
#ifdef CONFIG_BPF_SYSCALL
void bpf_report_arena_fault(struct pt_regs *regs, s64 offset, bool write, bool mapped);
#else
static inline void bpf_report_arena_fault(struct pt_regs *regs, s64 offset, bool write,
					  bool mapped)
{
}
#endif

#endif /* _LINUX_BPF_STREAM_H */
