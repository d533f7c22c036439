// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Loops that end by time, in every kind of program and context, and what they report. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include "context_helpers.h"
#include "may_goto_helpers.h"
#include "stream_helpers.h"
#include "network_helpers.h"
#include "cgroup_helpers.h"
#include "progs/may_goto.h"
#include "may_goto_ext.skel.h"
#include "may_goto.skel.h"
#include "may_goto_timed.skel.h"
#include "may_goto_timed_contexts.skel.h"

#define REPORT	"ERROR: Timeout detected for may_goto instruction\n"

/* Take a report from the front of the text. It ends with an empty line. */
static const char *skip_report(const char *text, const char *line)
{
	const char *trace, *end, *found;
	int cpu, uid, pid, fields, n = 0;
	char comm[32];

	if (!ASSERT_STRNEQ(text, REPORT, strlen(REPORT), "report"))
		return NULL;
	text += strlen(REPORT);
	fields = sscanf(text, "CPU: %d UID: %d PID: %d Comm: %31[^\n]%n", &cpu, &uid, &pid, comm,
			&n);
	if (!ASSERT_EQ(fields, 4, "where and who"))
		return NULL;
	trace = text + n;
	if (!ASSERT_STRNEQ(trace, "\nCall trace:\n", 13, "trace"))
		return NULL;
	end = strstr(trace, "\n\n");
	if (!ASSERT_OK_PTR(end, "end of the trace"))
		return NULL;
	found = strstr(trace, line);
	if (!ASSERT_TRUE(found && found < end, line))
		return NULL;
	return end + 2;
}

static void check_reports(const struct bpf_program *prog, int n, const char *line)
{
	struct text text = {};
	const char *p;

	if (!ASSERT_OK(text_read(&text, bpf_program__fd(prog), STDERR, 4096), "read"))
		return;
	for (p = text.data; p && n; n--)
		p = skip_report(p, line);
	if (!ASSERT_OK(n, "reports missing") || (p && !ASSERT_STREQ(p, "", "end")))
		printf("%s: '%s'\n", bpf_program__name(prog), text.data ?: "");
	text_free(&text);
}

static void check_loop(const struct may_goto_timed *skel, const struct bpf_program *prog,
		       int calls)
{
	char line[128];

	snprintf(line, sizeof(line), "\n  for (i = 0; can_loop; i++) @ may_goto_timed.c:%d\n",
		 skel->bss->line);
	if (!ASSERT_TRUE(may_goto_ended(skel->bss->count, calls), "ended"))
		printf("%ld iterations\n", skel->bss->count);
	check_reports(prog, calls, line);
}

static void run_program(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run");
}

static int run_packet(const struct bpf_program *prog)
{
	__u32 retval = -1;

	ASSERT_OK(run_skb(bpf_program__fd(prog), &pkt_v4, sizeof(pkt_v4), &retval), "run");
	return retval;
}

/* How programs are made to run */

static void on_syscall(struct bpf_program *prog)
{
	run_program(prog);
}

static void on_packet(struct bpf_program *prog)
{
	run_packet(prog);
}

static void on_getpgid(struct bpf_program *prog)
{
	struct bpf_link *link = bpf_program__attach(prog);

	if (ASSERT_OK_PTR(link, "attach"))
		syscall(__NR_getpgid, 0);
	bpf_link__destroy(link);
}

static void on_open(struct bpf_program *prog)
{
	struct bpf_link *link = bpf_program__attach(prog);
	int fd;

	if (!ASSERT_OK_PTR(link, "attach"))
		return;
	fd = open("/proc/self/stat", O_RDONLY);
	ASSERT_GE(fd, 0, "open");
	close(fd);
	bpf_link__destroy(link);
}

static void on_clock(struct bpf_program *prog)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = 1000,
	};
	int i, fd = syscall(__NR_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	struct bpf_link *link;

	if (!ASSERT_GE(fd, 0, "perf_event_open"))
		return;
	link = bpf_program__attach_perf_event(prog, fd);
	if (ASSERT_OK_PTR(link, "attach"))
		for (i = 0; i < 100000; i++)
			syscall(__NR_getpgid, 0);
	bpf_link__destroy(link);
}

static void on_iter(struct bpf_program *prog)
{
	struct bpf_link *link = bpf_program__attach_iter(prog, NULL);
	char buf[64];
	int fd;

	if (!ASSERT_OK_PTR(link, "attach"))
		return;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (ASSERT_GE(fd, 0, "bpf_iter_create"))
		ASSERT_EQ(read(fd, buf, sizeof(buf)), 0, "read");
	close(fd);
	bpf_link__destroy(link);
}

