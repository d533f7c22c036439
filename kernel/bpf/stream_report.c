// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bpf.h>
#include <linux/bpf_arena.h>
#include <linux/bpf_stream.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/cred.h>
#include <linux/filter.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "stream.h"
#include "stream_report.h"

/*
 * Reports on the stderr of a program: what went wrong, and a dump of the stack
 * with the source lines of all frames of BPF.
 *
 *	ERROR: Arena READ access at unmapped address 0x7f4c00000008
 *	CPU: 0 UID: 0 PID: 83 Comm: agent
 *	Call trace:
 *	bpf_prog_1a6ac52b256d1e0c_visit+0x39/0x52
 *	  sum += node->value; @ list.bpf.c:42
 *	bpf_prog_50b4f1521ea85e06_on_event+0x8f/0xb2
 *	  bpf_loop(count, visit, &sum, 0); @ list.bpf.c:51
 *	...
 *
 * A report is less than 1024 bytes, which readers rely on. So the dump starts at
 * the innermost frame of BPF, and the outermost frames, which tell least, are
 * left out if there are too many.
 *
 * The dump is made in one of this CPU's bprintf buffers. That bounds how deep
 * reports nest when the code that makes them is traced by programs that need one
 * themselves.
 *
 * Programs are found by address and looked at under rcu_read_lock(): their line
 * info and BTF outlive their symbol by a grace period.
 */

#define REPORT_MAX	(MAX_BPRINTF_BUF - 1) /* bytes */
#define LINE_MAX	128	/* bytes of a source line */
#define FILE_MAX	64	/* bytes of a file's name */

static const char more_frames[] = "  (more frames left out)\n";

/**
 * struct dump - a stack dump that is being made
 * @text: the text so far
 * @len: bytes of it
 * @size: bytes that it may have
 * @exact: the next frame is where the CPU is, not where it will return to
 * @in_bpf: a frame of BPF has been seen
 * @full: there was a frame that did not fit
 */
struct dump {
	char *text;
	u32 len;
	u32 size;
	bool exact;
	bool in_bpf;
	bool full;
};

/* Kernels that cannot walk a stack leave it out. */
static void walk_stack(bool (*frame)(void *cookie, unsigned long ip), void *cookie,
		       struct pt_regs *regs)
{
#if defined(CONFIG_STACKTRACE) && defined(CONFIG_ARCH_STACKWALK)
	arch_stack_walk(frame, cookie, current, regs);
#endif
}

/* All or nothing. */
static __printf(2, 3) bool dump_printf(struct dump *dump, const char *fmt, ...)
{
	u32 room = dump->size - dump->len;
	va_list args;
	u32 len;

	va_start(args, fmt);
	len = vsnprintf(dump->text + dump->len, room, fmt, args);
	va_end(args);
	if (len >= room)
		return false;
	dump->len += len;
	return true;
}

static bool dump_symbol(struct dump *dump, unsigned long ip)
{
	u32 start = dump->len;
	bool fits;

	fits = dump->exact ? dump_printf(dump, "%pS\n", (void *)ip) :
			     dump_printf(dump, "%pB\n", (void *)ip);
	/* No symbol starts with a digit: this is an address, and not for everyone */
	if (fits && dump->text[start] == '0') {
		dump->len = start;
		fits = dump_printf(dump, "  (no symbol)\n");
	}
	return fits;
}

/*
 * The last line that starts at or before @ip. The lines of a function are in the
 * order of its code; those of other functions of the program, which follow, are
 * outside of what lies between its start and @ip.
 */
static const struct bpf_line_info *prog_find_line(const struct bpf_prog *prog,
						  unsigned long ip)
{
	unsigned long start = (unsigned long)prog->bpf_func;
	const struct bpf_prog_aux *aux = prog->aux;
	u32 low = aux->linfo_idx, high = aux->nr_linfo, mid;

	if (!aux->jited_linfo)
		return NULL;
	while (low < high) {
		mid = low + (high - low) / 2;
		if ((unsigned long)aux->jited_linfo[mid] - start <= ip - start)
			low = mid + 1;
		else
			high = mid;
	}
	return low > aux->linfo_idx ? &aux->linfo[low - 1] : NULL;
}

