// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Reports and dumps are complete in every kind of context, whichever interrupts which. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include "context_helpers.h"
#include "stream_report_helpers.h"
#include "stream_report_contexts.skel.h"

#define ADDR 0x7a0020000000UL
#define ABSENT (ADDR + 4096)
#define SOURCE "stream_report_contexts.c"
#define NR_TASKS 3
#define FAULT_LINE "HERE(AT_ACCESS); found |= *(volatile __u64 __arena *)absent;"
#define DUMP_LINE "HERE(AT_SUB); err = bpf_stream_print_stack(BPF_STDOUT);"

static volatile bool finished;

static struct stream_report_contexts *contexts_load(void)
{
	struct stream_report_contexts *skel = stream_report_contexts__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return NULL;
	skel->rodata->target_tgid = getpid();
	skel->rodata->target_syscall = __NR_getpgid;
	skel->rodata->absent = ABSENT;
	if (ASSERT_OK(bpf_map__set_map_extra(skel->maps.arena, ADDR), "map_extra") &&
	    ASSERT_OK(stream_report_contexts__load(skel), "load"))
		return skel;
	stream_report_contexts__destroy(skel);
	return NULL;
}

/* Make system calls, until the end. */
static void *run_task(void *arg)
{
	pin_to_cpu((long)arg % get_nprocs());
	while (!finished)
		syscall(__NR_getpgid, 0);
	return NULL;
}

static int start_tasks(pthread_t *tasks)
{
	long i;

	finished = false;
	for (i = 0; i < NR_TASKS; i++)
		if (!ASSERT_OK(pthread_create(&tasks[i], NULL, run_task, (void *)i), "thread"))
			break;
	return i;
}

static void join_tasks(pthread_t *tasks, int nr)
{
	finished = true;
	while (nr--)
		pthread_join(tasks[nr], NULL);
}

static bool enough(struct stream_report_contexts *skel)
{
	volatile __u64 *runs = skel->bss->runs;

	return runs[TASK] >= MAX_CONTEXT_RUNS && runs[SOFTIRQ] && runs[HARDIRQ] &&
	       runs[NMI] >= MIN_NMIS;
}

static void run_contexts(struct stream_report_contexts *skel)
{
	pthread_t tasks[NR_TASKS];
	char printk[64];
	int i, nr;

	if (!ASSERT_OK(console_silence(printk), "console level"))
		return;
	nr = start_tasks(tasks);
	for (i = 0; i < 3000 && !enough(skel); i++) {
		if (i % 4 == 0 && !ASSERT_OK(request_nmis(), "sysrq l"))
			break;
		usleep(20000);
	}
	join_tasks(tasks, nr);
	ASSERT_OK(console_restore(printk), "console level");
}

/* The frames of the program, and whatever it has interrupted */
static bool take_frames(struct stream_report_contexts *skel, const char **text, const char *name,
			enum report_place place, const char *line)
{
	return report_frame(text, "visit", line, SOURCE, skel->bss->places[place]) &&
	       report_frame(text, name, NULL, NULL, 0) && report_rest(text);
}

static int count_reports(struct stream_report_contexts *skel, const char *name, const char *text)
{
	int reports;

	for (reports = 0; *text; reports++) {
		if (!report_fault(&text, "READ", ABSENT))
			return -1;
		report_more(&text);
		if (!report_head(&text, 0) ||
		    !take_frames(skel, &text, name, AT_ACCESS, FAULT_LINE))
			return -1;
	}
	return reports;
}

static int count_dumps(struct stream_report_contexts *skel, const char *name, const char *text)
{
	int dumps;

	for (dumps = 0; *text; dumps++)
		if (!report_head(&text, 0) ||
		    !take_frames(skel, &text, name, AT_SUB, DUMP_LINE))
			return -1;
	return dumps;
}

static void check_level(struct stream_report_contexts *skel, struct bpf_program *prog,
			enum context_level level)
{
	int fd = bpf_program__fd(prog), reports = 0;
	__u64 runs = skel->bss->runs[level];
	struct text out = {}, err = {};

	ASSERT_GT(runs, 0, level_names[level]);
	ASSERT_EQ(skel->bss->failed[level], 0, level_names[level]);
	if (ASSERT_OK(text_read(&err, fd, STDERR, 1 << 16), "read") &&
	    ASSERT_OK(text_read(&out, fd, STDOUT, 1 << 16), "read")) {
		reports = count_reports(skel, bpf_program__name(prog), err.data);
		ASSERT_GE(reports, runs < REPORT_BURST ? runs : REPORT_BURST, level_names[level]);
		ASSERT_EQ(count_dumps(skel, bpf_program__name(prog), out.data), runs,
			  level_names[level]);
	}
	ASSERT_EQ(fdinfo_value(fd, "stderr_suppressed"), runs - reports,
		  level_names[level]);
	text_free(&out);
	text_free(&err);
}

void serial_test_stream_report_contexts(void)
{
	struct stream_report_contexts *skel = contexts_load();

	if (!skel)
		return;
	if (ASSERT_OK(stream_report_contexts__attach(skel), "attach")) {
		run_contexts(skel);
		stream_report_contexts__detach(skel);
		kern_sync_rcu();
		check_level(skel, skel->progs.in_task, TASK);
		check_level(skel, skel->progs.in_softirq, SOFTIRQ);
		check_level(skel, skel->progs.in_hardirq, HARDIRQ);
		check_level(skel, skel->progs.in_nmi, NMI);
		ASSERT_EQ(skel->bss->found, 0, "read from an absent page");
		ASSERT_GE(skel->bss->runs[NMI], MIN_NMIS, "runs in NMI");
	}
	stream_report_contexts__destroy(skel);
}

/* Load, run for a moment, and unload, while the tasks report on other CPUs. */
static bool generation(unsigned int nr, __u64 *runs)
{
	struct stream_report_contexts *skel = contexts_load();
	int i, fd;

	if (!skel)
		return false;
	ASSERT_OK(stream_report_contexts__attach(skel), "attach");
	usleep(nr % 8 * 1000);
	fd = bpf_program__fd(skel->progs.in_task);
	if (nr % 2)
		ASSERT_GE(stream_drain(fd, STDERR), 0, "read");
	for (i = 0; i < NR_LEVELS; i++) {
		runs[i] += skel->bss->runs[i];
		ASSERT_EQ(skel->bss->failed[i], 0, level_names[i]);
	}
	/* as the process would by exiting: nobody waits for programs that run */
	stream_report_contexts__destroy(skel);
	return true;
}

void serial_test_stream_report_unload(void)
{
	__u64 end = get_time_ns() + stress_seconds() * 1000000000ULL, runs[NR_LEVELS] = {};
	pthread_t tasks[NR_TASKS];
	unsigned int nr = 0;
	int started;

	started = start_tasks(tasks);
	while ((get_time_ns() < end || nr < 10) && generation(nr, runs))
		nr++;
	join_tasks(tasks, started);
	ASSERT_GE(nr, 10, "generations");
	ASSERT_GT(runs[TASK], 0, "runs in tasks");
	printf("%u generations, %llu runs in tasks, %llu in softirqs, %llu in hardirqs\n", nr,
	       runs[TASK], runs[SOFTIRQ], runs[HARDIRQ]);
}
