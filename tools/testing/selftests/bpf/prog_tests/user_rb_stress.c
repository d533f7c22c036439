// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include "user_rb_helpers.h"

#define SIZE 16384
#define DRAINERS 3

static volatile bool stop;

struct worker {
	struct ring *ring;
	pthread_t thread;
	int cpu;
	unsigned int seed;
	int err;
	__u64 rounds;
	/* of a drainer */
	struct bpf_program *prog;
	__u32 stop_after;
	__u64 samples;
	__u64 busy;
	__u64 invalid;
	__u64 too_big;
	__u64 strange;		/* other return values */
	__u64 longest;
	__u64 low;
	__u64 high;
};

static void pin(struct worker *worker)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(worker->cpu % get_nprocs(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		worker->err = -errno;
}

static void count_result(struct worker *worker, const struct user_rb_run *run)
{
	switch (run->ret) {
	case -EBUSY:
		worker->busy++;
		break;
	case -EINVAL:
		worker->invalid++;
		break;
	case -E2BIG:
		worker->too_big++;
		break;
	default:
		if (run->ret < 0)
			worker->strange++;
		else
			worker->samples += run->ret;
	}
	if (run->longest > worker->longest)
		worker->longest = run->longest;
	if (run->low && (!worker->low || run->low < worker->low))
		worker->low = run->low;
	if (run->high > worker->high)
		worker->high = run->high;
}

static void *drain_main(void *arg)
{
	struct worker *worker = arg;

	pin(worker);
	while (!stop && !worker->err) {
		struct user_rb_run run = { .stop_after = worker->stop_after };

		worker->err = ring_run(worker->prog, &run);
		count_result(worker, &run);
		worker->rounds++;
	}
	return NULL;
}

static bool start(struct worker *workers, int count, void *(*main)(void *))
{
	int i;

	for (i = 0; i < count; i++)
		if (!ASSERT_OK(pthread_create(&workers[i].thread, NULL, main, &workers[i]),
			       "thread"))
			exit(1);
	return true;
}

static void finish(struct worker *workers, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		ASSERT_OK(workers[i].err, "thread");
		ASSERT_GT(workers[i].rounds, 0, "rounds of a thread");
	}
}

static void start_drainers(struct worker *drainers, struct ring *ring, struct bpf_program *prog,
			   __u32 stop_after)
{
	int i;

	stop = false;
	for (i = 0; i < DRAINERS; i++)
		drainers[i] = (struct worker){
			.ring = ring, .prog = prog, .stop_after = stop_after, .cpu = i + 1,
		};
	start(drainers, DRAINERS, drain_main);
}

/* --- An honest producer, who is woken when there is room again --- */

static void produce(struct user_ring_buffer *rb, __u64 until, __u64 *submitted, __u64 *discarded)
{
	unsigned int seed = 1;

	while (get_time_ns() < until) {
		__u32 size = 8 + rand_r(&seed) % 200;
		__u64 *sample = user_ring_buffer__reserve_blocking(rb, size, 10000);

		if (!ASSERT_OK_PTR(sample, "reserve_blocking"))
			return;
		*sample = *submitted;
		if (rand_r(&seed) % 8) {
			user_ring_buffer__submit(rb, sample);
			++*submitted;
		} else {
			user_ring_buffer__discard(rb, sample);
			++*discarded;
		}
	}
}

static void test_drainers(void)
{
	__u64 submitted = 0, discarded = 0, samples = 0, busy = 0, strange = 0;
	__u64 until = get_time_ns() + stress_seconds() * 1000000000ULL / 2;
	struct worker drainers[DRAINERS];
	struct user_ring_buffer *rb;
	struct ring ring;
	int i;

	if (ring_open(&ring, SIZE))
		return;
	rb = user_ring_buffer__new(ring.fd, NULL);
	if (!ASSERT_OK_PTR(rb, "user_ring_buffer__new"))
		goto out;
	start_drainers(drainers, &ring, ring.skel->progs.drain_sequence, 0);
	produce(rb, until, &submitted, &discarded);
	while (*ring.cons != *ring.prod && get_time_ns() < until + 10000000000ULL)
		usleep(1000);
	stop = true;
	finish(drainers, DRAINERS);
	for (i = 0; i < DRAINERS; i++) {
		samples += drainers[i].samples;
		busy += drainers[i].busy;
		strange += drainers[i].strange + drainers[i].invalid + drainers[i].too_big;
	}
	ASSERT_GT(submitted, 1000, "samples submitted");
	ASSERT_EQ(samples, submitted, "samples drained");
	ASSERT_EQ(ring.skel->bss->next, submitted, "last value");
	ASSERT_EQ(ring.skel->bss->strange, 0, "values out of order");
	ASSERT_EQ(strange, 0, "other errors");
	ASSERT_EQ(ring_counter(&ring, "samples"), samples, "samples counted");
	ASSERT_EQ(ring_counter(&ring, "discarded"), discarded, "discarded counted");
	ASSERT_EQ(ring_counter(&ring, "busy"), busy, "busy counted");
	ASSERT_EQ(ring_counter(&ring, "rejected"), 0, "rejected counted");
	printf("%llu samples, %llu times busy\n", samples, busy);
out:
	user_ring_buffer__free(rb);
	ring_close(&ring);
}

