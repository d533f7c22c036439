// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Deadlocks by design: each of some CPUs has a lock and asks for that of the next one. */
#include "res_lock.h"

char _license[] SEC("license") = "GPL";

__u32 holding, asking;

#define WAIT_UNTIL(cond)	\
	bpf_repeat(1 << 23)	\
		if (cond)	\
			break

/* Time for others to be in the queue that they are about to join */
#define GIVE_TIME() WAIT_UNTIL(++turns > 200000)

SEC("syscall")
int member(struct locker *locker)
{
	struct guarded *mine = lookup(locker->mine), *next = lookup(locker->next);
	__u32 members = locker->members, others = locker->others;
	int err, turns = 0;

	if (!mine || !next)
		return 1;
	if (bpf_res_spin_lock(&mine->lock))
		return 2;
	__sync_fetch_and_add(&holding, 1);
	WAIT_UNTIL(*(volatile __u32 *)&holding >= members);
	if (others) {
		WAIT_UNTIL(*(volatile __u32 *)&asking >= others);
		GIVE_TIME();
	}
	err = bpf_res_spin_lock(&next->lock);
	if (!err) {
		next->count++;
		bpf_res_spin_unlock(&next->lock);
	}
	bpf_res_spin_unlock(&mine->lock);
	locker->err = err;
	return 0;
}

/* Has no lock, and is before a member in the queue for one */
SEC("syscall")
int outsider(struct locker *locker)
{
	struct guarded *next = lookup(locker->next);
	__u32 members = locker->members;
	int err;

	if (!next)
		return 1;
	WAIT_UNTIL(*(volatile __u32 *)&holding >= members);
	__sync_fetch_and_add(&asking, 1);
	err = bpf_res_spin_lock(&next->lock);
	if (!err) {
		next->count++;
		bpf_res_spin_unlock(&next->lock);
	}
	locker->err = err;
	return 0;
}
