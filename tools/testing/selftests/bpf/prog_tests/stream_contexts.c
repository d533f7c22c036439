// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include "context_helpers.h"
#include "stream_helpers.h"
#include "network_helpers.h"
#include "stream_contexts.skel.h"

#define MAX_CPUS	64
#define CALLS		6000	/* per CPU */

struct busy_task {
	pthread_t thread;
	int cpu;
	int udp;	/* sends to itself */
};

/* Messages of softirqs that may wait for the reader: a stream holds many more. */
#define MAX_QUEUED 20000

static volatile bool finished;
static volatile __u64 *softirqs_tried;
static volatile __u64 softirqs_read;
static volatile int busy;	/* tasks that are not through their calls yet */

/* Print from this CPU's tasks and make softirqs run on it, till the end. */
static void *run_busy_task(void *arg)
{
	struct busy_task *task = arg;
	char buf[8] = {};
	int i;

	pin_to_cpu(task->cpu);
	for (i = 0; !finished; i++) {
		if (i < CALLS)
			syscall(__NR_getpgid, 0);
		if (i == CALLS)
			__sync_fetch_and_sub(&busy, 1);
		if (i % 64 == 0 && *softirqs_tried - softirqs_read < MAX_QUEUED &&
		    send(task->udp, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			recv(task->udp, buf, sizeof(buf), MSG_DONTWAIT);
	}
	return NULL;
}

static int udp_to_itself(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (void *)&addr, len) || getsockname(fd, (void *)&addr, &len) ||
	    connect(fd, (void *)&addr, len))
		return -1;
	return fd;
}

/* What has been read so far, and the next number of each CPU and level. */
struct reader {
	struct text text;
	__u64 lines[NR_LEVELS];
	__u32 next[MAX_CPUS][NR_LEVELS];
};

/* Check the complete lines and keep the beginning of one that is not. */
static bool reader_parse(struct reader *r)
{
	unsigned int level, cpu, number;
	char *line = r->text.data, *end;

	while (line && (end = strchr(line, '\n'))) {
		*end = 0;
		if (sscanf(line, "level %u cpu %u number %u", &level, &cpu, &number) != 3 ||
		    level >= NR_LEVELS || cpu >= MAX_CPUS || number != r->next[cpu][level]) {
			PRINT_FAIL("unexpected line '%s'\n", line);
			return false;
		}
		r->next[cpu][level]++;
		r->lines[level]++;
		line = end + 1;
	}
	if (line) {
		r->text.len -= line - r->text.data;
		memmove(r->text.data, line, r->text.len + 1);
	}
	return true;
}

static bool reader_read(struct reader *r, int fd)
{
	return ASSERT_OK(text_read(&r->text, fd, STDOUT, 1 << 16), "read") && reader_parse(r);
}

