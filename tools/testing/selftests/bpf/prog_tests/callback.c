// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Callbacks are verified for zero, one and many calls. */
#include "test_progs.h"
#include "network_helpers.h"
#include "callback.skel.h"
#include "callback_fail.skel.h"
#include "callback_lent_fail.skel.h"
#include "callback_links_fail.skel.h"
#include "callback_sleep_fail.skel.h"
#include "callback_tail_fail.skel.h"

#define NR_SAMPLES 10

static int post_samples(struct callback *skel)
{
	struct user_ring_buffer *ring;
	__u64 *sample;
	int i;

	ring = user_ring_buffer__new(bpf_map__fd(skel->maps.user_ring), NULL);
	if (!ASSERT_OK_PTR(ring, "user_ring_buffer__new"))
		return -1;
	for (i = 0; i < NR_SAMPLES; i++) {
		sample = user_ring_buffer__reserve(ring, sizeof(*sample));
		if (!ASSERT_OK_PTR(sample, "reserve"))
			break;
		*sample = i;
		skel->bss->sum_samples += i;
		user_ring_buffer__submit(ring, sample);
	}
	skel->bss->nr_samples = i;
	user_ring_buffer__free(ring);
	return i - NR_SAMPLES;
}

static void run(struct bpf_program *prog)
{
	bool has_packet = bpf_program__type(prog) == BPF_PROG_TYPE_SCHED_CLS;
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = has_packet ? &pkt_v4 : NULL,
		.data_size_in = has_packet ? sizeof(pkt_v4) : 0,
	);
	int err;

	if (!test__start_subtest(bpf_program__name(prog)))
		return;
	err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
	if (ASSERT_OK(err, "test_run"))
		ASSERT_EQ(opts.retval, 0, "retval");
}

void test_callback(void)
{
	struct bpf_program *prog;
	struct callback *skel;

	skel = callback__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open_and_load"))
		return;
	skel->bss->some_addr = (__u64)(unsigned long)skel;
	if (!post_samples(skel))
		bpf_object__for_each_program(prog, skel->obj)
			run(prog);
	callback__destroy(skel);
}

void test_callback_fail(void)
{
	RUN_TESTS(callback_fail);
	RUN_TESTS(callback_lent_fail);
	RUN_TESTS(callback_links_fail);
	RUN_TESTS(callback_sleep_fail);
	RUN_TESTS(callback_tail_fail);
}
