// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Programs that fault in an arena all the time lose their last reference while
 * they run on other CPUs. The kernel has to know their instructions to the end.
 */
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include "arena_jit.h"

#define NR_TASKS 3

static volatile bool stop;

/* What programs report, in an array that is mapped */
struct report {
	__u64 rounds;
	__u64 found;	/* or of what they read from absent pages */
};

static struct arena arena;
static struct report *report;
static int report_fd;

struct kind {
	const char *name;
	enum bpf_prog_type type;
	int rounds;
	bool tasks_only;	/* only in our tasks but the first */
	int (*attach)(const struct kind *kind, int fd);
};

static int attach_raw_tp(const struct kind *kind, int fd)
{
	return bpf_raw_tracepoint_open(kind->name, fd);
}

static int attach_clock(const struct kind *kind, int fd)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = 5000,
	};
	int event = syscall(__NR_perf_event_open, &attr, -1, 1, -1, PERF_FLAG_FD_CLOEXEC);

	if (event >= 0 && ioctl(event, PERF_EVENT_IOC_SET_BPF, fd)) {
		close(event);
		return -errno;
	}
	return event;
}

static const struct kind kinds[] = {
	{ "sys_enter", BPF_PROG_TYPE_RAW_TRACEPOINT, 4000, true, attach_raw_tp },
	{ "sys_exit", BPF_PROG_TYPE_RAW_TRACEPOINT, 500, true, attach_raw_tp },
	{ "local_timer_entry", BPF_PROG_TYPE_RAW_TRACEPOINT, 20, false, attach_raw_tp },
	{ "cpu_clock", BPF_PROG_TYPE_PERF_EVENT, 20, false, attach_clock },
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
			   offsetof(struct report, rounds)),
	     BPF_ATOMIC_OP(BPF_DW, BPF_OR, BPF_REG_1, BPF_REG_8,
			   offsetof(struct report, found)),
	     RETURN(0));
}

static int kind_load(const struct kind *kind)
{
	static struct code code;

	emit_prog(&code, kind);
	return bpf_prog_load(kind->type, "arena_jit_ul", "GPL", code.insns, code.cnt, NULL);
}

static void *run_task(void *arg)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((long)arg, &set);
	sched_setaffinity(0, sizeof(set), &set);
	while (!stop)
		syscall(__NR_getpgid, 0);
	return NULL;
}

/*
 * Two programs that stay on each tracepoint: then the kernel does not change its
 * instructions when others come and go, which emulated CPUs do not always notice.
 */
static bool hold_tracepoints(int *links)
{
	const struct bpf_insn insns[] = { RETURN(0) };
	int i, fd;

	fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "arena_jit_hold", "GPL", insns,
			   ARRAY_SIZE(insns), NULL);
	for (i = 0; i < 2 * ARRAY_SIZE(kinds); i++)
		links[i] = kinds[i / 2].type == BPF_PROG_TYPE_RAW_TRACEPOINT ?
			   bpf_raw_tracepoint_open(kinds[i / 2].name, fd) : -1;
	close(fd);
	return ASSERT_GE(links[0], 0, "programs that stay");
}

/* Load and attach all kinds, and drop them in the middle of what they do. */
static bool generation(unsigned int nr)
{
	int i, progs[ARRAY_SIZE(kinds)], links[ARRAY_SIZE(kinds)];
	bool ok = true;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		progs[i] = kind_load(&kinds[i]);
		links[i] = progs[i] < 0 ? -1 : kinds[i].attach(&kinds[i], progs[i]);
		if (progs[i] < 0 || links[i] < 0) {
			PRINT_FAIL("%s: prog %d link %d\n", kinds[i].name, progs[i], links[i]);
			ok = false;
		}
	}
	usleep(nr % 8 * 1000);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		/* either may be the last reference */
		close(nr % 2 ? links[i] : progs[i]);
		close(nr % 2 ? progs[i] : links[i]);
	}
	return ok;
}

static int stress_seconds(void)
{
	const char *value = getenv("STREAM_STRESS_SECONDS");

	return value ? atoi(value) : 60;
}

static void run_generations(void)
{
	__u64 end = get_time_ns() + stress_seconds() * 1000000000ULL;
	int holds[2 * ARRAY_SIZE(kinds)];
	pthread_t tasks[NR_TASKS];
	unsigned int nr = 0;
	long i, started;

	if (!hold_tracepoints(holds))
		return;
	stop = false;
	for (started = 0; started < NR_TASKS; started++)
		if (!ASSERT_OK(pthread_create(&tasks[started], NULL, run_task,
					      (void *)(started + 1)), "thread"))
			break;
	/* However slow the machine, a few generations belong to it */
	while ((get_time_ns() < end || nr <= 10) && generation(nr))
		nr++;
	stop = true;
	for (i = 0; i < started; i++)
		pthread_join(tasks[i], NULL);
	for (i = 0; i < ARRAY_SIZE(holds); i++)
		close(holds[i]);
	ASSERT_GT(nr, 10, "generations");
	ASSERT_GT(report->rounds, 1000, "rounds of programs");
	ASSERT_EQ(report->found, 0, "read from absent pages");
	printf("%u generations of programs, %llu rounds\n", nr, report->rounds);
}

void serial_test_arena_jit_unload(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	if (!arena_open(&arena, ARENA_ADDR, 0))
		return;
	report_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "report", 4, sizeof(*report), 1, &opts);
	if (ASSERT_GE(report_fd, 0, "array")) {
		report = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, report_fd, 0);
		if (ASSERT_NEQ(report, MAP_FAILED, "mmap of the array")) {
			run_generations();
			munmap(report, PAGE);
		}
		close(report_fd);
	}
	arena_close(&arena);
}
