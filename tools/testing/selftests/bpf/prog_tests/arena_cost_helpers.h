/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __ARENA_COST_HELPERS_H
#define __ARENA_COST_HELPERS_H

#include <stdio.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "bpf_arena_htab.h"
#include "arena_cost.skel.h"

static const char *const arena_cost_names[] = {
	"create", "malloc", "free", "alloc_init", "alloc", "alloc_free", "list_add", "list_del",
	"list_walk", "htab_update", "htab_lookup",
};

/* Insns that the verifier looks at for a call of a helper */
struct arena_cost_of {
	int first;
	int further;
};

/* For the program that is called name and kind, -1 if there is none. */
static inline int arena_cost_insns(const struct arena_cost *skel, const char *name,
				   const char *kind)
{
	struct bpf_prog_info info = {};
	struct bpf_program *prog;
	__u32 len = sizeof(info);
	char full[64];

	snprintf(full, sizeof(full), "%s%s", name, kind);
	prog = bpf_object__find_program_by_name(skel->obj, full);
	if (!prog || bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
		return -1;
	return info.verified_insns;
}

static inline struct arena_cost_of arena_cost(const struct arena_cost *skel, const char *name)
{
	int once = arena_cost_insns(skel, name, "_once");

	return (struct arena_cost_of) {
		.first = once - arena_cost_insns(skel, "nothing", ""),
		.further = arena_cost_insns(skel, name, "_twice") - once,
	};
}

#endif
