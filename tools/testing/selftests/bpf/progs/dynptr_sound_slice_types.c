// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs of many types, all of which may call the kfuncs of dynptrs. */
#include "dynptr_sound.h"
#include "bpf_kfuncs.h"

char _license[] SEC("license") = "GPL";

#define PROGRAM(section, name) \
SEC(section) \
int name(void *ctx) \
{ \
	struct bpf_dynptr ptr, clone; \
	long *word; \
	\
	local_dynptr(&ptr); \
	if (bpf_dynptr_is_null(&ptr) || bpf_dynptr_is_rdonly(&ptr) || \
	    bpf_dynptr_clone(&ptr, &clone) || bpf_dynptr_adjust(&clone, 8, 16)) \
		return 0; \
	word = bpf_dynptr_slice_rdwr(&clone, 0, NULL, 8); \
	if (word) \
		*word = bpf_dynptr_size(&clone); \
	word = bpf_dynptr_slice(&ptr, 8, NULL, 8); \
	buffer[2] = word ? *word : 0; \
	return 0; \
}

#include "program_types.h"
