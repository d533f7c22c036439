/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What the tests of dynptrs have in common, which run programs on samples. */
#ifndef DYNPTR_SOUND_HELPERS_H
#define DYNPTR_SOUND_HELPERS_H

static inline int run(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	if (!ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run"))
		return -1;
	return opts.retval;
}

/* Three samples of two longs: 1, 2, 3, and 0 each */
static inline void send_samples(int map_fd)
{
	struct user_ring_buffer *rb = user_ring_buffer__new(map_fd, NULL);
	long *sample;
	int i;

	if (!ASSERT_OK_PTR(rb, "user_ring_buffer"))
		return;
	for (i = 1; i <= 3; i++) {
		sample = user_ring_buffer__reserve(rb, 2 * sizeof(*sample));
		if (!ASSERT_OK_PTR(sample, "reserve"))
			break;
		sample[0] = i;
		sample[1] = 0;
		user_ring_buffer__submit(rb, sample);
	}
	user_ring_buffer__free(rb);
}

#endif
