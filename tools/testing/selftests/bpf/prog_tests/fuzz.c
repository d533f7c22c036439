// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Random programs against the verifier, see fuzz.h. The environment may say more
 * than a short test wants: FUZZ_SEED, FUZZ_COUNT (programs), FUZZ_FAILURES (how many
 * to report), FUZZ_TRACE=1 (print every program), FUZZ_SHRINK=0 (report them as they
 * are), FUZZ_HUNT=1 (load only what the interpreter finds wrong, which is faster),
 * FUZZ_RUN=0 (the kernel runs nothing: it has no JIT compiler), FUZZ_USEC (what a load
 * may take). The kernel does not run a program with which the interpreter found an error.
 */
#include "test_progs.h"
#include "fuzz.h"

#define INPUTS		24	/* for the interpreter */
#define KERNEL_INPUTS	4	/* of these, for the kernel too */
#define SHRINK_SECONDS	60
#define TEST_COUNT	3000	/* programs of a test that is not told how many */
#define TEST_SECONDS	60	/* and for how long, on a slow kernel */

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
	bool runs;		/* what it accepts */
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
	/* The kernel has other limits, but with none it may come to the same result. */
	run->in.limit = 0;
	if (!interpret(run, prog))
		return UNSOUND;
	if (run->expected.outcome != FUZZ_DONE || run->expected.opaque ||
	    !fuzz_types[prog->type].runs)
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

	for (pass = 0; pass < 1 + run->runs; pass++) {
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

static char verifier_log[1 << 16];

static enum verdict refusal(int err)
{
	if (err == -EAGAIN || strstr(verifier_log, "jumps is too complex"))
		return TOO_SLOW;
	return err == -EFAULT ? BROKEN : REFUSED;
}

static enum verdict judge(struct run *run, const struct fuzz_prog *prog)
{
	enum verdict verdict;
	int fd;

	verifier_log[0] = 0;
	fd = fuzz_kernel_load(run->kernel, prog, verifier_log, sizeof(verifier_log));
	if (fd < 0)
		return refusal(fd);
	verdict = run_inputs(run, prog, fd);
	close(fd);
	return verdict;
}

static bool still_fails(const struct fuzz_prog *prog, void *ctx)
{
	struct run *run = ctx;

	return time(NULL) < run->deadline && judge(run, prog) == run->verdict;
}

static void report_difference(const struct fuzz_result *expected, const struct fuzz_result *got)
{
	const __u8 *a = (void *)&expected->values, *b = (void *)&got->values;
	int i;

	printf("returned %#x, expected %#x", got->ret, expected->ret);
	for (i = 0; i < sizeof(got->values); i++)
		if (a[i] != b[i])
			printf(", byte %d of values %#x, expected %#x", i, b[i], a[i]);
	printf("\n\n");
}

static void report(struct run *run, struct fuzz_prog *prog)
{
	const struct fuzz_result *res = &run->expected;
	int cnt = prog->cnt;

	printf("%s: %sprogram with seed %llu\n", verdict_names[run->verdict],
	       prog->strict ? "strict " : "", run->seed);
	fflush(stdout);
	run->deadline = time(NULL) + SHRINK_SECONDS;
	if (env_number("FUZZ_SHRINK", 1))
		fuzz_shrink(prog, still_fails, run);
	/* What the last attempt left is not what the result is about. */
	judge(run, prog);
	printf("%d of %d insns are enough:\n", prog->cnt, cnt);
	fuzz_list(prog);
	if (run->verdict == UNSOUND)
		printf("insn %d: %s\n\n", res->insn, res->what);
	if (run->verdict == BROKEN)
		printf("%s\n", verifier_log);
	if (run->verdict == DIFFERENT)
		report_difference(res, &run->got);
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

/* For a kernel that does not live to tell */
static void fuzz_trace(struct run *run, const struct fuzz_prog *prog)
{
	printf("%sprogram with seed %llu:\n", prog->strict ? "strict " : "", run->seed);
	fuzz_list(prog);
	fflush(stdout);
}

static void fuzz_program(struct run *run, struct fuzz_prog *prog, bool trace)
{
	struct run counted;

	if (trace)
		fuzz_trace(run, prog);
	run->verdict = judge(run, prog);
	run->count[run->verdict]++;
	if (run->verdict == REFUSED)
		fuzz_refused(verifier_log);
	if (trace)
		printf("%s: %s\n", verdict_names[run->verdict], verifier_log);
	if (run->verdict == GOOD)
		run->insns += prog->cnt;
	if (run->verdict > GOOD) {
		counted = *run;
		report(run, prog);
		*run = counted;
	}
}

/* Is the program wrong, whatever the verifier says? */
static bool is_wrong(struct run *run, const struct fuzz_prog *prog)
{
	struct fuzz_rng rng = { .state = run->seed };
	int i;

	for (i = 0; i < INPUTS; i++) {
		fuzz_make_input(&run->in, &rng);
		if (!interpret(run, prog))
			return true;
	}
	return false;
}

static void fuzz_programs(struct run *run, __u64 seed, __u64 count, __u64 max_failures, time_t end)
{
	bool trace = env_number("FUZZ_TRACE", 0), hunt = env_number("FUZZ_HUNT", 0);
	static struct fuzz_prog prog;
	__u64 i;

	printf("seed %llu, %llu programs\n", seed, count);
	fflush(stdout);
	for (i = 0; i < count && failures(run) < max_failures && time(NULL) < end; i++) {
		run->seed = seed + i;
		fuzz_generate(&prog, run->seed);
		run->verdict = REFUSED;
		if (!hunt || is_wrong(run, &prog))
			fuzz_program(run, &prog, trace);
		if (run->verdict > GOOD || (i + 1) % 1000 == 0)
			summary(run, i + 1);
	}
	summary(run, i);
	fuzz_refused_summary(5);
}

void test_fuzz_programs(void)
{
	time_t end = time(NULL) + (getenv("FUZZ_COUNT") ? INT_MAX : TEST_SECONDS);
	__u64 seed = env_number("FUZZ_SEED", 1), count = env_number("FUZZ_COUNT", TEST_COUNT);
	static struct run run;

	memset(&run, 0, sizeof(run));
	run.kernel = fuzz_kernel_open();
	fuzz_load_usec = env_number("FUZZ_USEC", fuzz_load_usec);
	run.runs = env_number("FUZZ_RUN", 1);
	if (!ASSERT_OK_PTR(run.kernel, "maps"))
		return;
	fuzz_programs(&run, seed, count, env_number("FUZZ_FAILURES", 3), end);
	ASSERT_EQ(run.count[UNSOUND], 0, "accepted programs that are wrong");
	ASSERT_EQ(run.count[DIFFERENT], 0, "other results in the kernel");
	ASSERT_EQ(run.count[BROKEN], 0, "internal errors of the verifier");
	if (count >= 100 && !env_number("FUZZ_HUNT", 0))
		ASSERT_GT(run.count[GOOD] * 4, run.count[REFUSED], "accepted programs, times four");
	fuzz_kernel_close(run.kernel);
}
