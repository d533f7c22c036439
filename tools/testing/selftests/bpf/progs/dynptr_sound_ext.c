// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Replacements of global functions of dynptr_sound.c. */
#include "dynptr_sound.h"

char _license[] SEC("license") = "GPL";

struct not_bpf_dynptr {
	long words[2];
};

SEC("freplace")
long replace_read(struct bpf_dynptr *ptr)
{
	long value = 0;

	bpf_dynptr_read(&value, sizeof(value), ptr, 0, 0);
	return value + 100;
}

SEC("freplace")
long memory_for_dynptr(struct not_bpf_dynptr *ptr)
{
	return ptr ? ptr->words[0] : 0;
}

SEC("freplace")
long dynptr_for_memory(struct bpf_dynptr *ptr)
{
	return !bpf_dynptr_data(ptr, 0, 8);
}

SEC("freplace")
long replace_init(struct bpf_dynptr *ptr)
{
	return local_dynptr(ptr);
}

SEC("freplace")
int dynptr_for_context(struct bpf_dynptr *ptr)
{
	return !bpf_dynptr_data(ptr, 0, 8);
}
