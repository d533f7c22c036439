// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Threads make system calls, the program counts them in the table, and meanwhile user
 * space takes the elements out and adds them up. No call must be missing.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "table.h"
#include "table.skel.h"

#define THREADS 4
#define ROUNDS 500
#define ARGUMENTS 50

static struct table *table;
static int running = THREADS;
static pthread_barrier_t all_there;
static __u64 getpgid_calls, getsid_calls, frees;

static void *make_calls(void *unused)
{
	int i;

	pthread_barrier_wait(&all_there);
	for (i = 0; i < ROUNDS * ARGUMENTS; i++) {
		getpgid(i % ARGUMENTS);
		getsid(i % ARGUMENTS);
	}
	__atomic_sub_fetch(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Lists of both sides are made alike: of memory from the arena, never of malloc()'s. */
static int want(__u64 nr)
{
	struct call *call = arena_malloc(table->heap, sizeof(*call));

	if (!call)
		return -ENOMEM;
	call->nr = nr;
	call->next = table->calls;
	__atomic_store_n(&table->calls, call, __ATOMIC_RELEASE);
	return 0;
}

/* Programs do not wait for user space; user space may wait for them. */
static void wait_for_users(void)
{
	bool gone[2] = { false, false };

	while (!gone[0] || !gone[1]) {
		__u64 phase = __atomic_load_n(&table->phase, __ATOMIC_SEQ_CST);
		int old = !(phase & 1);

		if (__atomic_load_n(&table->users[old], __ATOMIC_SEQ_CST)) {
			sched_yield();
			continue;
		}
		gone[old] = true;
		__atomic_store_n(&table->phase, phase + 1, __ATOMIC_SEQ_CST);
	}
}

static void count_and_free(struct elem *e)
{
	struct elem *next;

	for (; e; e = next) {
		next = e->next;
		if (e->key >> 32 == SYS_getpgid)
			getpgid_calls += e->count;
		else
			getsid_calls += e->count;
		arena_free(table->heap, e);
		frees++;
	}
}

static void collect(void)
{
	struct elem *chains[BUCKETS];
	int i;

	for (i = 0; i < BUCKETS; i++)
		chains[i] = __atomic_exchange_n(&table->buckets[i], NULL, __ATOMIC_SEQ_CST);
	wait_for_users();
	for (i = 0; i < BUCKETS; i++)
		count_and_free(chains[i]);
}

static int run(struct table_bpf *skel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	pthread_t threads[THREADS];
	int i, err;

	table = &skel->arena->table;
	err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.setup), &opts);
	if (!err && opts.retval)
		err = -ENOMEM;
	err = err ?: want(SYS_getpgid) ?: want(SYS_getsid) ?: table_bpf__attach(skel);
	if (err)
		return err;
	pthread_barrier_init(&all_there, NULL, THREADS);
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, make_calls, NULL);
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE))
		collect();
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	table_bpf__detach(skel);
	collect();
	printf("getpgid: %d calls, %llu counted\n", THREADS * ROUNDS * ARGUMENTS, getpgid_calls);
	printf("getsid: %d calls, %llu counted\n", THREADS * ROUNDS * ARGUMENTS, getsid_calls);
	printf("elements were freed meanwhile: %s\n", frees > 2 * ARGUMENTS ? "yes" : "no");
	printf("no memory: %llu times, bad frees: %u\n", table->full, table->heap->bad_frees);
	return 0;
}

int main(void)
{
	struct table_bpf *skel = table_bpf__open();
	int err = -errno;

	if (skel) {
		skel->rodata->target = getpid();
		err = table_bpf__load(skel) ?: run(skel);
	}
	if (err)
		fprintf(stderr, "table: %s\n", strerror(-err));
	table_bpf__destroy(skel);
	return !!err;
}
