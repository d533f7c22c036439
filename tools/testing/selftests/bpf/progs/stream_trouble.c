// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Programs with one mistake each: the cases of Documentation/bpf/troubleshooting.rst. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_common.h>
#include "bpf_may_goto.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 10);
	__ulong(map_extra, 1ull << 44);
} arena SEC(".maps");

struct user {
	__u64 id;
	__u64 requests;
	struct user __arena *next;
};

static struct user __arena alice = { .id = 1000 };
static struct user __arena bob = { .id = 1001 };
static struct user __arena *__arena users;

/* NULL if there is none. */
static __noinline struct user __arena *find_user(__u64 id)
{
	struct user __arena *user;

	for (user = users; user && can_loop; user = user->next)
		if (user->id == id)
			return user;
	return NULL;
}

SEC("syscall")
int null_pointer(void *ctx)
{
	struct user __arena *user = find_user(1002);

	/* The mistake: there may be no such user. */
	user->requests++;
	return 0;
}

static void add_user(struct user __arena *user)
{
	user->next = users;
	users = user;
}

SEC("syscall")
int endless_loop(void *ctx)
{
	add_user(&alice);
	add_user(&bob);
	/* The mistake: she is there already, and the list is a ring now. */
	add_user(&alice);
	return find_user(1002) ? 1 : 0;
}

static long serve(__u32 nr, void *ctx)
{
	bpf_stream_printk(BPF_STDOUT, "request %u of user %u\n", nr, 1000 + nr % 2);
	return 0;
}

SEC("syscall")
int lost_message(void *ctx)
{
	/* The mistake: nobody reads that much of it that fast. */
	bpf_loop(200000, serve, NULL, 0);
	return 0;
}
