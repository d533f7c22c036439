// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Random programs against the verifier, see fuzz.h. The environment may say more
 * than a short test wants: FUZZ_SEED, FUZZ_COUNT (programs), FUZZ_FAILURES (how many
 * to report), FUZZ_TRACE=1 (print every program). The kernel does not run a program
 * with which the interpreter found an error.
 */
#include "test_progs.h"
#include "fuzz.h"

#define INPUTS		12	/* for the interpreter */
#define KERNEL_INPUTS	4	/* of these, for the kernel too */
#define SHRINK_SECONDS	60

enum verdict {
	REFUSED,
	TOO_SLOW,	/* to verify */
	GOOD,
	UNSOUND,	/* accepted, and wrong */
	DIFFERENT,	/* the kernel comes to another result */
	BROKEN,		/* the verifier noticed that it is wrong itself */
	NR_VERDICTS,
};

static const char *const verdict_names[] = {
	"refused", "slow", "good", "UNSOUND", "DIFFERENT", "BROKEN",
};

struct run {
	struct fuzz_kernel *kernel;
	__u64 seed;		/* of the program */
	__u64 count[NR_VERDICTS];
	__u64 interpreted, kernel_runs, opaque, unended;
	__u64 insns;		/* of good programs */
	time_t deadline;	/* for making a program shorter */
	/* The last failure */
	enum verdict verdict;
	struct fuzz_input in;
	struct fuzz_result expected, got;
};