static void on_send(struct bpf_program *prog)
{
	int cgroup = test__join_cgroup("/may_goto_timed"), server, client;
	struct bpf_link *link = NULL;

	if (!ASSERT_GE(cgroup, 0, "cgroup"))
		return;
	server = start_server(AF_INET, SOCK_DGRAM, "127.0.0.1", 0, 3000);
	client = connect_to_fd(server, 3000);
	link = bpf_program__attach_cgroup(prog, cgroup);
	if (ASSERT_OK_PTR(link, "attach"))
		ASSERT_EQ(send(client, "abc", 3, 0), 3, "send");
	bpf_link__destroy(link);
	close(client);
	close(server);
	close(cgroup);
}

static void on_socket(struct bpf_program *prog)
{
	int cgroup = test__join_cgroup("/may_goto_timed"), fd;
	struct bpf_link *link;

	if (!ASSERT_GE(cgroup, 0, "cgroup"))
		return;
	link = bpf_program__attach_cgroup(prog, cgroup);
	if (ASSERT_OK_PTR(link, "attach")) {
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		ASSERT_GE(fd, 0, "socket");
		close(fd);
	}
	bpf_link__destroy(link);
	close(cgroup);
}

static const struct {
	const char *name;
	void (*trigger)(struct bpf_program *prog);
} kinds[] = {
	{ "xdp", on_packet },
	{ "tc", on_packet },
	{ "socket", on_packet },
	{ "timer", on_packet },
	{ "spin_lock", on_packet },
	{ "syscall", on_syscall },
	{ "perf_event", on_clock },
	{ "cgroup_skb", on_send },
	{ "cgroup_sock", on_socket },
	{ "raw_tp", on_getpgid },
	{ "tp_btf", on_getpgid },
	{ "tracepoint", on_getpgid },
	{ "kprobe", on_getpgid },
	{ "kretprobe", on_getpgid },
	{ "kprobe_multi", on_getpgid },
	{ "fentry", on_getpgid },
	{ "fexit", on_getpgid },
	{ "fentry_sleepable", on_getpgid },
	{ "lsm", on_open },
	{ "lsm_sleepable", on_open },
	{ "iter", on_iter },
};

/* Load nothing but the programs named, the second may be NULL. */
static struct may_goto_timed *load(const char *name, const char *also)
{
	struct may_goto_timed *skel = may_goto_timed__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return NULL;
	skel->bss->pid = getpid();
	skel->bss->armed = 1;
	autoload_only(skel->obj, name, also);
	if (!ASSERT_OK(may_goto_timed__load(skel), "load")) {
		may_goto_timed__destroy(skel);
		return NULL;
	}
	return skel;
}

static void wait_for_count(struct may_goto_timed *skel)
{
	int i;

	for (i = 0; i < 1000 && !*(volatile long *)&skel->bss->count; i++)
		usleep(10000);
}

static void test_kind(int i)
{
	struct may_goto_timed *skel;
	struct bpf_program *prog;
	char name[64];

	snprintf(name, sizeof(name), "on_%s", kinds[i].name);
	skel = load(name, NULL);
	if (!skel)
		return;
	prog = bpf_object__find_program_by_name(skel->obj, name);
	kinds[i].trigger(prog);
	wait_for_count(skel);
	check_loop(skel, prog, 1);
	may_goto_timed__destroy(skel);
}

static void test_nested(void)
{
	struct may_goto_timed *skel = load("nested", NULL);

	if (!skel)
		return;
	run_program(skel->progs.nested);
	ASSERT_TRUE(may_goto_ended(skel->bss->count, 3), "ended");
	ASSERT_EQ(skel->bss->damaged, 0, "bytes damaged");
	check_reports(skel->progs.nested, 3, "for (i = 0; can_loop; i++) @ may_goto_timed.c:");
	may_goto_timed__destroy(skel);
}

static void test_callbacks(void)
{
	struct may_goto_timed *skel = load("callbacks", NULL);

	if (!skel)
		return;
	run_program(skel->progs.callbacks);
	check_loop(skel, skel->progs.callbacks, 4);
	may_goto_timed__destroy(skel);
}

