// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Who prints under a bpf_spin_lock does not meet the lock in a program on the printer. */
#define _GNU_SOURCE
#include "stream_helpers.h"
#include "stream_lock_nested.skel.h"
#include "stream_lock_nested_ext.skel.h"

/* As the program has it. */
struct value {
	__u32 lock;
	int locked;
};

static int times_locked(struct stream_lock_nested *skel)
{
	struct value value = {};
	__u32 key = 0;

	ASSERT_OK(bpf_map_lookup_elem(bpf_map__fd(skel->maps.values), &key, &value), "lookup");
	return value.locked;
}

static __u64 misses(const struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	ASSERT_OK(bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len), "prog info");
	return info.recursion_misses;
}

static void run(struct stream_lock_nested *skel, struct bpf_program *prog)
{
	ASSERT_OK(run_syscall(bpf_program__fd(prog), NULL, 0), "run");
	ASSERT_OK(skel->bss->err, "print");
}

static void test_nested(void)
{
	struct stream_lock_nested *skel = stream_lock_nested__open_and_load();
	__u32 key = 0;
	int fd;

	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	fd = bpf_program__fd(skel->progs.lock_tail);
	ASSERT_OK(bpf_map_update_elem(bpf_map__fd(skel->maps.tails), &key, &fd, BPF_ANY), "tail");
	skel->links.lock_in_printer = bpf_program__attach(skel->progs.lock_in_printer);
	skel->links.tail_in_printer = bpf_program__attach(skel->progs.tail_in_printer);
	skel->links.observe_printer = bpf_program__attach(skel->progs.observe_printer);
	if (!ASSERT_OK_PTR(skel->links.lock_in_printer, "attach") ||
	    !ASSERT_OK_PTR(skel->links.tail_in_printer, "attach") ||
	    !ASSERT_OK_PTR(skel->links.observe_printer, "attach"))
		goto out;

	run(skel, skel->progs.print_unlocked);
	ASSERT_EQ(times_locked(skel), 2, "locked by both");
	ASSERT_EQ(skel->bss->observed, 1, "observed");
	ASSERT_EQ(misses(skel->progs.lock_in_printer), 0, "misses");

	run(skel, skel->progs.print_locked);
	ASSERT_EQ(times_locked(skel), 2, "locked by none under the lock");
	ASSERT_EQ(skel->bss->observed, 2, "observed under the lock");
	ASSERT_EQ(misses(skel->progs.lock_in_printer), 1, "misses");
	ASSERT_EQ(misses(skel->progs.tail_in_printer), 1, "misses of one with a tail");

	run(skel, skel->progs.print_unlocked);
	ASSERT_EQ(times_locked(skel), 4, "locked by both again");
out:
	stream_lock_nested__destroy(skel);
}

static bool extend(struct stream_lock_nested_ext *ext, const struct stream_lock_nested *skel)
{
	struct bpf_program *prog = ext->progs.lock_in_extension;
	int fd = bpf_program__fd(skel->progs.page_in_printer);

	if (!ASSERT_OK(bpf_program__set_attach_target(prog, fd, "count_page"), "target") ||
	    !ASSERT_OK(stream_lock_nested_ext__load(ext), "load the extension"))
		return false;
	/* What extends a tp_btf program has no target of its own. */
	ext->links.lock_in_extension = bpf_program__attach_freplace(prog, fd, "count_page");
	return ASSERT_OK_PTR(ext->links.lock_in_extension, "attach the extension");
}

/* A program without locks is run under one, and is not any more once it may be extended. */
static void test_extended(bool extended)
{
	struct stream_lock_nested *skel = stream_lock_nested__open_and_load();
	struct stream_lock_nested_ext *ext = stream_lock_nested_ext__open();

	if (!ASSERT_OK_PTR(skel, "open and load") || !ASSERT_OK_PTR(ext, "open the extension"))
		goto out;
	if (extended && !extend(ext, skel))
		goto out;
	skel->links.page_in_printer = bpf_program__attach(skel->progs.page_in_printer);
	if (!ASSERT_OK_PTR(skel->links.page_in_printer, "attach"))
		goto out;
	run(skel, skel->progs.print_locked);
	if (extended) {
		ASSERT_EQ(ext->bss->locked, 0, "locked under the lock");
		ASSERT_GE(misses(skel->progs.page_in_printer), 1, "misses");
	} else {
		ASSERT_GE(skel->bss->pages, 1, "pages");
		ASSERT_EQ(misses(skel->progs.page_in_printer), 0, "misses");
	}
out:
	stream_lock_nested_ext__destroy(ext);
	stream_lock_nested__destroy(skel);
}

void test_stream_lock_nested(void)
{
	if (test__start_subtest("nested"))
		test_nested();
	if (test__start_subtest("not_extended"))
		test_extended(false);
	if (test__start_subtest("extended"))
		test_extended(true);
}
