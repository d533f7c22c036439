// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What a function may do to its caller: move the packet, sleep, be replaced. */
#define _GNU_SOURCE
#include "test_progs.h"
#include "modern_helpers.h"
#include "network_helpers.h"
#include "effects_array.skel.h"
#include "effects_ext.skel.h"
#include "effects_packet.skel.h"
#include "effects_sleep.skel.h"
#include "effects_spill.skel.h"
#include "effects_target.skel.h"

#define CHANGES "Extension program changes packet data, while original does not"
#define WRITES "Extension program writes packet data, while original does not"
#define SLEEPS "Extension program may sleep, while original does not"
#define STATIC "Cannot replace static functions"

static char log_buf[1 << 16];

void test_effects_packet(void)
{
	RUN_TESTS(effects_packet);
}

void test_effects_sleep(void)
{
	RUN_TESTS(effects_sleep);
}

/* Who has CAP_PERFMON may see addresses. */
void test_effects_spill(void)
{
	RUN_TESTS_WITHOUT_PERFMON(effects_spill);
}

/* Open the object, have one of its programs loaded, and its messages kept */
static struct bpf_program *choose(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, name);

	if (!ASSERT_OK_PTR(prog, name))
		return NULL;
	autoload_only(obj, name, NULL);
	log_buf[0] = 0;
	bpf_program__set_log_buf(prog, log_buf, sizeof(log_buf));
	bpf_program__set_log_level(prog, 1);
	return prog;
}

static struct effects_ext *load_ext(const char *name, int target_fd, const char *func, int *err)
{
	struct effects_ext *ext = effects_ext__open();
	struct bpf_program *prog;

	*err = -EINVAL;
	if (!ASSERT_OK_PTR(ext, "open"))
		return NULL;
	prog = choose(ext->obj, name);
	if (prog && ASSERT_OK(bpf_program__set_attach_target(prog, target_fd, func), "target"))
		*err = effects_ext__load(ext);
	return ext;
}

static const struct {
	const char *target, *func, *ext, *msg;
} replacements[] = {
	{ "reader", "keeps", "nothing" },
	{ "reader", "keeps", "move", CHANGES },
	{ "reader", "keeps", "move_in_global", CHANGES },
	{ "reader", "keeps", "move_in_callback", CHANGES },
	{ "reader", "keeps", "tail_call", CHANGES },
	{ "reader", "keeps", "write", WRITES },
	{ "reader", "keeps_two", "nothing_two" },
	{ "reader", "keeps_two", "write_two", WRITES },
	{ "reader", "moves", "nothing" },
	{ "reader", "moves", "move" },
	{ "reader", "moves", "tail_call" },
	{ "reader", "moves", "write" },
	{ "reader", "moves_two", "nothing_two" },
	{ "reader", "moves_two", "write_two", WRITES },
	{ "reader", "calls_mover", "move_in_callback" },
	{ "reader", "keeps_early", "move" },
	{ "reader", "keeps_early", "tail_call" },
	{ "reader", "keeps_early", "write" },
	{ "reader", "keeps_two_early", "write_two", WRITES },
	{ "reader", "keeps_outside", "move", CHANGES },
	{ "reader", "keeps_inside", "move", CHANGES },
	{ "reader", "keeps_inside", "write", WRITES },
	{ "reader", "at_most_seven", "nothing", STATIC },
	{ "reader", "reader", "move" },
	{ "reader", "reader", "write" },
	{ "writer", "writes", "write" },
	{ "writer", "keeps_for_writer", "write" },
	{ "writer", "keeps_for_writer", "move" },
	{ "writer", "keeps_two_for_writer", "write_two" },
	{ "main_keeps", "main_keeps", "nothing" },
	{ "main_keeps", "main_keeps", "move" },
	{ "main_keeps", "main_keeps", "write" },
	{ "main_moves", "main_moves", "move_in_global" },
	{ "xdp_reader", "xdp_keeps", "xdp_nothing" },
	{ "xdp_reader", "xdp_keeps", "xdp_write" },
	{ "xdp_reader", "xdp_keeps", "xdp_move", CHANGES },
	{ "xdp_reader", "xdp_moves", "xdp_move" },
	{ "xdp_dispatcher", "xdp_stub", "xdp_move" },
	{ "sleeper", "does_not_sleep", "awake" },
	{ "sleeper", "does_not_sleep", "sleep", SLEEPS },
	{ "sleeper", "does_not_sleep", "sleep_sys_bpf", SLEEPS },
	{ "sleeper", "may_sleep", "awake" },
	/* allowed by its effects, and refused because no extension is sleepable */
	{ "sleeper", "may_sleep", "sleep", "helper call might sleep in a non-sleepable prog" },
	{ "sleeper", "may_sleep", "sleep_sys_bpf",
	  "helper call might sleep in a non-sleepable prog" },
};

static void test_replacement(struct effects_target *target, int i)
{
	struct bpf_program *prog;
	struct effects_ext *ext;
	struct bpf_link *link;
	int err;

	prog = bpf_object__find_program_by_name(target->obj, replacements[i].target);
	ext = load_ext(replacements[i].ext, bpf_program__fd(prog), replacements[i].func, &err);
	if (replacements[i].msg) {
		ASSERT_ERR(err, "load");
		ASSERT_HAS_SUBSTR(log_buf, replacements[i].msg, "message");
	} else if (ASSERT_OK(err, "load")) {
		prog = bpf_object__find_program_by_name(ext->obj, replacements[i].ext);
		link = bpf_program__attach_freplace(prog, 0, NULL);
		ASSERT_OK_PTR(link, "attach");
		bpf_link__destroy(link);
	} else {
		printf("%s\n", log_buf);
	}
	effects_ext__destroy(ext);
}