/* --- A producer that lies --- */

static __u64 random64(unsigned int *seed)
{
	return (__u64)rand_r(seed) << 40 ^ (__u64)rand_r(seed) << 20 ^ rand_r(seed);
}

static __u32 lying_header(unsigned int *seed)
{
	__u32 flags = rand_r(seed) % 4 ? 0 : rand_r(seed) % 4 << 30;

	switch (rand_r(seed) % 8) {
	case 0:
		return random64(seed);			/* anything */
	case 1:
		return ~0U >> rand_r(seed) % 32;	/* all bits */
	case 2:
		return 1U << rand_r(seed) % 32;		/* one bit */
	case 3:
		return (SIZE - 16 + rand_r(seed) % 16) | flags;
	default:
		return rand_r(seed) % 100 | flags;	/* what may be true */
	}
}

static __u64 lying_position(struct ring *ring, unsigned int *seed)
{
	switch (rand_r(seed) % 8) {
	case 0:
		return random64(seed);
	case 1:
		return *ring->cons - rand_r(seed) % SIZE;
	case 2:
		return *ring->cons + rand_r(seed) % (4 * SIZE);
	case 3:
		return -8ULL;
	default:
		return *ring->cons + rand_r(seed) % (SIZE / 8) * 8;
	}
}

/* What was checked must not change under a drain: so write where it is about to read. */
static void *lie_main(void *arg)
{
	struct worker *worker = arg;
	struct ring *ring = worker->ring;
	unsigned int *seed = &worker->seed;
	int i;

	pin(worker);
	for (; !stop; worker->rounds++) {
		for (i = 0; i < 64; i++) {
			__u64 pos = *ring->cons + rand_r(seed) % 32 * 8;

			*(volatile __u32 *)ring_hdr(ring, pos) = lying_header(seed);
		}
		*ring->prod = lying_position(ring, seed);
		if (rand_r(seed) % 16 == 0) {
			int err = ring_reset(ring);

			if (err && err != -EBUSY)
				worker->err = err;
		}
	}
	return NULL;
}

static void test_liar(void)
{
	struct worker drainers[DRAINERS], liars[2] = {};
	struct user_rb_run run = {};
	struct worker sum = {};
	struct ring ring;
	__u64 base;
	int i;

	if (ring_open(&ring, SIZE))
		return;
	ring_post(&ring, 8, 1);
	ASSERT_EQ(ring_drain(&ring, &run), 1, "honest sample");
	base = run.low - HDR_SZ;

	/* a position far ahead is worth as many samples as fit into a drain: stop before */
	start_drainers(drainers, &ring, ring.skel->progs.drain, 100);
	for (i = 0; i < ARRAY_SIZE(liars); i++)
		liars[i] = (struct worker){ .ring = &ring, .cpu = 3 * i, .seed = i + 1 };
	start(liars, ARRAY_SIZE(liars), lie_main);
	sleep(stress_seconds());
	stop = true;
	finish(liars, ARRAY_SIZE(liars));
	finish(drainers, DRAINERS);

	for (i = 0; i < DRAINERS; i++) {
		struct worker *drainer = &drainers[i];

		sum.samples += drainer->samples;
		sum.busy += drainer->busy;
		sum.invalid += drainer->invalid;
		sum.too_big += drainer->too_big;
		ASSERT_EQ(drainer->strange, 0, "strange errors");
		ASSERT_LE(drainer->longest, SIZE - HDR_SZ, "longest sample");
		if (drainer->low) {
			ASSERT_GE(drainer->low, base + HDR_SZ, "lowest address");
			ASSERT_LE(drainer->high, base + 2 * SIZE, "highest address");
		}
	}
	ASSERT_GT(sum.samples, 0, "samples");
	ASSERT_GT(sum.invalid, 0, "drains that said EINVAL");
	ASSERT_GT(sum.too_big, 0, "drains that said E2BIG");
	ASSERT_EQ(ring_counter(&ring, "rejected"), sum.invalid + sum.too_big, "rejected counted");
	ASSERT_GE(ring_counter(&ring, "busy"), sum.busy, "busy counted");
	printf("%llu samples, %llu EINVAL, %llu E2BIG, %llu EBUSY\n", sum.samples, sum.invalid,
	       sum.too_big, sum.busy);

	/* and it works again */
	ASSERT_OK(ring_reset(&ring), "reset");
	ring_post(&ring, 8, 7);
	run = (struct user_rb_run){};
	ASSERT_EQ(ring_drain(&ring, &run), 1, "honest sample again");
	ASSERT_EQ(run.last, 7, "value");
	ring_close(&ring);
}

void serial_test_user_rb_stress(void)
{
	if (test__start_subtest("drainers"))
		test_drainers();
	if (test__start_subtest("liar"))
		test_liar();
}
