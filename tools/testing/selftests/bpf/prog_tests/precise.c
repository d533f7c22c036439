// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What decides whether a program loads, or what code it gets, is the same on all paths that
 * are taken for one.
 */
#define _GNU_SOURCE
#include "test_progs.h"
#include "modern_helpers.h"
#include "precise_depth.skel.h"
#include "precise_exit.skel.h"
#include "precise_ext.skel.h"
#include "precise_null.skel.h"
#include "precise_zext.skel.h"

void test_precise(void)
{
	RUN_TESTS(precise_exit);
	RUN_TESTS(precise_null);
	RUN_TESTS(precise_depth);
}

static void run_zext(struct bpf_program *prog)
{
	static const __u32 sizes[] = { 64, 1000 };
	char packet[1000] = {};
	int i, err;

	if (!test__start_subtest(bpf_program__name(prog)))
		return;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
			    .data_size_in = sizes[i]);

		err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
		if (ASSERT_OK(err, "test_run"))
			ASSERT_EQ(opts.retval, 0, "retval");
	}
}

void test_precise_zext(void)
{
	struct precise_zext *skel = precise_zext__open();
	struct bpf_program *prog;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_flags(prog, BPF_F_TEST_RND_HI32);
	if (ASSERT_OK(precise_zext__load(skel), "load"))
		bpf_object__for_each_program(prog, skel->obj)
			run_zext(prog);
	precise_zext__destroy(skel);
}

/* Load the program @name as replacement of @target of the program @fd. It is refused with
 * @message, if there is one.
 */
static void load_ext(const char *name, int fd, const char *target, const char *message)
{
	struct precise_ext *skel;
	struct bpf_program *prog;
	char log[65536] = "";
	int err;

	if (!test__start_subtest(name))
		return;
	skel = precise_ext__open();
	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	autoload_only(skel->obj, name, NULL);
	prog = bpf_object__find_program_by_name(skel->obj, name);
	bpf_program__set_log_buf(prog, log, sizeof(log));
	if (ASSERT_OK(bpf_program__set_attach_target(prog, fd, target), "target")) {
		err = precise_ext__load(skel);
		ASSERT_EQ(!!err, !!message, "load");
		if (message)
			ASSERT_OK_PTR(strstr(log, message), message);
		else if (err)
			fprintf(stderr, "%s", log);
	}
	precise_ext__destroy(skel);
}

static void ext_of_programs(void)
{
	struct precise_exit *skel = precise_exit__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	autoload_only(skel->obj, "sock_create", "recvmsg4");
	if (ASSERT_OK(precise_exit__load(skel), "load")) {
		load_ext("sock_create_bad", bpf_program__fd(skel->progs.sock_create),
			 "sock_create", "should have been in (0x0; 0x1)");
		load_ext("sock_create", bpf_program__fd(skel->progs.sock_create),
			 "sock_create", NULL);
		load_ext("recvmsg4_bad", bpf_program__fd(skel->progs.recvmsg4),
			 "recvmsg4", "should have been in (0x1; 0x0)");
	}
	precise_exit__destroy(skel);
}

static void ext_of_function(void)
{
	struct precise_null *skel = precise_null__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	autoload_only(skel->obj, "global", NULL);
	if (ASSERT_OK(precise_null__load(skel), "load")) {
		load_ext("deref_bad", bpf_program__fd(skel->progs.global), "deref",
			 "Caller passes invalid args into func");
		load_ext("deref_good", bpf_program__fd(skel->progs.global), "deref", NULL);
	}
	precise_null__destroy(skel);
}

void test_precise_ext(void)
{
	ext_of_programs();
	ext_of_function();
}
