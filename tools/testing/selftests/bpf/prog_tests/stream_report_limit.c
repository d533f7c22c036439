// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What fails all the time is reported now and then, what is new always. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/sysinfo.h>
#include "stream_report_helpers.h"
#include "progs/stream_report_limit.h"
#include "stream_report_limit.skel.h"

#define ADDR 0x7a0020000000UL
#define ABSENT (ADDR + 4096)
#define THREADS 4
#define TIMES 1000

static struct stream_report_limit *limit_load(void)
{
	struct stream_report_limit *skel = stream_report_limit__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return NULL;
	skel->rodata->absent = ABSENT;
	if (ASSERT_OK(bpf_map__set_map_extra(skel->maps.arena, ADDR), "map_extra") &&
	    ASSERT_OK(stream_report_limit__load(skel), "load"))
		return skel;
	stream_report_limit__destroy(skel);
	return NULL;
}

static bool run(struct stream_report_limit *skel, __u32 times, __u32 places)
{
	struct report_limit_run args = { times, places };

	return ASSERT_OK(run_syscall(bpf_program__fd(skel->progs.fault), &args, sizeof(args)),
			 "run");
}

/* Reports in what there is to read, and the sum of those that they tell of. */
static int take_reports(struct stream_report_limit *skel, long long *told)
{
	struct text text = {};
	int reports = 0;
	const char *p;

	ASSERT_OK(text_read(&text, bpf_program__fd(skel->progs.fault), STDERR, 1 << 16), "read");
	for (p = text.data; p && (p = strstr(p, "ERROR: Arena READ")); p++)
		reports++;
	for (p = text.data; p && (p = strstr(p, "\nSeen ")); p++)
		*told += atoi(p + strlen("\nSeen "));
	text_free(&text);
	return reports;
}

static long long suppressed(struct stream_report_limit *skel)
{
	return fdinfo_value(bpf_program__fd(skel->progs.fault), "stderr_suppressed");
}

/* A flood has a burst of reports; the next one tells how many there were beside. */
static void test_flood(struct stream_report_limit *skel)
{
	long long told = 0, total = TIMES;
	int reports;

	run(skel, TIMES, 0);
	reports = take_reports(skel, &told);
	ASSERT_GE(reports, REPORT_BURST, "reports of a flood");
	ASSERT_LT(reports, TIMES / 2, "reports of a flood");
	ASSERT_EQ(reports + suppressed(skel), total, "reports and suppressed");
	while (!told && run(skel, 1, 0)) {
		total++;
		reports += take_reports(skel, &told);
		usleep(10000);
	}
	ASSERT_EQ(told, suppressed(skel), "told of");
	ASSERT_EQ(reports + suppressed(skel), total, "reports and suppressed");
}

/* In the middle of a flood, each fault in another place is reported. */
static void test_new_places(struct stream_report_limit *skel)
{
	long long told = 0;
	int reports;

	run(skel, TIMES, 1);
	reports = take_reports(skel, &told);
	ASSERT_GE(reports, REPORT_BURST + REPORT_LIMIT_PLACES, "reports");
	ASSERT_EQ(reports + suppressed(skel), TIMES + REPORT_LIMIT_PLACES,
		  "reports and suppressed");
}

static void *run_flood(void *skel)
{
	run(skel, TIMES, 0);
	return NULL;
}

/* Each fault is reported or counted, however many CPUs have it. */
static void test_cpus(struct stream_report_limit *skel)
{
	pthread_t threads[THREADS];
	long long told = 0;
	int i, reports;

	for (i = 0; i < THREADS; i++)
		if (!ASSERT_OK(pthread_create(&threads[i], NULL, run_flood, skel), "thread"))
			break;
	while (i--)
		pthread_join(threads[i], NULL);
	reports = take_reports(skel, &told);
	ASSERT_GE(reports, REPORT_BURST, "reports");
	ASSERT_EQ(reports + suppressed(skel), THREADS * TIMES, "reports and suppressed");
	ASSERT_LE(told, suppressed(skel), "told of");
}

static const struct {
	const char *name;
	void (*run)(struct stream_report_limit *skel);
} cases[] = {
	{ "flood", test_flood },
	{ "new_places", test_new_places },
	{ "cpus", test_cpus },
};

void test_stream_report_limit(void)
{
	struct stream_report_limit *skel;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!test__start_subtest(cases[i].name))
			continue;
		skel = limit_load();
		if (!skel)
			continue;
		cases[i].run(skel);
		stream_report_limit__destroy(skel);
	}
}
