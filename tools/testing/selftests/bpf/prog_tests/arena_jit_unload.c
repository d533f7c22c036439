// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Programs that fault in an arena all the time lose their last reference while
 * they run on other CPUs. The kernel has to know their instructions to the end.
 */
#define _GNU_SOURCE
#include <linux/if_link.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include "arena_jit.h"
#include "modern_helpers.h"
#include "trace_helpers.h"

#define NR_TASKS 3
#define NR_KINDS 7

static volatile bool stop;

/* What programs report, in an array that is mapped */
struct report {
	__u64 rounds[NR_KINDS];
	__u64 found;	/* or of what they read from absent pages */
};

static struct arena arena;
static struct report *report;
static int report_fd, xdp_progs_fd;

/* attach gives the descriptor that keeps the program, detach is for what does not go with it */
struct kind {
	const char *name;
	enum bpf_prog_type type;
	__u32 flags;
	int rounds;
	bool tasks_only;	/* only in our tasks but the first */
	bool hold;		/* keep what it is attached to from coming and going */
	int (*attach)(const struct kind *kind, int fd);
	void (*detach)(void);
};

static int attach_raw_tp(const struct kind *kind, int fd)
{
	return bpf_raw_tracepoint_open(kind->name, fd);
}

static int attach_event(struct perf_event_attr *attr, int cpu, int fd)
{
	int event;

	attr->size = sizeof(*attr);
	event = syscall(__NR_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (event >= 0 && ioctl(event, PERF_EVENT_IOC_SET_BPF, fd)) {
		close(event);
		return -errno;
	}
	return event;
}

static int attach_clock(const struct kind *kind, int fd)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = 1000,
	};

	return attach_event(&attr, get_nprocs() - 1, fd);
}

static int pmu_type(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", name);
	return read_number(path);
}

static int attach_kprobe(const struct kind *kind, int fd)
{
	struct perf_event_attr attr = {
		.type = pmu_type("kprobe"),
		.kprobe_func = (unsigned long)kind->name,
	};

	return attach_event(&attr, 0, fd);
}

static noinline void probed(void)
{
	asm volatile("");
}

static int attach_uprobe(const struct kind *kind, int fd)
{
	struct perf_event_attr attr = {
		.type = pmu_type("uprobe"),
		.uprobe_path = (unsigned long)"/proc/self/exe",
		.probe_offset = get_uprobe_offset(probed),
	};

	return attach_event(&attr, 0, fd);
}

static int attach_xdp(const struct kind *kind, int fd)
{
	const __u32 key = 0;

	return bpf_map_update_elem(xdp_progs_fd, &key, &fd, BPF_ANY) ?: dup(xdp_progs_fd);
}

static void detach_xdp(void)
{
	const __u32 key = 0;

	bpf_map_delete_elem(xdp_progs_fd, &key);
}

static const struct kind kinds[NR_KINDS] = {
	{ "sys_enter", BPF_PROG_TYPE_RAW_TRACEPOINT, .rounds = 4000, .tasks_only = true,
	  .hold = true, .attach = attach_raw_tp },
	{ "sys_exit", BPF_PROG_TYPE_RAW_TRACEPOINT, .rounds = 500, .tasks_only = true,
	  .hold = true, .attach = attach_raw_tp },
	/* few rounds, so that a slow machine gets on between two interrupts */
	{ "local_timer_entry", BPF_PROG_TYPE_RAW_TRACEPOINT, .rounds = 5,
	  .hold = true, .attach = attach_raw_tp },
	{ "cpu_clock", BPF_PROG_TYPE_PERF_EVENT, .rounds = 5, .attach = attach_clock },
	{ "__x64_sys_getpgid", BPF_PROG_TYPE_KPROBE, .rounds = 500,
	  .hold = true, .attach = attach_kprobe },
	{ "sleepable uprobe", BPF_PROG_TYPE_KPROBE, BPF_F_SLEEPABLE, .rounds = 500,
	  .hold = true, .attach = attach_uprobe },
	{ "XDP", BPF_PROG_TYPE_XDP, .rounds = 20, .attach = attach_xdp, .detach = detach_xdp },
};

