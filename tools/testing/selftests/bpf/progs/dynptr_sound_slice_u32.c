// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* A program that was built for Linux 6.5 to 6.18, where offsets and sizes have 32 bits. */
#include "dynptr_sound.h"

char _license[] SEC("license") = "GPL";

extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer,
			      __u32 buffer__szk) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *ptr, __u32 offset, void *buffer,
				   __u32 buffer__szk) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *ptr, __u32 start, __u32 end) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *ptr) __ksym;

SEC("syscall")
int narrow(void *ctx)
{
	__u32 start = bpf_get_prandom_u32() & 8;
	struct bpf_dynptr ptr;
	long *word;

	buffer[0] = buffer[1] = 21;
	local_dynptr(&ptr);
	if (bpf_dynptr_adjust(&ptr, start, start + 8) || bpf_dynptr_size(&ptr) != 8)
		return 1;
	word = bpf_dynptr_slice_rdwr(&ptr, start - start, NULL, 8);
	if (!word || *word != 21)
		return 2;
	word = bpf_dynptr_slice(&ptr, start + 1, NULL, 8);
	if (word)
		return 3;
	bpf_dynptr_from_mem(buffer, 8, 1, &ptr);
	return (int)bpf_dynptr_size(&ptr) == -22 ? 0 : 4;
}
