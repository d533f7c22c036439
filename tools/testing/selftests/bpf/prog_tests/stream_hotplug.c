// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What a CPU has to say when it goes down, and when it comes up, is heard. */

#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include "context_helpers.h"
#include "stream_fd_helpers.h"
#include "stream_hotplug.skel.h"
#include "progs/stream_hotplug.h"

#define ONLINE "/sys/devices/system/cpu/cpu%d/online"
#define OPTIMIZE "/proc/sys/debug/kprobes-optimization"
#define LISTED "/sys/kernel/debug/kprobes/list"

/* Behind the call of __fentry__(): the probe is not one of ftrace. */
#define BEHIND_FENTRY 5

static int cpu_switch(int cpu, int on)
{
	char path[64];

	snprintf(path, sizeof(path), ONLINE, cpu);
	return write_number(path, on);
}

/* Tracepoints keep quiet on a CPU that is not online. */
enum { FENTRY, KPROBE_FTRACE, KPROBE_INT3, KPROBE_OPTIMIZED, NR_WAYS };

static const char * const way_names[] = {
	"fentry", "kprobe by ftrace", "kprobe by int3", "kprobe by jump",
};

static struct bpf_program *way_program(struct stream_hotplug *skel, int way)
{
	return way == FENTRY ? skel->progs.down_fentry : skel->progs.down_kprobe;
}

static bool kprobe_is_optimized(void)
{
	static char list[1 << 16];
	int i;

	for (i = 0; i < 100; i++) {
		/* The list says so when it is decided; the code follows a few ticks later. */
		if (i >= 10 && !read_text(LISTED, list, sizeof(list)) &&
		    strstr(list, "[OPTIMIZED]"))
			return true;
		usleep(50000);
	}
	return false;
}

static struct bpf_link *way_attach(struct stream_hotplug *skel, int way)
{
	struct bpf_program *prog = way_program(skel, way);
	int offset = way == KPROBE_FTRACE ? 0 : BEHIND_FENTRY;
	LIBBPF_OPTS(bpf_kprobe_opts, opts, .offset = offset);
	struct bpf_link *link;

	if (way == FENTRY)
		return bpf_program__attach(prog);
	ASSERT_OK(write_number(OPTIMIZE, way == KPROBE_OPTIMIZED), "kprobes-optimization");
	link = bpf_program__attach_kprobe_opts(prog, "rcutree_dying_cpu", &opts);
	if (way == KPROBE_OPTIMIZED)
		ASSERT_TRUE(kprobe_is_optimized(), "optimized");
	return link;
}

static void check_action(struct stream_hotplug *skel, int way)
{
	ASSERT_EQ(skel->bss->action, HOTPLUG_NOTHING, "ran");
	ASSERT_OK(skel->bss->err, "error of the program");
	/* int3 is like an NMI */
	ASSERT_EQ(skel->bss->level == NMI, way == KPROBE_INT3, "in NMI");
}

/*
 * The reader is woken, and the streams, which close() puts last, do not wait for
 * the CPU for ever.
 */
static void print_way(struct stream_hotplug *skel, int way)
{
	int fd = stream_open(bpf_program__fd(way_program(skel, way)), STDOUT, 0);
	struct bpf_link *link = way_attach(skel, way);
	struct blocked_read r;

	if (ASSERT_OK_PTR(link, "attach") && blocked_read_start(&r, fd)) {
		skel->bss->action = HOTPLUG_PRINT;
		ASSERT_OK(cpu_switch(1, 0), "CPU down");
		check_action(skel, way);
		ASSERT_EQ(blocked_read_join(&r), strlen("hotplug\n"), way_names[way]);
		ASSERT_OK(cpu_switch(1, 1), "CPU up");
	}
	bpf_link__destroy(link);
	close(fd);
}

static void test_print(struct stream_hotplug *skel)
{
	int way, fd;

	for (way = 0; way < NR_WAYS; way++)
		print_way(skel, way);
	fd = stream_open(bpf_program__fd(skel->progs.down_kprobe), STDOUT, 0);
	bpf_program__unload(skel->progs.down_kprobe);
	wait_for_hangup(fd);
	ASSERT_OK(close(fd), "last put");
}

