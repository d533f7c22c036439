// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* bpf_res_spin_lock(): what the verifier refuses, what programs get, and what stderr says. */
#define _GNU_SOURCE
#include <pthread.h>
#include <regex.h>
#include <sys/mman.h>
#include <linux/capability.h>
#include "cap_helpers.h"
#include "map_value_helpers.h"
#include "stream_helpers.h"
#include "dynptr_sound_helpers.h"
#include "res_lock.skel.h"
#include "res_lock_fail.skel.h"
#include "res_lock_report.skel.h"
#include "res_lock_socket_fail.skel.h"
#include "res_lock_types.skel.h"

#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

#define HELD_KEY 3

struct value {
	__u32 lock;
	int count;
};

void test_res_lock_fail(void)
{
	RUN_TESTS(res_lock_fail);
	RUN_TESTS(res_lock_socket_fail);
}

void test_res_lock_types(void)
{
	struct res_lock_types *skel = res_lock_types__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_program__set_autoload(skel->progs.in_socket, false);
	if (ASSERT_OK(res_lock_types__load(skel), "load"))
		test_loaded_programs(skel->obj);
	res_lock_types__destroy(skel);
}

static const char * const by_themselves[] = {
	"global_lock", "value_lock", "irqsave", "irqsave_fails", "same_lock", "many_locks",
	"in_functions", "spin_lock_in_functions", "under_spin_lock", "in_callback", "printing",
	"in_hash",
};

/* The debug kernel counts preemption, the other one need not. */
static void test_preemption(struct res_lock *skel)
{
	struct res_lock__bss *seen = skel->bss;

	ASSERT_EQ(run(skel->progs.preemption), 0, "failed step");
	ASSERT_EQ(seen->preempt_after, seen->preempt_before, "after");
	ASSERT_EQ(seen->preempt_three, seen->preempt_one, "of three locks");
	if (debug_kernel())
		ASSERT_EQ(seen->preempt_one, seen->preempt_before + 1, "of one lock");
}

static void *run_hold(void *prog)
{
	return (void *)(long)run(prog);
}

/* Who has the lock does not come back for a while: one that asks gives up. Those who store to the
 * value and read it have nothing to do with it.
 */
static void test_owner_stopped(struct res_lock *skel)
{
	int fd = bpf_map__fd(skel->maps.guarded);
	struct value value = { .lock = 77, .count = 5 };
	__u32 key = HELD_KEY;
	pthread_t thread;
	void *ret;

	if (!ASSERT_OK(pthread_create(&thread, NULL, run_hold, skel->progs.hold), "thread"))
		return;
	while (!skel->bss->held)
		sched_yield();
	ASSERT_EQ(run(skel->progs.ask), -ETIMEDOUT, "held");
	ASSERT_OK(bpf_map_update_elem(fd, &key, &value, BPF_EXIST), "update");
	ASSERT_EQ(bpf_map_update_elem(fd, &key, &value, BPF_EXIST | BPF_F_LOCK), -EINVAL,
		  "no bpf_spin_lock");
	value.lock = 77;
	ASSERT_OK(bpf_map_lookup_elem(fd, &key, &value), "lookup");
	ASSERT_EQ(value.lock, 0, "the lock is hidden");
	ASSERT_EQ(value.count, 5, "what is stored");
	ASSERT_EQ(run(skel->progs.ask), -ETIMEDOUT, "still held");
	skel->bss->stop = true;
	pthread_join(thread, &ret);
	ASSERT_EQ((long)ret, 0, "owner");
	ASSERT_EQ(run(skel->progs.ask), 0, "given back");
	ASSERT_OK(bpf_map_lookup_elem(fd, &key, &value), "lookup");
	ASSERT_EQ(value.count, 6, "counted by the owner");
}

static void test_task_storage(struct res_lock *skel)
{
	skel->links.in_task_storage = bpf_program__attach(skel->progs.in_task_storage);
	if (!ASSERT_OK_PTR(skel->links.in_task_storage, "attach"))
		return;
	run(skel->progs.in_task_storage);
	ASSERT_TRUE(skel->bss->held, "held");
}

