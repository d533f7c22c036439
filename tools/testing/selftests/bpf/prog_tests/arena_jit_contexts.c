// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What is read from absent pages is 0 wherever a program runs, NMIs included. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include "context_helpers.h"
#include "arena_jit_contexts.skel.h"

#define ADDR 0x7a0010000000UL
#define WORD 0x1122334455667788UL
#define NR_CALLS 1000

static bool enough(struct arena_jit_contexts *skel)
{
	volatile __u64 *runs = skel->bss->runs;

	return runs[TASK] && runs[SOFTIRQ] && runs[HARDIRQ] && runs[NMI] >= MIN_NMIS;
}

static void run_contexts(struct arena_jit_contexts *skel)
{
	char printk[64];
	int i;

	if (!ASSERT_OK(console_silence(printk), "console level"))
		return;
	for (i = 0; i < NR_CALLS; i++)
		syscall(__NR_getpgid, 0);
	for (i = 0; i < 6000 && !enough(skel); i++) {
		if (!ASSERT_OK(request_nmis(), "sysrq l"))
			break;
		usleep(20000);
	}
	ASSERT_OK(console_restore(printk), "console level");
}

void serial_test_arena_jit_contexts(void)
{
	struct arena_jit_contexts *skel = arena_jit_contexts__open();
	__u64 *words;
	size_t size;
	int i;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	skel->rodata->target_tgid = getpid();
	skel->rodata->target_syscall = __NR_getpgid;
	skel->rodata->arena_addr = ADDR;
	skel->rodata->word = WORD;
	if (!ASSERT_OK(bpf_map__set_map_extra(skel->maps.arena, ADDR), "map_extra") ||
	    !ASSERT_OK(arena_jit_contexts__load(skel), "load"))
		goto out;
	words = (void *)bpf_map__initial_value(skel->maps.arena, &size);
	if (!ASSERT_EQ(words, (void *)ADDR, "arena"))
		goto out;
	words[0] = WORD;
	if (!ASSERT_OK(arena_jit_contexts__attach(skel), "attach"))
		goto out;
	run_contexts(skel);
	arena_jit_contexts__detach(skel);
	kern_sync_rcu();
	for (i = 0; i < NR_LEVELS; i++) {
		ASSERT_GT(skel->bss->runs[i], 0, level_names[i]);
		ASSERT_EQ(skel->bss->errors[i], 0, level_names[i]);
		ASSERT_EQ(words[1 + i], skel->bss->runs[i], level_names[i]);
	}
	ASSERT_GE(skel->bss->runs[TASK], NR_CALLS, "runs in a task");
	ASSERT_GE(skel->bss->runs[NMI], MIN_NMIS, "runs in NMI");
out:
	arena_jit_contexts__destroy(skel);
}