void test_effects_ext(void)
{
	struct effects_target *target = effects_target__open_and_load();
	char name[128];
	int i;

	if (!ASSERT_OK_PTR(target, "open and load"))
		return;
	for (i = 0; i < ARRAY_SIZE(replacements); i++) {
		snprintf(name, sizeof(name), "%s_of_%s_by_%s", replacements[i].func,
			 replacements[i].target, replacements[i].ext);
		if (test__start_subtest(name))
			test_replacement(target, i);
	}
	effects_target__destroy(target);
}

/* Loaded for a function that it may replace, attached to one that it may not */
static void attach_elsewhere(const char *ext_name, const char *func, const char *other,
			     bool refused)
{
	struct effects_target *target = effects_target__open_and_load();
	struct effects_ext *ext;
	struct bpf_link *link;
	int err, fd;

	if (!ASSERT_OK_PTR(target, "open and load"))
		return;
	fd = bpf_program__fd(target->progs.reader);
	ext = load_ext(ext_name, fd, func, &err);
	if (ASSERT_OK(err, "load")) {
		link = bpf_program__attach_freplace(
			bpf_object__find_program_by_name(ext->obj, ext_name), fd, other);
		if (refused)
			ASSERT_EQ(libbpf_get_error(link), -EINVAL, "attach");
		else
			ASSERT_OK_PTR(link, "attach");
		bpf_link__destroy(link);
	}
	effects_ext__destroy(ext);
	effects_target__destroy(target);
}

void test_effects_attach(void)
{
	if (test__start_subtest("mover_elsewhere"))
		attach_elsewhere("move", "moves", "keeps", true);
	if (test__start_subtest("mover_to_caller_without_pointers"))
		attach_elsewhere("move", "moves", "keeps_early", false);
	if (test__start_subtest("mover_to_caller_of_mover"))
		attach_elsewhere("move", "moves", "calls_mover", false);
	if (test__start_subtest("tail_call_elsewhere"))
		attach_elsewhere("tail_call", "moves", "keeps", true);
	if (test__start_subtest("writer_elsewhere"))
		attach_elsewhere("write", "moves", "keeps", true);
	if (test__start_subtest("static_elsewhere"))
		attach_elsewhere("nothing", "keeps", "at_most_seven", true);
}

static int run_on_packet(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &pkt_v4, .data_size_in = sizeof(pkt_v4));

	if (!ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run"))
		return -1;
	return opts.retval;
}

/* Helpers and kfuncs that the kernel has in a program after the verifier was done with it */
static int nr_calls(const struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	struct bpf_insn insns[256];
	__u32 len = sizeof(info);
	int i, calls = 0;

	info.xlated_prog_insns = (__u64)(unsigned long)insns;
	info.xlated_prog_len = sizeof(insns);
	if (!ASSERT_OK(bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len), "info"))
		return -1;
	for (i = 0; i < info.xlated_prog_len / sizeof(*insns); i++)
		calls += insns[i].code == (BPF_JMP | BPF_CALL) && !insns[i].src_reg;
	return calls;
}

/* A prologue takes the context from R1 and destroys the other arguments. */
void test_effects_prologue(void)
{
	struct effects_target *target = effects_target__open_and_load();
	struct bpf_link *link;
	struct effects_ext *ext;
	int err;

	if (!ASSERT_OK_PTR(target, "open and load"))
		return;
	ASSERT_EQ(run_on_packet(target->progs.writer), 1 + 1 + 42, "before");
	ext = load_ext("write_two", bpf_program__fd(target->progs.writer), "keeps_two_for_writer",
		       &err);
	if (ASSERT_OK(err, "load")) {
		ASSERT_EQ(nr_calls(ext->progs.write_two), 0, "calls with two arguments");
		link = bpf_program__attach_freplace(ext->progs.write_two, 0, NULL);
		if (ASSERT_OK_PTR(link, "attach"))
			ASSERT_EQ(run_on_packet(target->progs.writer), 1 + 1 + 141, "replaced");
		bpf_link__destroy(link);
	}
	effects_ext__destroy(ext);

	ext = load_ext("write", bpf_program__fd(target->progs.main_keeps), "main_keeps", &err);
	if (ASSERT_OK(err, "load"))
		ASSERT_EQ(nr_calls(ext->progs.write), 1, "calls with one argument");
	effects_ext__destroy(ext);
	effects_target__destroy(target);
}

void test_effects_array(void)
{
	struct effects_array *skel = effects_array__open_and_load();
	__u32 key = 0, fd;
	int map;

	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	map = bpf_map__fd(skel->maps.progs);
	fd = bpf_program__fd(skel->progs.awake);
	ASSERT_OK(bpf_map_update_elem(map, &key, &fd, 0), "program that does not sleep");
	fd = bpf_program__fd(skel->progs.sleeps);
	ASSERT_EQ(bpf_map_update_elem(map, &key, &fd, 0), -EINVAL, "program that sleeps");
	effects_array__destroy(skel);
}