static int open_cpu_clock(int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = 500,
	};

	return syscall(__NR_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static bool enough(struct stream_contexts *skel)
{
	volatile __u64 *tried = skel->bss->tried;

	return !busy && tried[SOFTIRQ] && tried[HARDIRQ] && tried[NMI] >= MIN_NMIS &&
	       *(volatile __u64 *)&skel->bss->perf_tried;
}

/* Read both programs' streams and ask for NMIs until all contexts have printed. */
static void run_contexts(struct stream_contexts *skel, struct reader *r, struct reader *clock)
{
	int fd = bpf_program__fd(skel->progs.print_context);
	int clock_fd = bpf_program__fd(skel->progs.cpu_clock);
	char printk[64];
	int i;

	if (!ASSERT_OK(console_silence(printk), "console level"))
		return;
	for (i = 0; i < 6000 && !enough(skel); i++) {
		if (i % 4 == 0 && skel->bss->tried[NMI] < 4 * MIN_NMIS &&
		    !ASSERT_OK(request_nmis(), "sysrq l"))
			break;
		if (!reader_read(r, fd) || !reader_read(clock, clock_fd))
			break;
		softirqs_read = r->lines[SOFTIRQ];
		usleep(20000);
	}
	ASSERT_OK(console_restore(printk), "console level");
}

static void check_counts(struct stream_contexts *skel, struct reader *r, struct reader *clock,
			 int nr_tasks)
{
	__u64 *tried = skel->bss->tried;
	int i;

	for (i = 0; i < NR_LEVELS; i++) {
		ASSERT_EQ(skel->bss->lost[i], 0, level_names[i]);
		ASSERT_EQ(skel->bss->last_err[i], 0, level_names[i]);
		ASSERT_EQ(r->lines[i], tried[i], level_names[i]);
	}
	ASSERT_EQ(tried[TASK], (__u64)nr_tasks * CALLS, "messages of tasks");
	ASSERT_GT(tried[SOFTIRQ], 0, "messages of softirqs");
	ASSERT_GT(tried[HARDIRQ], 0, "messages of hardirqs");
	ASSERT_GE(tried[NMI], MIN_NMIS, "messages of NMIs");

	ASSERT_EQ(skel->bss->perf_lost, 0, "messages of perf that were lost");
	ASSERT_GT(skel->bss->perf_tried, 0, "messages of perf");
	ASSERT_EQ(clock->lines[HARDIRQ], skel->bss->perf_tried, "messages of perf in hardirq");
}

/* Not one message is lost, whatever context interrupts which. */
void serial_test_stream_contexts(void)
{
	static struct reader r, clock;
	static struct busy_task tasks[MAX_CPUS];
	struct bpf_link *clocks[MAX_CPUS] = {};
	struct stream_contexts *skel;
	int i, fd, nr_cpus = get_nprocs(), started = 0;
	__u32 key = 0;

	memset(&r, 0, sizeof(r));
	memset(&clock, 0, sizeof(clock));
	finished = false;
	if (!ASSERT_OK(bring_up_loopback(), "bring_up_loopback") ||
	    !ASSERT_LE(nr_cpus, MAX_CPUS, "CPUs"))
		return;
	skel = stream_contexts__open();
	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	skel->rodata->target_tgid = getpid();
	skel->rodata->target_syscall = __NR_getpgid;
	bpf_program__set_autoattach(skel->progs.print_context, false);
	bpf_program__set_autoattach(skel->progs.cpu_clock, false);
	if (!ASSERT_OK(stream_contexts__load(skel), "load"))
		goto out;
	fd = bpf_program__fd(skel->progs.print_context);
	if (!ASSERT_OK(bpf_map_update_elem(bpf_map__fd(skel->maps.printer), &key, &fd, BPF_ANY),
		       "update"))
		goto out;

	for (i = 0; i < nr_cpus; i++) {
		clocks[i] = bpf_program__attach_perf_event(skel->progs.cpu_clock,
							   open_cpu_clock(i));
		if (!ASSERT_OK_PTR(clocks[i], "attach of a clock"))
			goto out;
	}
	if (!ASSERT_OK(stream_contexts__attach(skel), "attach"))
		goto out;
	softirqs_tried = &skel->bss->tried[SOFTIRQ];
	softirqs_read = 0;
	busy = nr_cpus;
	for (started = 0; started < nr_cpus; started++) {
		struct busy_task *task = &tasks[started];

		task->cpu = started;
		task->udp = udp_to_itself();
		if (!ASSERT_GE(task->udp, 0, "socket") ||
		    !ASSERT_OK(pthread_create(&task->thread, NULL, run_busy_task, task), "thread"))
			break;
	}
	if (started == nr_cpus)
		run_contexts(skel, &r, &clock);
	finished = true;
	for (i = 0; i < started; i++) {
		pthread_join(tasks[i].thread, NULL);
		close(tasks[i].udp);
	}
	stream_contexts__detach(skel);
	for (i = 0; i < nr_cpus; i++) {
		bpf_link__destroy(clocks[i]);
		clocks[i] = NULL;
	}
	kern_sync_rcu();
	if (started == nr_cpus && reader_read(&r, fd) &&
	    reader_read(&clock, bpf_program__fd(skel->progs.cpu_clock))) {
		ASSERT_EQ(r.text.len + clock.text.len, 0, "bytes behind the last line");
		check_counts(skel, &r, &clock, nr_cpus);
	}
out:
	for (i = 0; i < nr_cpus; i++)
		bpf_link__destroy(clocks[i]);
	text_free(&r.text);
	text_free(&clock.text);
	stream_contexts__destroy(skel);
}