static void emit_prog(struct code *code, const struct kind *kind)
{
	code->cnt = 0;
	if (kind->tasks_only)
		EMIT(code, CALL(get_current_pid_tgid),
		     BPF_MOV64_REG(BPF_REG_1, BPF_REG_0),
		     BPF_ALU64_IMM(BPF_RSH, BPF_REG_1, 32),
		     BPF_JMP_IMM(BPF_JNE, BPF_REG_1, getpid(), 1),
		     BPF_JMP32_IMM(BPF_JNE, BPF_REG_0, getpid(), 2),
		     RETURN(0));
	EMIT(code, LD_ADDR(BPF_REG_6, arena.fd, (THE_PAGE + 8) * PAGE),
	     CAST_KERN(BPF_REG_6, BPF_REG_6),
	     BPF_MOV64_IMM(BPF_REG_7, 0),
	     BPF_MOV64_IMM(BPF_REG_8, 0),
	     /* the loop */
	     BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
	     BPF_ALU64_REG(BPF_OR, BPF_REG_8, BPF_REG_0),
	     BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_10, 0),
	     BPF_MOV64_IMM(BPF_REG_0, 1),
	     BPF_ATOMIC_OP(BPF_DW, BPF_OR | BPF_FETCH, BPF_REG_6, BPF_REG_0, 0),
	     BPF_ALU64_REG(BPF_OR, BPF_REG_8, BPF_REG_0),
	     BPF_ALU64_IMM(BPF_ADD, BPF_REG_7, 1),
	     BPF_JMP_IMM(BPF_JLT, BPF_REG_7, kind->rounds, -8),
	     LD_ADDR(BPF_REG_1, report_fd, 0),
	     BPF_ATOMIC_OP(BPF_DW, BPF_ADD, BPF_REG_1, BPF_REG_7,
			   offsetof(struct report, rounds) + (kind - kinds) * sizeof(__u64)),
	     BPF_ATOMIC_OP(BPF_DW, BPF_OR, BPF_REG_1, BPF_REG_8,
			   offsetof(struct report, found)),
	     RETURN(0));
}

static int insns_load(const struct kind *kind, const struct bpf_insn *insns, int cnt)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = kind->flags);

	return bpf_prog_load(kind->type, "arena_jit_ul", "GPL", insns, cnt, &opts);
}

static int kind_load(const struct kind *kind)
{
	static struct code code;

	emit_prog(&code, kind);
	return insns_load(kind, code.insns, code.cnt);
}

static void send_packet(int sock)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	sendto(sock, "", 1, 0, (const struct sockaddr *)&to, sizeof(to));
}

/* Come by all that programs are attached to. */
static void *run_task(void *arg)
{
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	pin_to_cpu((long)arg % get_nprocs());
	while (!stop) {
		syscall(__NR_getpgid, 0);
		probed();
		send_packet(sock);
	}
	close(sock);
	return NULL;
}

/*
 * Two programs that stay where others come and go: then the kernel does not change
 * its instructions there, which emulated CPUs do not always notice.
 */
static bool hold(const struct kind *kind, int *links)
{
	const struct bpf_insn insns[] = { RETURN(0) };
	int i, fd;

	if (!kind->hold)
		return true;
	for (i = 0; i < 2; i++) {
		fd = insns_load(kind, insns, ARRAY_SIZE(insns));
		links[i] = kind->attach(kind, fd);
		close(fd);
	}
	return ASSERT_GE(links[0], 0, kind->name) && ASSERT_GE(links[1], 0, kind->name);
}

/* What stays for XDP: it calls what comes and goes, if there is something. */
static int hold_xdp(void)
{
	const struct bpf_insn insns[] = {
		/* the number of the queue, 0: another key than a constant patches no code */
		BPF_LDX_MEM(BPF_W, BPF_REG_3, BPF_REG_1, offsetof(struct xdp_md, rx_queue_index)),
		LD_MAP(BPF_REG_2, xdp_progs_fd),
		CALL(tail_call),
		RETURN(XDP_PASS),
	};
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_SKB_MODE);
	int fd, link;

	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "arena_jit_xdp", "GPL", insns, ARRAY_SIZE(insns),
			   NULL);
	link = bpf_link_create(fd, if_nametoindex("lo"), BPF_XDP, &opts);
	close(fd);
	return link;
}

