// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Sections without sleep, preemption, interrupts: what the verifier refuses, and what it loads
 * and then works.
 */
#define _GNU_SOURCE
#include "test_progs.h"
#include "modern_helpers.h"
#include "network_helpers.h"
#include "dynptr_sound_helpers.h"
#include "sections.skel.h"
#include "sections_calls.skel.h"
#include "sections_ext.skel.h"
#include "sections_fail.skel.h"
#include "sections_irq_fail.skel.h"
#include "sections_target.skel.h"
#include "sections_types.skel.h"

void test_sections_fail(void)
{
	RUN_TESTS(sections_fail);
}

void test_sections_irq_fail(void)
{
	RUN_TESTS(sections_irq_fail);
}

/* The debug kernel counts all, the other one need not. */
static void check_depths(const struct sections__bss *seen)
{
	int preempt = seen->preempt_inside - seen->preempt_before;
	int rcu = seen->rcu_inside - seen->rcu_before;

	ASSERT_EQ(seen->preempt_after, seen->preempt_before, "preempt_count restored");
	ASSERT_EQ(seen->rcu_after, seen->rcu_before, "RCU nesting restored");
	if (preempt || debug_kernel())
		ASSERT_EQ(preempt, 2, "preempt_count of two sections");
	if (rcu || debug_kernel())
		ASSERT_EQ(rcu, 2, "RCU nesting of two sections");
}

void test_sections_run(void)
{
	struct sections *skel = sections__open_and_load();
	struct bpf_program *prog;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	bpf_object__for_each_program(prog, skel->obj) {
		if (!test__start_subtest(bpf_program__name(prog)))
			continue;
		ASSERT_EQ(run(prog), 0, "failed step");
		if (prog == skel->progs.depths)
			check_depths(skel->bss);
	}
	sections__destroy(skel);
}

void test_sections_types(void)
{
	struct sections_types *skel = sections_types__open_and_load();

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	test_loaded_programs(skel->obj);
	sections_types__destroy(skel);
}

/* Do all calls of bpf_task_storage_get() that there are in the program reclaim memory? The
 * verifier tells them by R5: __GFP_DIRECT_RECLAIM. -1 if they differ, or there is none.
 */
static int reclaims(const struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	struct bpf_insn insns[512];
	__u32 len = sizeof(info);
	int i, call, all = -2;

	info.xlated_prog_insns = (__u64)(unsigned long)insns;
	info.xlated_prog_len = sizeof(insns);
	if (!ASSERT_OK(bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len), "info"))
		return -1;
	for (i = 0; i + 1 < info.xlated_prog_len / sizeof(*insns); i++) {
		if (insns[i].code != (BPF_ALU64 | BPF_MOV | BPF_K) || insns[i].dst_reg != 5 ||
		    insns[i + 1].code != (BPF_JMP | BPF_CALL))
			continue;
		call = !!(insns[i].imm & 0x400);
		all = all == -2 || all == call ? call : -1;
	}
	return all == -2 ? -1 : all;
}

void test_sections_calls(void)
{
	static const struct {
		const char *prog;
		int reclaims;
	} tests[] = {
		{ "sleeps", 1 },
		{ "rcu_inside", 0 },
		{ "rcu_behind", 1 },
		{ "rcu_global", 0 },
		{ "preempt_inside", 0 },
		{ "preempt_behind", 1 },
		{ "preempt_global", 0 },
		{ "irq_inside", 0 },
		{ "irq_behind", 1 },
		{ "irq_global", 0 },
		{ "on_one_way", 0 },
		{ "below_global", 0 },
		{ "global_below_global", 0 },
		{ "callback_of_global", 0 },
		{ "global_outside", 1 },
	};
	struct sections_calls *skel = sections_calls__open_and_load();
	struct bpf_program *prog;
	int i;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		if (!test__start_subtest(tests[i].prog))
			continue;
		prog = bpf_object__find_program_by_name(skel->obj, tests[i].prog);
		if (!ASSERT_OK_PTR(prog, "program"))
			continue;
		ASSERT_EQ(reclaims(prog), tests[i].reclaims, "reclaims");
		ASSERT_EQ(run(prog), 0, "run");
	}
	sections_calls__destroy(skel);
}

static int run_on_packet(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &pkt_v4, .data_size_in = sizeof(pkt_v4));

	if (!ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run"))
		return -1;
	return opts.retval;
}

static void test_replacement(const struct sections_target *target, const char *name,
			     const char *msg)
{
	struct sections_ext *ext = sections_ext__open();
	static char log_buf[1 << 16];
	struct bpf_program *prog;
	struct bpf_link *link;
	int err;

	if (!ASSERT_OK_PTR(ext, "open"))
		return;
	autoload_only(ext->obj, name, NULL);
	prog = bpf_object__find_program_by_name(ext->obj, name);
	log_buf[0] = 0;
	bpf_program__set_log_buf(prog, log_buf, sizeof(log_buf));
	bpf_program__set_log_level(prog, 1);
	err = bpf_program__set_attach_target(prog, bpf_program__fd(target->progs.target),
					     "in_section");
	err = err ?: sections_ext__load(ext);
	if (msg) {
		ASSERT_ERR(err, "load");
		ASSERT_HAS_SUBSTR(log_buf, msg, "message");
	} else if (ASSERT_OK(err, "load")) {
		link = bpf_program__attach_freplace(prog, 0, NULL);
		if (ASSERT_OK_PTR(link, "attach"))
			ASSERT_EQ(run_on_packet(target->progs.target), 100, "replaced");
		bpf_link__destroy(link);
	}
	sections_ext__destroy(ext);
}

/* What replaces a function has no part in the sections of its caller. */
void test_sections_ext(void)
{
	static const struct {
		const char *name, *msg;
	} tests[] = {
		{ "balanced" },
		{ "opens", "BPF_EXIT instruction in main prog cannot be used inside "
			   "bpf_preempt_disable-ed region" },
		{ "closes", "unmatched attempt to enable preemption" },
	};
	struct sections_target *target = sections_target__open_and_load();
	int i;

	if (!ASSERT_OK_PTR(target, "load"))
		return;
	ASSERT_EQ(run_on_packet(target->progs.target), 1, "as it was");
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (test__start_subtest(tests[i].name))
			test_replacement(target, tests[i].name, tests[i].msg);
	sections_target__destroy(target);
}