void test_res_lock_run(void)
{
	static const struct {
		const char *name;
		void (*run)(struct res_lock *skel);
	} cases[] = {
		{ "preemption", test_preemption },
		{ "owner_stopped", test_owner_stopped },
		{ "task_storage", test_task_storage },
	};
	struct res_lock *skel = res_lock__open_and_load();
	struct bpf_program *prog;
	int i;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	for (i = 0; i < ARRAY_SIZE(by_themselves); i++) {
		if (!test__start_subtest(by_themselves[i]))
			continue;
		prog = bpf_object__find_program_by_name(skel->obj, by_themselves[i]);
		if (ASSERT_OK_PTR(prog, "program"))
			ASSERT_EQ(run(prog), 0, "failed step");
	}
	res_lock__destroy(skel);
	run_cases(res_lock, cases);
}

/* Maps that cannot have one */

#define RES_LOCK(off) { "bpf_res_spin_lock", 4, off }

static int create(enum bpf_map_type type, __u32 flags, bool spin_lock)
{
	const struct map_field fields[] = {
		RES_LOCK(0), { spin_lock ? "bpf_spin_lock" : NULL, 4, 4 },
	};

	return create_with_fields(type, flags, sizeof(struct value), fields, ARRAY_SIZE(fields));
}

static const struct {
	const char *name;
	enum bpf_map_type type;
	__u32 flags;
	bool spin_lock;
	int err;
} maps[] = {
	{ "array", BPF_MAP_TYPE_ARRAY },
	{ "hash", BPF_MAP_TYPE_HASH },
	{ "hash_no_prealloc", BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC },
	{ "task_storage", BPF_MAP_TYPE_TASK_STORAGE, BPF_F_NO_PREALLOC },
	{ "sk_storage", BPF_MAP_TYPE_SK_STORAGE, BPF_F_NO_PREALLOC },
	{ "inode_storage", BPF_MAP_TYPE_INODE_STORAGE, BPF_F_NO_PREALLOC },
	{ "lru_hash", BPF_MAP_TYPE_LRU_HASH, 0, false, -EOPNOTSUPP },
	{ "percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY, 0, false, -EOPNOTSUPP },
	{ "percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, 0, false, -EOPNOTSUPP },
	{ "read_only", BPF_MAP_TYPE_ARRAY, BPF_F_RDONLY_PROG, false, -EACCES },
	{ "write_only", BPF_MAP_TYPE_ARRAY, BPF_F_WRONLY_PROG, false, -EACCES },
	{ "two_kinds", BPF_MAP_TYPE_ARRAY, 0, true, -EINVAL },
};

static void test_not_shared(int fd)
{
	static const struct map_field none[] = { { .off = 0 }, { .off = 4 } };
	int plain = create_with_fields(BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, 8, none, 2), outer;
	void *mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = fd);
	__u32 key = 0;

	ASSERT_EQ(mem == MAP_FAILED ? -errno : 0, -ENOTSUPP, "mmap");
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "outer", 4, 4, 1, &opts);
	ASSERT_LT(outer, 0, "template");
	ASSERT_EQ(errno, ENOTSUPP, "template");
	opts.inner_map_fd = plain;
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "outer", 4, 4, 1, &opts);
	if (ASSERT_GE(outer, 0, "outer map")) {
		ASSERT_LT(bpf_map_update_elem(outer, &key, &fd, BPF_ANY), 0, "inner map");
		ASSERT_EQ(errno, EINVAL, "inner map");
	}
	close(outer);
	close(plain);
}

/* It is in no other field. */
static void test_overlap(void)
{
	static const struct map_field fields[] = { { "bpf_timer", 16, 0 }, RES_LOCK(8) };

	ASSERT_EQ(create_with_fields(BPF_MAP_TYPE_ARRAY, 0, 16, fields, 2), -EEXIST, "in a timer");
}