static __u64 env_number(const char *name, __u64 otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

static bool same_result(const struct fuzz_result *a, const struct fuzz_result *b)
{
	return a->ret == b->ret && !memcmp(&a->values, &b->values, sizeof(a->values));
}

static bool interpret(struct run *run, const struct fuzz_prog *prog)
{
	fuzz_interpret(prog, &run->in, &run->expected);
	run->interpreted++;
	run->opaque += run->expected.opaque;
	run->unended += run->expected.outcome == FUZZ_LONG;
	return run->expected.outcome != FUZZ_UNSOUND;
}

static enum verdict run_input(struct run *run, const struct fuzz_prog *prog, int fd, bool in_kernel)
{
	if (!interpret(run, prog))
		return UNSOUND;
	if (!in_kernel)
		return GOOD;
	/* The kernel takes a may_goto more often than anyone wants to wait. */
	run->in.may_goto = 0;
	if (!interpret(run, prog))
		return UNSOUND;
	if (run->expected.outcome != FUZZ_DONE || run->expected.opaque)
		return GOOD;
	run->kernel_runs++;
	if (fuzz_kernel_run(run->kernel, fd, &run->in, &run->got) ||
	    !same_result(&run->expected, &run->got))
		return DIFFERENT;
	return GOOD;
}

/* All inputs go through the interpreter before the first goes to the kernel. */
static enum verdict run_inputs(struct run *run, const struct fuzz_prog *prog, int fd)
{
	enum verdict verdict = GOOD;
	struct fuzz_rng rng;
	int pass, i;

	for (pass = 0; pass < 2; pass++) {
		rng.state = run->seed;
		for (i = 0; i < (pass ? KERNEL_INPUTS : INPUTS) && verdict == GOOD; i++) {
			fuzz_make_input(&run->in, &rng);
			verdict = run_input(run, prog, fd, pass);
			if (pass && run->expected.outcome == FUZZ_LONG)
				break;
		}
	}
	return verdict;
}

static enum verdict judge(struct run *run, const struct fuzz_prog *prog)
{
	int fd = fuzz_kernel_load(run->kernel, prog, NULL, 0);
	enum verdict verdict;

	if (fd < 0)
		return fd == -EFAULT ? BROKEN : fd == -EAGAIN ? TOO_SLOW : REFUSED;
	verdict = run_inputs(run, prog, fd);
	close(fd);
	return verdict;
}

static bool still_fails(const struct fuzz_prog *prog, void *ctx)
{
	struct run *run = ctx;

	return time(NULL) < run->deadline && judge(run, prog) == run->verdict;
}

static void report(struct run *run, struct fuzz_prog *prog)
{
	const struct fuzz_result *res = &run->expected;
	int cnt = prog->cnt;

	printf("%s: program with seed %llu\n", verdict_names[run->verdict], run->seed);
	fflush(stdout);
	run->deadline = time(NULL) + SHRINK_SECONDS;
	fuzz_shrink(prog, still_fails, run);
	/* What the last attempt left is not what the result is about. */
	judge(run, prog);
	printf("%d of %d insns are enough:\n", prog->cnt, cnt);
	fuzz_list(prog);
	if (run->verdict == UNSOUND)
		printf("insn %d: %s\n\n", res->insn, res->what);
	if (run->verdict == DIFFERENT)
		printf("returned %#x, expected %#x; values %s\n\n", run->got.ret, res->ret,
		       memcmp(&res->values, &run->got.values, sizeof(res->values)) ? "differ" :
		       "are as expected");
}

static void summary(const struct run *run, __u64 programs)
{
	int i;

	printf("%llu programs:", programs);
	for (i = 0; i < NR_VERDICTS; i++)
		printf("%s %llu %s", i ? "," : "", run->count[i], verdict_names[i]);
	printf("; %llu runs, %llu opaque, %llu long, %llu in the kernel; %llu insns in good ones\n",
	       run->interpreted, run->opaque, run->unended, run->kernel_runs, run->insns);
	fflush(stdout);
}

static __u64 failures(const struct run *run)
{
	return run->count[UNSOUND] + run->count[DIFFERENT] + run->count[BROKEN];
}

/* For a kernel that does not live to tell; with the verifier's last word */
static void fuzz_trace(struct run *run, const struct fuzz_prog *prog)
{
	static char log[1 << 16];
	char *end;
	int fd;

	printf("program with seed %llu:\n", run->seed);
	fuzz_list(prog);
	fflush(stdout);
	log[0] = 0;
	fd = fuzz_kernel_load(run->kernel, prog, log, sizeof(log));
	if (fd >= 0) {
		close(fd);
		return;
	}
	end = strstr(log, "\nprocessed ");
	if (end)
		*end = 0;
	end = strrchr(log, '\n');
	printf("refused: %s\n", end ? end + 1 : log);
}

static void fuzz_programs(struct run *run, __u64 seed, __u64 count, __u64 max_failures)
{
	bool may_goto = fuzz_kernel_has_may_goto(run->kernel), trace = env_number("FUZZ_TRACE", 0);
	static struct fuzz_prog prog;
	struct run counted;
	__u64 i;

	printf("seed %llu, %llu programs, %s may_goto\n", seed, count, may_goto ? "with" : "no");
	fflush(stdout);
	for (i = 0; i < count && failures(run) < max_failures; i++) {
		run->seed = seed + i;
		fuzz_generate(&prog, run->seed, may_goto);
		if (trace)
			fuzz_trace(run, &prog);
		run->verdict = judge(run, &prog);
		run->count[run->verdict]++;
		if (run->verdict == GOOD)
			run->insns += prog.cnt;
		if (run->verdict > GOOD) {
			counted = *run;
			report(run, &prog);
			*run = counted;
		}
		if (run->verdict > GOOD || (i + 1) % 500 == 0)
			summary(run, i + 1);
	}
	summary(run, i);
}

void test_fuzz_programs(void)
{
	__u64 seed = env_number("FUZZ_SEED", 1), count = env_number("FUZZ_COUNT", 3000);
	static struct run run;

	/*
	 * For "make fuzz" only, as long as callbacks are verified as if they were called
	 * once: that is what it finds.
	 */
	if (!getenv("FUZZ_SEED")) {
		test__skip();
		return;
	}
	memset(&run, 0, sizeof(run));
	run.kernel = fuzz_kernel_open();
	if (!ASSERT_OK_PTR(run.kernel, "maps"))
		return;
	fuzz_programs(&run, seed, count, env_number("FUZZ_FAILURES", 3));
	ASSERT_EQ(run.count[UNSOUND], 0, "accepted programs that are wrong");
	ASSERT_EQ(run.count[DIFFERENT], 0, "other results in the kernel");
	ASSERT_EQ(run.count[BROKEN], 0, "internal errors of the verifier");
	ASSERT_GT(run.count[GOOD] * 10, count < 100 ? -1 : count, "accepted programs times ten");
	fuzz_kernel_close(run.kernel);
}