/* The same for those who wait for a ring. */
static void ring_way(struct stream_hotplug *skel, int way, int todo, struct bpf_map *map,
		     __u32 events)
{
	struct epoll_event event = { .events = events | EPOLLET };
	struct bpf_link *link = way_attach(skel, way);
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, bpf_map__fd(map), &event), "epoll_ctl");
	while (epoll_wait(epoll, &event, 1, 0) > 0)
		;
	if (ASSERT_OK_PTR(link, "attach")) {
		skel->bss->action = todo;
		ASSERT_OK(cpu_switch(1, 0), "CPU down");
		check_action(skel, way);
		ASSERT_EQ(epoll_wait(epoll, &event, 1, 10000), 1, way_names[way]);
		ASSERT_OK(cpu_switch(1, 1), "CPU up");
	}
	bpf_link__destroy(link);
	close(epoll);
}

static void test_user_ring(struct stream_hotplug *skel)
{
	int way;

	for (way = 0; way < NR_WAYS; way++)
		ring_way(skel, way, HOTPLUG_DRAIN, skel->maps.user_ring, EPOLLOUT);
}

static void test_ring(struct stream_hotplug *skel)
{
	int way;

	for (way = 0; way < NR_WAYS; way++)
		ring_way(skel, way, HOTPLUG_OUTPUT, skel->maps.ring, EPOLLIN);
}

/* The interrupt that a CPU sends itself before its APIC is on gets lost. */
static void test_up(struct stream_hotplug *skel)
{
	int fd = stream_open(bpf_program__fd(skel->progs.up_fentry), STDOUT, 0);
	struct bpf_link *link = bpf_program__attach(skel->progs.up_fentry);
	struct blocked_read r;
	int i;

	if (!ASSERT_OK_PTR(link, "attach"))
		return;
	for (i = 0; i < 3 && blocked_read_start(&r, fd); i++) {
		ASSERT_OK(cpu_switch(1, 0), "CPU down");
		skel->bss->action = HOTPLUG_PRINT;
		ASSERT_OK(cpu_switch(1, 1), "CPU up");
		ASSERT_EQ(skel->bss->action, HOTPLUG_NOTHING, "ran");
		ASSERT_OK(skel->bss->err, "print");
		ASSERT_EQ(blocked_read_join(&r), strlen("hotplug\n"), "read");
	}
	bpf_link__destroy(link);
	close(fd);
}

/* --- All at once --- */

struct load {
	pthread_t thread;
	struct bpf_program *prog;
	int fd;
	__u64 bytes;
	int err;
};

static volatile bool load_over;

static void *run_load_reader(void *arg)
{
	struct load *load = arg;
	static __thread char buf[1 << 16];
	int n;

	do {
		n = fd_read(load->fd, buf, sizeof(buf));
		load->bytes += n > 0 ? n : 0;
	} while (n > 0);
	load->err = n;
	return NULL;
}

static void *run_caller(void *arg)
{
	while (!load_over) {
		syscall(__NR_getpgid, 0);
		usleep(100);
	}
	return NULL;
}

static struct bpf_link *perf_links[64];

static void attach_perf(struct stream_hotplug *skel)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = 200,
	};
	int cpu, fd;

	for (cpu = 0; cpu < get_nprocs() && cpu < ARRAY_SIZE(perf_links); cpu++) {
		fd = syscall(__NR_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
		if (!ASSERT_GE(fd, 0, "perf_event_open"))
			continue;
		perf_links[cpu] = bpf_program__attach_perf_event(skel->progs.load_perf, fd);
		ASSERT_OK_PTR(perf_links[cpu], "attach");
	}
}

static void detach_perf(void)
{
	int cpu;

	for (cpu = 0; cpu < ARRAY_SIZE(perf_links); cpu++) {
		bpf_link__destroy(perf_links[cpu]);
		perf_links[cpu] = NULL;
	}
}