void test_res_lock_maps(void)
{
	int i, fd;

	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		if (!test__start_subtest(maps[i].name))
			continue;
		fd = create(maps[i].type, maps[i].flags, maps[i].spin_lock);
		if (maps[i].err)
			ASSERT_EQ(fd, maps[i].err, "create");
		else
			ASSERT_GE(fd, 0, "create");
		if (fd >= 0)
			close(fd);
	}
	if (test__start_subtest("overlap"))
		test_overlap();
	if (test__start_subtest("not_shared")) {
		fd = create(BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, false);
		if (ASSERT_GE(fd, 0, "create"))
			test_not_shared(fd);
		close(fd);
	}
}

static void check_report(const struct bpf_program *prog, const char *pattern)
{
	struct text report = {};
	regex_t regex;

	ASSERT_EQ(run(prog), 0, "run");
	if (!ASSERT_OK(regcomp(&regex, pattern, 0), "pattern"))
		return;
	if (ASSERT_OK(text_read(&report, bpf_program__fd(prog), STDERR, 4096), "read") &&
	    !ASSERT_OK(regexec(&regex, report.data, 0, NULL, 0), "report"))
		PRINT_FAIL("%s\n", report.data);
	regfree(&regex);
	text_free(&report);
}

#define NUMBER "[0-9]\\+"
#define ADDRESS "0x[0-9a-f]\\+"
#define HEAD(kfunc, held)							\
	"^ERROR: AA or ABBA deadlock detected for " kfunc "\n"			\
	"Attempted lock   = \\(" ADDRESS "\\)\nTotal held locks = " held "\n"
#define STACK "CPU: " NUMBER " UID: 0 PID: " NUMBER " Comm: .*\nCall trace:\n"
#define FRAME(func, line)							\
	"bpf_prog_[0-9a-f]*_" func "+" ADDRESS "/" ADDRESS "\n"		\
	"  " line " @ res_lock_report.c:" NUMBER "\n"

/* Who may not see addresses of the kernel is not told those of locks. */
static void test_report_hashed(void)
{
	__u64 caps = 1ULL << CAP_SYS_ADMIN | 1ULL << CAP_PERFMON;
	struct res_lock_report *skel;
	struct text report = {};
	int fd;

	if (!ASSERT_OK(cap_disable_effective(caps, &caps), "drop of capabilities"))
		return;
	skel = res_lock_report__open_and_load();
	ASSERT_OK(cap_enable_effective(caps, NULL), "restore of capabilities");
	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	fd = bpf_program__fd(skel->progs.deadlock);
	ASSERT_EQ(run(skel->progs.deadlock), 0, "run");
	if (ASSERT_OK(text_read(&report, fd, STDERR, 4096), "read")) {
		ASSERT_HAS_SUBSTR(report.data, "Attempted lock   = 0x", "report");
		ASSERT_OK_PTR(strstr(report.data, "= 0xffff") ? NULL : report.data, "no address");
	}
	text_free(&report);
	res_lock_report__destroy(skel);
}

void test_res_lock_report(void)
{
	struct res_lock_report *skel = res_lock_report__open_and_load();

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	if (test__start_subtest("plain"))
		check_report(skel->progs.deadlock,
			     HEAD("bpf_res_spin_lock", "1") "Held lock\\[ 0\\] = \\1\n" STACK
			     FRAME("take_again", "return bpf_res_spin_lock(&v->lock);")
			     FRAME("deadlock", "if (!take_again(same))"));
	if (test__start_subtest("irqsave"))
		check_report(skel->progs.deadlock_irqsave,
			     HEAD("bpf_res_spin_lock_irqsave", "2")
			     "Held lock\\[ 0\\] = " ADDRESS "\nHeld lock\\[ 1\\] = \\1\n" STACK
			     FRAME("deadlock_irqsave",
				   "if (!bpf_res_spin_lock_irqsave(&same->lock, &again))"));
	if (test__start_subtest("without_perfmon"))
		test_report_hashed();
	res_lock_report__destroy(skel);
}