static void test_loop_in_loop(void)
{
	struct may_goto_timed *skel = load("loop_in_loop", NULL);

	if (!skel)
		return;
	run_program(skel->progs.loop_in_loop);
	ASSERT_TRUE(may_goto_ended(skel->bss->count, 1), "ended");
	check_reports(skel->progs.loop_in_loop, 1, " @ may_goto_timed.c:");
	may_goto_timed__destroy(skel);
}

static bool set_tail(struct may_goto_timed *skel, const struct bpf_program *prog)
{
	int key = 0, fd = bpf_program__fd(prog);

	return ASSERT_OK(bpf_map_update_elem(bpf_map__fd(skel->maps.table), &key, &fd, 0),
			 "update");
}

static void test_tail_call(void)
{
	struct may_goto_timed *skel = load("tail_caller", "tail");

	if (!skel)
		return;
	if (set_tail(skel, skel->progs.tail)) {
		ASSERT_EQ(run_packet(skel->progs.tail_caller), 7, "return value");
		ASSERT_TRUE(may_goto_ended(skel->bss->count, 2), "ended");
		check_reports(skel->progs.tail_caller, 1, " @ may_goto_timed.c:");
		check_reports(skel->progs.tail, 1, " @ may_goto_timed.c:");
	}
	may_goto_timed__destroy(skel);
}

/* Programs that call themselves as often as they may: who counts that is not disturbed. */
static void test_tail_again(const char *name, int loops)
{
	struct may_goto_timed *skel = load(name, NULL);
	struct bpf_program *prog;

	if (!skel)
		return;
	prog = bpf_object__find_program_by_name(skel->obj, name);
	if (set_tail(skel, prog)) {
		ASSERT_EQ(run_packet(prog), 8, "return value");
		ASSERT_EQ(skel->bss->count, 34L * loops * CLOCK_LOOPS, "iterations");
		check_reports(prog, 0, "");
	}
	may_goto_timed__destroy(skel);
}

static void test_registers(const char *name)
{
	struct may_goto_timed *skel = load(name, NULL);
	struct bpf_program *prog;
	__u64 regs[10];
	int i;

	if (!skel)
		return;
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		regs[i] = 0x9123456789abcdefULL * (2 * i + 1);
	memcpy(skel->bss->regs, regs, sizeof(regs));
	prog = bpf_object__find_program_by_name(skel->obj, name);
	ASSERT_EQ(run_packet(prog), 7, "return value");
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		ASSERT_EQ(skel->bss->regs[i], regs[i], "register");
	check_reports(prog, 1, "bpf_prog_");
	may_goto_timed__destroy(skel);
}

static void *call_getpgid(void *arg)
{
	syscall(__NR_getpgid, 0);
	return NULL;
}

/* Nobody but the CPU has the program any more when its loop is ended. */
static void test_unload(void)
{
	struct may_goto_timed *skel = load("on_raw_tp", NULL);
	struct bpf_link *link;
	pthread_t thread;

	if (!skel)
		return;
	link = bpf_program__attach(skel->progs.on_raw_tp);
	if (!ASSERT_OK_PTR(link, "attach") ||
	    !ASSERT_OK(pthread_create(&thread, NULL, call_getpgid, NULL), "thread"))
		goto out;
	while (*(volatile int *)&skel->bss->armed)
		;
	bpf_link__destroy(link);
	link = NULL;
	bpf_program__unload(skel->progs.on_raw_tp);
	pthread_join(thread, NULL);
	ASSERT_TRUE(may_goto_ended(skel->bss->count, 1), "ended");
out:
	bpf_link__destroy(link);
	may_goto_timed__destroy(skel);
}

static void test_freplace(void)
{
	struct may_goto *skel = may_goto__open_and_load();
	struct may_goto_ext *ext = may_goto_ext__open();
	struct bpf_link *link = NULL;

	if (!ASSERT_OK_PTR(skel, "load") || !ASSERT_OK_PTR(ext, "open"))
		goto out;
	if (!ASSERT_OK(bpf_program__set_attach_target(ext->progs.replacement,
						      bpf_program__fd(skel->progs.calls_replaced),
						      "replaced"), "target") ||
	    !ASSERT_OK(may_goto_ext__load(ext), "load"))
		goto out;
	link = bpf_program__attach(ext->progs.replacement);
	if (!ASSERT_OK_PTR(link, "attach"))
		goto out;
	run_packet(skel->progs.calls_replaced);
	check_reports(ext->progs.replacement, 1, " @ may_goto_ext.c:");
	check_reports(skel->progs.calls_replaced, 0, "");
out:
	bpf_link__destroy(link);
	may_goto_ext__destroy(ext);
	may_goto__destroy(skel);
}

