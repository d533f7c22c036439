// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What is read from absent pages is 0 wherever a program runs, NMIs included. */
#include <sys/syscall.h>
#include "test_progs.h"
#include "arena_jit_contexts.skel.h"

#define ADDR 0x7a0010000000UL
#define WORD 0x1122334455667788UL
#define NR_CALLS 1000
#define MIN_NMIS 20

enum { TASK, SOFTIRQ, HARDIRQ, NMI, NR_LEVELS };

static const char * const level_names[] = { "task", "softirq", "hardirq", "NMI" };

static bool enough(struct arena_jit_contexts *skel)
{
	volatile __u64 *runs = skel->bss->runs;

	return runs[TASK] && runs[SOFTIRQ] && runs[HARDIRQ] && runs[NMI] >= MIN_NMIS;
}

/* Backtraces of all CPUs are taken in NMI. Keep them off the console. */
static void run_contexts(struct arena_jit_contexts *skel)
{
	int i, sysrq = open("/proc/sysrq-trigger", O_WRONLY);
	int printk = open("/proc/sys/kernel/printk", O_RDWR);
	char old[64] = {};

	if (ASSERT_GE(sysrq, 0, "sysrq-trigger") && ASSERT_GE(printk, 0, "console level") &&
	    ASSERT_GT(read(printk, old, sizeof(old) - 1), 0, "console level")) {
		ASSERT_EQ(pwrite(printk, "1", 1, 0), 1, "console level");
		for (i = 0; i < NR_CALLS; i++)
			syscall(__NR_getpgid, 0);
		for (i = 0; i < 500 && !enough(skel); i++) {
			ASSERT_EQ(write(sysrq, "l", 1), 1, "sysrq l");
			usleep(20000);
		}
		ASSERT_GT(pwrite(printk, old, strlen(old), 0), 0, "console level");
	}
	close(printk);
	close(sysrq);
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
