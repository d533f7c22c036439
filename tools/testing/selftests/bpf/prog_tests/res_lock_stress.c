// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Many who ask for a few bpf_res_spin_locks: nobody hangs, and the sums are right. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/sysinfo.h>
#include "context_helpers.h"
#include "stream_helpers.h"
#include "progs/res_lock.h"
#include "res_lock_circle.skel.h"
#include "res_lock_stress.skel.h"

#define MAX_LOCKERS 4
#define NR_STRESSED 3

struct value {
	__u32 lock;
	int count;
};

struct thread {
	pthread_t thread;
	int cpu;
	struct bpf_program *prog;
	struct locker locker;
	__u64 runs;
	int err;
};

static volatile bool stop;

static void run_once(struct thread *t)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &t->locker,
		    .ctx_size_in = sizeof(t->locker));

	t->err = bpf_prog_test_run_opts(bpf_program__fd(t->prog), &opts) ?: (int)opts.retval;
	t->runs++;
}

static void *run_thread(void *arg)
{
	struct thread *t = arg;

	pin_to_cpu(t->cpu);
	run_once(t);
	return NULL;
}

static void *run_until_stop(void *arg)
{
	struct thread *t = arg;

	pin_to_cpu(t->cpu);
	while (!stop && !t->err)
		run_once(t);
	return NULL;
}

static void start(struct thread *threads, int nr, void *(*main)(void *))
{
	int i;

	for (i = 0; i < nr; i++) {
		threads[i].cpu = i;
		if (!ASSERT_OK(pthread_create(&threads[i].thread, NULL, main, &threads[i]),
			       "thread"))
			exit(1);
	}
}

static void join(struct thread *threads, int nr)
{
	int i;

	for (i = 0; i < nr; i++) {
		pthread_join(threads[i].thread, NULL);
		ASSERT_OK(threads[i].err, "run");
		ASSERT_GT(threads[i].runs, 0, "runs");
	}
}

static int lock_count(int map, __u32 key)
{
	struct value value = {};

	ASSERT_OK(bpf_map_lookup_elem(map, &key, &value), "lookup");
	return value.count;
}

/* @members in a circle, and as many @others, each in the queue before one of them */
static void test_circle(int members, int others)
{
	struct res_lock_circle *skel = res_lock_circle__open_and_load();
	struct thread threads[MAX_LOCKERS] = {};
	int i, deadlocks = 0, taken = 0, nr = members + others;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	for (i = 0; i < nr; i++) {
		threads[i].prog = i < members ? skel->progs.member : skel->progs.outsider;
		threads[i].locker = (struct locker){
			.mine = i, .next = (i + 1) % members, .members = members, .others = others,
		};
	}
	start(threads, nr, run_thread);
	join(threads, nr);
	for (i = 0; i < nr; i++) {
		if (i < members && threads[i].locker.err)
			deadlocks += ASSERT_EQ(threads[i].locker.err, -EDEADLK, "member");
		if (i >= members)
			ASSERT_OK(threads[i].locker.err, "who is in no deadlock");
		taken += !threads[i].locker.err;
	}
	ASSERT_GE(deadlocks, 1, "who gives up");
	ASSERT_LT(deadlocks, members, "not all give up");
	for (i = 0; i < members; i++)
		taken -= lock_count(bpf_map__fd(skel->maps.guarded), i);
	ASSERT_EQ(taken, 0, "taken and not counted");
	res_lock_circle__destroy(skel);
}

void serial_test_res_lock_circle(void)
{
	static const struct {
		const char *name;
		int members, others;
	} circles[] = {
		{ "of_two", 2, 0 },
		{ "of_three", 3, 0 },
		{ "of_four", 4, 0 },
		{ "behind_others", 2, 2 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(circles); i++) {
		if (!test__start_subtest(circles[i].name))
			continue;
		if (get_nprocs() < circles[i].members + circles[i].others)
			test__skip();
		else
			test_circle(circles[i].members, circles[i].others);
	}
}

static void check_counts(struct res_lock_stress *skel)
{
	int i, map = bpf_map__fd(skel->maps.guarded);
	__u64 deadlocks = 0;

	for (i = 0; i < NR_STRESSED; i++)
		ASSERT_EQ(lock_count(map, i), (int)skel->bss->taken[i], "counted under the lock");
	for (i = 0; i < NR_LEVELS; i++) {
		printf("%s: asked %llu, taken %llu, deadlocks %llu, timeouts %llu\n",
		       level_names[i], skel->bss->counts[i].asked, skel->bss->counts[i].taken,
		       skel->bss->counts[i].deadlocks, skel->bss->counts[i].timeouts);
		ASSERT_GT(skel->bss->counts[i].taken, 0, level_names[i]);
		ASSERT_EQ(skel->bss->counts[i].strange, 0, "other errors");
		ASSERT_EQ(skel->bss->counts[i].asked,
			  skel->bss->counts[i].taken + skel->bss->counts[i].deadlocks +
			  skel->bss->counts[i].timeouts, "all answered");
		deadlocks += skel->bss->counts[i].deadlocks;
	}
	ASSERT_GT(deadlocks, 0, "deadlocks");
}

static bool attach_contexts(struct res_lock_stress *skel)
{
	skel->links.in_softirq = bpf_program__attach(skel->progs.in_softirq);
	skel->links.in_hardirq = bpf_program__attach(skel->progs.in_hardirq);
	skel->links.in_nmi = bpf_program__attach(skel->progs.in_nmi);
	return ASSERT_OK_PTR(skel->links.in_softirq, "softirq") &&
	       ASSERT_OK_PTR(skel->links.in_hardirq, "hardirq") &&
	       ASSERT_OK_PTR(skel->links.in_nmi, "NMI");
}

/* Locks in both directions and in a circle, from tasks and all that interrupts them */
void serial_test_res_lock_stress(void)
{
	struct res_lock_stress *skel = res_lock_stress__open_and_load();
	struct thread threads[MAX_LOCKERS] = {};
	int i, nr = get_nprocs() < MAX_LOCKERS ? get_nprocs() : MAX_LOCKERS;
	char console[64];
	time_t end;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	if (!ASSERT_OK(console_silence(console), "console") || !attach_contexts(skel))
		goto out;
	stop = false;
	for (i = 0; i < nr; i++) {
		threads[i].prog = skel->progs.take;
		threads[i].locker.mine = i % NR_STRESSED;
		threads[i].locker.next = (i % 2 ? i + 2 : i + 1) % NR_STRESSED;
	}
	start(threads, nr, run_until_stop);
	for (end = time(NULL) + 1 + stress_seconds() / 5; time(NULL) < end; usleep(20000))
		ASSERT_OK(request_nmis(), "NMI");
	stop = true;
	join(threads, nr);
	for (i = 0; i < MIN_NMIS && !skel->bss->counts[NMI].taken; i++, usleep(20000))
		request_nmis();
	bpf_link__destroy(skel->links.in_softirq);
	bpf_link__destroy(skel->links.in_hardirq);
	bpf_link__destroy(skel->links.in_nmi);
	skel->links.in_softirq = skel->links.in_hardirq = skel->links.in_nmi = NULL;
	/* Those that run now are through after a grace period. */
	usleep(200000);
	check_counts(skel);
	console_restore(console);
out:
	res_lock_stress__destroy(skel);
}