static void drop_link(const struct kind *kind, int link)
{
	if (kind->detach)
		kind->detach();
	close(link);
}

/* Either may be the last reference. */
static void drop(const struct kind *kind, int prog, int link, bool link_first)
{
	if (link_first)
		drop_link(kind, link);
	close(prog);
	if (!link_first)
		drop_link(kind, link);
}

/* Load and attach all kinds, and drop them in the middle of what they do. */
static bool generation(unsigned int nr)
{
	int i, progs[NR_KINDS], links[NR_KINDS];
	bool ok = true;

	for (i = 0; i < NR_KINDS; i++) {
		progs[i] = kind_load(&kinds[i]);
		links[i] = progs[i] < 0 ? -1 : kinds[i].attach(&kinds[i], progs[i]);
		if (progs[i] < 0 || links[i] < 0) {
			PRINT_FAIL("%s: prog %d link %d\n", kinds[i].name, progs[i], links[i]);
			ok = false;
		}
	}
	usleep(nr % 8 * 1000);
	for (i = 0; i < NR_KINDS; i++)
		drop(&kinds[i], progs[i], links[i], nr % 2);
	return ok;
}

static bool all_have_run(void)
{
	volatile __u64 *rounds = report->rounds;
	int i = 0;

	while (i < NR_KINDS && rounds[i])
		i++;
	return i == NR_KINDS;
}

/* However slow the machine, a few generations belong to it, and some of each kind. */
static unsigned int run_generations(void)
{
	__u64 end = get_time_ns() + stress_seconds() * 1000000000ULL;
	unsigned int nr = 0;

	while ((get_time_ns() < end || nr <= 10 || (nr < 1000 && !all_have_run())) &&
	       generation(nr))
		nr++;
	return nr;
}

static void run_tasks(void)
{
	pthread_t tasks[NR_TASKS];
	unsigned int nr = 0;
	long i, started;

	stop = false;
	for (started = 0; started < NR_TASKS; started++)
		if (!ASSERT_OK(pthread_create(&tasks[started], NULL, run_task,
					      (void *)(started + 1)), "thread"))
			break;
	if (started == NR_TASKS)
		nr = run_generations();
	stop = true;
	for (i = 0; i < started; i++)
		pthread_join(tasks[i], NULL);
	ASSERT_GT(nr, 10, "generations");
	for (i = 0; i < NR_KINDS; i++) {
		ASSERT_GT(report->rounds[i], 0, kinds[i].name);
		printf("%s: %llu rounds\n", kinds[i].name, report->rounds[i]);
	}
	ASSERT_EQ(report->found, 0, "read from absent pages");
	printf("%u generations of programs\n", nr);
}

static void run_held(void)
{
	int i, holds[2 * NR_KINDS + 1];
	bool ok;

	memset(holds, -1, sizeof(holds));
	holds[2 * NR_KINDS] = hold_xdp();
	ok = ASSERT_GE(holds[2 * NR_KINDS], 0, "XDP program that stays");
	for (i = 0; i < NR_KINDS && ok; i++)
		ok = hold(&kinds[i], &holds[2 * i]);
	if (ok)
		run_tasks();
	for (i = 0; i < ARRAY_SIZE(holds); i++)
		if (holds[i] >= 0)
			close(holds[i]);
}

void serial_test_arena_jit_unload(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	if (!ASSERT_OK(bring_up_loopback(), "lo") || !arena_open(&arena, ARENA_ADDR, 0))
		return;
	report_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "report", 4, sizeof(*report), 1, &opts);
	xdp_progs_fd = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "xdp", 4, 4, 1, NULL);
	if (ASSERT_GE(report_fd, 0, "array") && ASSERT_GE(xdp_progs_fd, 0, "program array")) {
		report = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, report_fd, 0);
		if (ASSERT_NEQ(report, MAP_FAILED, "mmap of the array")) {
			run_held();
			munmap(report, PAGE);
		}
	}
	close(xdp_progs_fd);
	close(report_fd);
	arena_close(&arena);
}
