// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/bpf.h>
#include <linux/bpf_may_goto.h>
#include <linux/bpf_stream.h>
#include <linux/compiler.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>

/*
 * Loops that end by time: a timed may_goto counts down, as one without a clock
 * does, but from a number that takes no time. At zero it asks here how to go on.
 *
 *	program			arch_bpf_timed_may_goto()	here
 *
 *	count--
 *	if it is 0, call  ->	save R0 to R5		->	time left?
 *	count = AX	  <-	restore them		<-	count, or 0
 *
 * A count of 0 remains 0, and each may_goto of the frame jumps from then on.
 *
 * The clock is the one that can be read in NMI. It takes a program that loops for
 * less than BPF_MAX_TIMED_LOOPS no time at all: the first call starts the time.
 */

#define MAX_LOOP_NS	(NSEC_PER_SEC / 4)

/* Can the JIT call arch_bpf_timed_may_goto()? */
bool __weak bpf_jit_supports_timed_may_goto(void)
{
	return false;
}

/**
 * arch_bpf_timed_may_goto() - Let a program ask whether its loops may go on
 *
 * Called by programs alone, in a way of its own: BPF_REG_AX has the offset of the
 * struct bpf_timed_may_goto from the frame pointer of the program, and gets the
 * return value. All other registers of BPF keep their values.
 *
 * Context: Any, NMI included.
 * Return: as bpf_check_timed_may_goto(), which an architecture calls here.
 */
u64 __weak arch_bpf_timed_may_goto(void)
{
	return 0;
}

/**
 * bpf_check_timed_may_goto() - Decide whether the loops of a frame may go on
 * @limit: the frame's
 *
 * They may for 250 ms from the first call. What ends them is reported to stderr of
 * the program.
 *
 * Context: Any, NMI included.
 * Return: the next count of the frame, 0 if its loops have to end.
 */
asmlinkage u64 bpf_check_timed_may_goto(struct bpf_timed_may_goto *limit)
{
	u64 now = ktime_get_mono_fast_ns();

	if (!limit->timestamp) {
		limit->timestamp = now;
		return BPF_MAX_TIMED_LOOPS;
	}
	/* The clock may go back a little, and stands still while the machine suspends. */
	if ((s64)(now - limit->timestamp) < MAX_LOOP_NS && !timekeeping_suspended)
		return BPF_MAX_TIMED_LOOPS;
	bpf_report_may_goto_timeout();
	return 0;
}