static void attach_load(struct stream_hotplug *skel)
{
	LIBBPF_OPTS(bpf_kprobe_opts, behind, .offset = BEHIND_FENTRY);

	write_number(OPTIMIZE, 0);
	skel->links.in_task = bpf_program__attach(skel->progs.in_task);
	skel->links.in_softirq = bpf_program__attach(skel->progs.in_softirq);
	skel->links.in_hardirq = bpf_program__attach(skel->progs.in_hardirq);
	skel->links.in_nmi = bpf_program__attach(skel->progs.in_nmi);
	skel->links.load_fentry = bpf_program__attach(skel->progs.load_fentry);
	skel->links.load_kprobe = bpf_program__attach_kprobe(skel->progs.load_kprobe, false,
							     "rcutree_dying_cpu");
	skel->links.load_int3 = bpf_program__attach_kprobe_opts(skel->progs.load_int3,
								"rcutree_dying_cpu", &behind);
	ASSERT_OK_PTR(skel->links.load_int3, "attach");
	attach_perf(skel);
}

static void switch_cpus(void)
{
	time_t end = time(NULL) + stress_seconds();
	int cpus = get_nprocs(), i;
	char printk[64];

	ASSERT_OK(console_silence(printk), "console level");
	for (i = 0; time(NULL) < end; i++) {
		ASSERT_OK(cpu_switch(1 + i % (cpus - 1), 0), "CPU down");
		request_nmis();
		ASSERT_OK(cpu_switch(1 + i % (cpus - 1), 1), "CPU up");
	}
	ASSERT_OK(console_restore(printk), "console level");
	ASSERT_GT(i, 2, "rounds");
}

/* Each byte that was printed is read, each reader finds the end. */
static void test_stress(struct stream_hotplug *unused)
{
	struct stream_hotplug *skel = stream_hotplug__open();
	struct load loads[8] = {};
	pthread_t caller;
	__u64 printed[8];
	int i;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	skel->rodata->target_tgid = getpid();
	skel->rodata->target_syscall = __NR_getpgid;
	if (!ASSERT_OK(stream_hotplug__load(skel), "load"))
		return;
	loads[0].prog = skel->progs.in_task;
	loads[1].prog = skel->progs.in_softirq;
	loads[2].prog = skel->progs.in_hardirq;
	loads[3].prog = skel->progs.in_nmi;
	loads[4].prog = skel->progs.load_perf;
	loads[5].prog = skel->progs.load_kprobe;
	loads[6].prog = skel->progs.load_int3;
	loads[7].prog = skel->progs.load_fentry;
	load_over = false;
	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		loads[i].fd = stream_open(bpf_program__fd(loads[i].prog), STDOUT, 0);
		pthread_create(&loads[i].thread, NULL, run_load_reader, &loads[i]);
	}
	pthread_create(&caller, NULL, run_caller, NULL);
	attach_load(skel);
	switch_cpus();
	load_over = true;
	pthread_join(caller, NULL);
	detach_perf();
	stream_hotplug__destroy(skel);
	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		pthread_join(loads[i].thread, NULL);
		printed[i] = fdinfo_value(loads[i].fd, "stdout_bytes");
		ASSERT_OK(loads[i].err, "end");
		ASSERT_GT(printed[i], 0, "printed");
		ASSERT_EQ(loads[i].bytes, printed[i], "read");
		close(loads[i].fd);
	}
}

static const struct {
	const char *name;
	void (*run)(struct stream_hotplug *skel);
} cases[] = {
	{ "print", test_print },
	{ "user_ring", test_user_ring },
	{ "ring", test_ring },
	{ "up", test_up },
	{ "stress", test_stress },
};

/* Serial: it takes CPUs down. */
void serial_test_stream_hotplug(void)
{
	long long optimize = read_number(OPTIMIZE);

	run_cases(stream_hotplug, cases);
	ASSERT_OK(write_number(OPTIMIZE, optimize), "kprobes-optimization");
}