static bool dump_line(struct dump *dump, const struct bpf_prog *prog, unsigned long ip)
{
	const struct bpf_line_info *line = prog_find_line(prog, ip);
	const struct btf *btf = prog->aux->btf;

	if (!line)
		return true;
	return dump_printf(dump, "  %.*s @ %.*s:%u\n",
			   LINE_MAX, skip_spaces(btf_name_by_offset(btf, line->line_off)),
			   FILE_MAX, kbasename(btf_name_by_offset(btf, line->file_name_off)),
			   BPF_LINE_INFO_LINE_NUM(line->line_col));
}

static bool dump_frame(void *cookie, unsigned long ip)
{
	struct dump *dump = cookie;
	/* A return address can belong to the line, or the function, behind the call */
	unsigned long at = dump->exact ? ip : ip - 1;
	struct bpf_prog *prog = bpf_prog_ksym_find(at);
	u32 start = dump->len;

	dump->in_bpf |= !!prog;
	if (!dump->in_bpf)
		return true;
	if (!dump_symbol(dump, ip) || (prog && !dump_line(dump, prog, at))) {
		dump->len = start;
		dump->full = true;
	}
	dump->exact = false;
	return !dump->full;
}

static void dump_stack_text(struct dump *dump, struct pt_regs *regs)
{
	dump_printf(dump, "CPU: %d UID: %u PID: %d Comm: %s\nCall trace:\n",
		    raw_smp_processor_id(), __kuid_val(current_real_cred()->euid),
		    current->pid, current->comm);
	rcu_read_lock();
	walk_stack(dump_frame, dump, regs);
	rcu_read_unlock();
}

/**
 * bpf_stream_stage_dump_stack() - Add a dump of the stack to a batch
 * @stage: the batch
 * @regs: where to start, or NULL for the caller
 *
 * The dump starts with the innermost frame of BPF. Together with what is in the
 * batch already it is less than 1024 bytes; frames for which there is no room
 * are left out. An error is remembered, as by bpf_stream_stage_printk(), and
 * after one there is no dump.
 *
 * Context: Any, NMI included.
 * Return: 0; an error from before; -E2BIG if the batch has 512 bytes or more;
 * -EBUSY if this CPU has no buffer left to format in; -ENOMEM.
 */
int bpf_stream_stage_dump_stack(struct bpf_stream_stage *stage, struct pt_regs *regs)
{
	struct bpf_bprintf_buffers *buffers;
	struct dump dump = { .exact = regs };
	u32 used = bpf_stream_stage_len(stage);

	if (!stage->err && used > REPORT_MAX / 2)
		stage->err = -E2BIG;
	if (!stage->err)
		stage->err = bpf_try_get_buffers(&buffers);
	if (stage->err)
		return stage->err;

	dump.text = buffers->buf;
	dump.size = REPORT_MAX - used - sizeof(more_frames);
	dump_stack_text(&dump, regs);
	dump.size += sizeof(more_frames) + 1;
	dump_printf(&dump, "%s\n", dump.full ? more_frames : "");
	bpf_stream_stage_write(stage, dump.text, dump.len);
	bpf_put_buffers();
	return stage->err;
}

/* Reports */

/* Kernel addresses are all ones above the 56th bit. */
static u64 report_key(enum bpf_report_kind kind, unsigned long ip)
{
	return (u64)(kind + 1) << 56 | (ip & (BIT_ULL(56) - 1));
}

/* If it returns true, bpf_report_end() has to follow. Under rcu_read_lock(), as @prog is. */
bool bpf_report_begin(struct bpf_report *report, const struct bpf_prog *prog,
		      enum bpf_report_kind kind, unsigned long ip)
{
	if (!prog || !bpf_streams_claim_report(prog->aux, report_key(kind, ip), &report->more))
		return false;
	bpf_stream_stage_init(&report->stage, prog->aux, BPF_STDERR);
	report->addresses = prog->aux->streams->allow_ptr_leaks;
	return true;
}

/* Adds a dump of the stack, from @regs or the caller. */
void bpf_report_end(struct bpf_report *report, struct pt_regs *regs)
{
	if (report->more)
		bpf_stream_stage_printk(&report->stage, "Seen %u more times before\n",
					report->more);
	bpf_stream_stage_dump_stack(&report->stage, regs);
	bpf_stream_stage_commit(&report->stage);
}