static void test_functions(void)
{
	if (test__start_subtest("nested"))
		test_nested();
	if (test__start_subtest("callbacks"))
		test_callbacks();
	if (test__start_subtest("loop_in_loop"))
		test_loop_in_loop();
	if (test__start_subtest("tail_call"))
		test_tail_call();
	if (test__start_subtest("tail_again"))
		test_tail_again("tail_again", 1);
	if (test__start_subtest("tail_from_function"))
		test_tail_again("tail_from_function", 2);
	if (test__start_subtest("registers"))
		test_registers("registers");
	if (test__start_subtest("registers_and_tail"))
		test_registers("registers_and_tail");
	if (test__start_subtest("freplace"))
		test_freplace();
}

/* Serial: it uses the loopback of the initial network namespace. */
void serial_test_may_goto_timed(void)
{
	int i;

	if (!may_goto_is_timed()) {
		test__skip();
		return;
	}
	if (!ASSERT_OK(bring_up_loopback(), "bring_up_loopback"))
		return;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (test__start_subtest(kinds[i].name))
			test_kind(i);
	if (test__start_subtest("unload"))
		test_unload();
	test_functions();
}

void serial_test_may_goto_timed_hardened(void)
{
	struct sysctl sysctl;

	if (!may_goto_is_timed()) {
		test__skip();
		return;
	}
	if (!ASSERT_OK(sysctl_set(&sysctl, "net/core/bpf_jit_harden", 2), "sysctl"))
		return;
	test_functions();
	sysctl_restore(&sysctl);
}

/* What an interpreter runs has no clock, and no streams for reports. */
void serial_test_may_goto_timed_interpreter(void)
{
	struct may_goto_timed *skel;
	struct sysctl sysctl;
	int fd;

	if (!ASSERT_OK(sysctl_set(&sysctl, "net/core/bpf_jit_enable", 0), "sysctl"))
		return;
	skel = load("on_tc", NULL);
	if (skel) {
		fd = bpf_program__fd(skel->progs.on_tc);
		run_packet(skel->progs.on_tc);
		ASSERT_EQ(skel->bss->count, MAX_LOOPS, "iterations");
		ASSERT_EQ(fdinfo_value(fd, "stderr_queued"), -1, "streams");
		check_reports(skel->progs.on_tc, 0, "");
	}
	may_goto_timed__destroy(skel);
	sysctl_restore(&sysctl);
}

static bool all_looped(struct may_goto_timed_contexts *skel)
{
	volatile long *count = skel->bss->count;

	return count[TASK] && count[SOFTIRQ] && count[HARDIRQ] && count[NMI];
}

/* One loop in each, and the machine goes on. */
void serial_test_may_goto_timed_contexts(void)
{
	struct may_goto_timed_contexts *skel;
	char printk[64];
	int i;

	if (!may_goto_is_timed()) {
		test__skip();
		return;
	}
	skel = may_goto_timed_contexts__open();
	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	skel->rodata->target_tgid = getpid();
	skel->rodata->target_syscall = __NR_getpgid;
	for (i = 0; i < NR_LEVELS; i++)
		skel->bss->armed[i] = 1;
	if (!ASSERT_OK(may_goto_timed_contexts__load(skel), "load") ||
	    !ASSERT_OK(may_goto_timed_contexts__attach(skel), "attach") ||
	    !ASSERT_OK(console_silence(printk), "console level"))
		goto out;
	syscall(__NR_getpgid, 0);
	for (i = 0; i < 500 && !all_looped(skel); i++) {
		if (!skel->bss->count[NMI])
			ASSERT_OK(request_nmis(), "sysrq l");
		usleep(20000);
	}
	ASSERT_OK(console_restore(printk), "console level");
	for (i = 0; i < NR_LEVELS; i++)
		ASSERT_TRUE(may_goto_ended(skel->bss->count[i], 1), level_names[i]);
	check_reports(skel->progs.in_task, 1, " @ may_goto_timed_contexts.c:");
	check_reports(skel->progs.in_softirq, 1, " @ may_goto_timed_contexts.c:");
	check_reports(skel->progs.in_hardirq, 1, " @ may_goto_timed_contexts.c:");
	check_reports(skel->progs.in_nmi, 1, " @ may_goto_timed_contexts.c:");
out:
	may_goto_timed_contexts__destroy(skel);
}
