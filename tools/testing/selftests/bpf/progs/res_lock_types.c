// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs of many types, all of which may take locks but those of sockets. */
#include "res_lock.h"

char _license[] SEC("license") = "GPL";

#define TYPE(section, name)						\
SEC(section)								\
int name(void *ctx)							\
{									\
	struct guarded *v = lookup(0);					\
									\
	if (v && !bpf_res_spin_lock(&v->lock))				\
		bpf_res_spin_unlock(&v->lock);				\
	return 0;							\
}

#define PROGRAM(section, name) TYPE(section, name)
#include "program_types.h"