/**
 * bpf_report_arena_fault() - Report an access to an arena that failed
 * @regs: where
 * @offset: the low 32 bits of the address, and the offset of the instruction
 * @write: whether it was a write
 * @mapped: there is a page, but the address is not fit for the instruction
 *
 * Context: Any, NMI included.
 */
void bpf_report_arena_fault(struct pt_regs *regs, s64 offset, bool write, bool mapped)
{
	enum bpf_report_kind kind = (write ? BPF_REPORT_WRITE_UNMAPPED :
					     BPF_REPORT_READ_UNMAPPED) + mapped;
	unsigned long ip = instruction_pointer(regs);
	struct bpf_prog *prog;
	struct bpf_report report;
	u64 start;

	rcu_read_lock();
	prog = bpf_prog_ksym_find(ip);
	if (bpf_report_begin(&report, prog, kind, ip)) {
		start = bpf_arena_get_user_vm_start(prog->aux->arena);
		bpf_stream_stage_printk(&report.stage,
					"ERROR: Arena %s access at %s address 0x%llx\n",
					write ? "WRITE" : "READ",
					mapped ? "misaligned" : "unmapped",
					(start & ~(u64)U32_MAX) + offset);
		bpf_report_end(&report, regs);
	}
	rcu_read_unlock();
}

/* The innermost frame of a program. */
struct prog_frame {
	struct bpf_prog *prog;
	unsigned long ip;	/* in the call that it has made */
};

static bool find_prog_frame(void *cookie, unsigned long ip)
{
	struct prog_frame *frame = cookie;

	frame->ip = ip - 1;
	frame->prog = bpf_prog_ksym_find(frame->ip);
	return !frame->prog;
}

/* The same for what a program has called, and the place of the call */
bool bpf_report_begin_caller(struct bpf_report *report, enum bpf_report_kind kind)
{
	struct prog_frame frame = {};

	walk_stack(find_prog_frame, &frame, NULL);
	return bpf_report_begin(report, frame.prog, kind, frame.ip);
}

/**
 * bpf_report_may_goto_timeout() - Report that the loop of the caller took too long
 *
 * Context: Any, NMI included, called by a program.
 */
void bpf_report_may_goto_timeout(void)
{
	struct bpf_report report;

	rcu_read_lock();
	if (bpf_report_begin_caller(&report, BPF_REPORT_TIMEOUT)) {
		bpf_stream_stage_printk(&report.stage,
					"ERROR: Timeout detected for may_goto instruction\n");
		bpf_report_end(&report, NULL);
	}
	rcu_read_unlock();
}

/* kfuncs */

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Global functions as their definitions will be in vmlinux BTF");

/* What calls of bpf_stream_print_stack() end up in. */
noinline int bpf_stream_print_stack_impl(int stream_id, void *aux__prog)
{
	struct bpf_stream_stage stage;

	bpf_stream_stage_init(&stage, aux__prog, stream_id);
	if (!stage.stream)
		return bpf_stream_refuse_id(aux__prog);
	bpf_stream_stage_dump_stack(&stage, NULL);
	return bpf_stream_stage_commit(&stage);
}

/**
 * bpf_stream_print_stack() - Print the call trace to a stream of the program
 * @stream_id: BPF_STDOUT or BPF_STDERR
 *
 * With the source line of each frame of BPF, if the program was loaded with line
 * info. The text is a message of less than 1024 bytes. The number of reports is
 * limited, not that of these: like other messages it is printed as long as there is
 * room.
 *
 * Context: Any, NMI included; also under bpf_spin_lock.
 * Return: 0; -ENOENT if there is no stream @stream_id; -ENOSPC if the stream is
 * full; -ENOMEM if there is no memory now; -EBUSY if this CPU has no buffer left
 * to format in.
 */
noinline int bpf_stream_print_stack(int stream_id)
{
	WARN_ON_ONCE(1);
	return -EINVAL;
}

__diag_pop();

BTF_SET8_START(report_kfunc_ids)
BTF_ID_FLAGS(func, bpf_stream_print_stack, KF_IMPLICIT_ARGS | KF_SPIN_LOCK_SAFE)
BTF_SET8_END(report_kfunc_ids)

static const struct btf_kfunc_id_set report_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &report_kfunc_ids,
};

static int __init report_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &report_kfunc_set);
}
late_initcall(report_init);
