// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * What it costs to send samples of 16 bytes to a program through a user ring
 * buffer. Prints lines of "name value unit".
 *
 * Meant for a machine on which the clock counts instructions, such as QEMU with
 * -icount shift=0. Each cost is the least of a few runs.
 */
#include "test_progs.h"
#include "user_rb_bench.skel.h"

#define RUNS	10
#define COUNT	10000	/* samples; they nearly fill the ring */

/* As the program has it. */
struct bench_run {
	__s64 samples;
	__u64 ns;
};

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench_user_rb: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static __u64 produce(struct user_ring_buffer *rb, int count)
{
	__u64 start = get_time_ns();
	int i;

	for (i = 0; i < count; i++) {
		void *sample = user_ring_buffer__reserve(rb, 16);

		if (!sample)
			fail("reserve", errno);
		user_ring_buffer__submit(rb, sample);
	}
	return get_time_ns() - start;
}

static __u64 drain(struct bpf_program *prog, int count)
{
	struct bench_run run = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &run, .ctx_size_in = sizeof(run));

	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
		fail(bpf_program__name(prog), errno);
	if (run.samples != count)
		fail(bpf_program__name(prog), run.samples < 0 ? run.samples : EIO);
	return run.ns;
}

/* Prints costs of the producer, too, if name_produce is set. */
static void bench(const char *name, const char *name_produce, struct bpf_program *prog,
		  struct user_ring_buffer *rb)
{
	__u64 ns, drained = -1ULL, produced = -1ULL;
	int i;

	for (i = 0; i < RUNS; i++) {
		ns = produce(rb, COUNT);
		produced = ns < produced ? ns : produced;
		ns = drain(prog, COUNT);
		drained = ns < drained ? ns : drained;
	}
	printf("%s %.1f ns/sample\n", name, (double)drained / COUNT);
	if (name_produce)
		printf("%s %.1f ns/sample\n", name_produce, (double)produced / COUNT);
}

int main(void)
{
	bool slices = libbpf_find_vmlinux_btf_id("bpf_dynptr_slice", BPF_TRACE_FENTRY) > 0;
	struct user_rb_bench *skel = user_rb_bench__open();
	struct user_ring_buffer *rb;

	if (!skel)
		fail("open", errno);
	bpf_program__set_autoload(skel->progs.drain_slice, slices);
	if (user_rb_bench__load(skel))
		fail("load", errno);
	rb = user_ring_buffer__new(bpf_map__fd(skel->maps.ring), NULL);
	if (!rb)
		fail("user_ring_buffer__new", errno);
	bench("user_rb_drain", "user_rb_produce", skel->progs.drain, rb);
	bench("user_rb_drain_read", NULL, skel->progs.drain_read, rb);
	if (slices)
		bench("user_rb_drain_slice", NULL, skel->progs.drain_slice, rb);
	user_ring_buffer__free(rb);
	user_rb_bench__destroy(skel);
	return 0;
}
