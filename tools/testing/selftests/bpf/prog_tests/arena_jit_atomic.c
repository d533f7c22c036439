// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * All atomics with all registers, to pages that are there and to others, against
 * a model; then several CPUs and user space on the same words.
 */
#define _GNU_SOURCE
#include "arena_jit.h"
#include "arena_jit_atomic.skel.h"

static const int ops[] = {
	BPF_ADD, BPF_AND, BPF_OR, BPF_XOR,
	BPF_ADD | BPF_FETCH, BPF_AND | BPF_FETCH, BPF_OR | BPF_FETCH, BPF_XOR | BPF_FETCH,
	BPF_XCHG, BPF_CMPXCHG,
};

static const short offs[] = { 0, 16, -16, 256, -32768 };

/* One program: all sources and offsets for an operation and a base register. */
struct atomic {
	int op;
	int size;	/* BPF_W, BPF_DW */
	int base;
};

#define NR_CASES (10 * (int)ARRAY_SIZE(offs))

static int case_src(int nr)
{
	return nr / ARRAY_SIZE(offs);
}

static int case_off(int nr)
{
	return offs[nr % ARRAY_SIZE(offs)];
}

static int atomic_bytes(const struct atomic *a)
{
	return a->size == BPF_DW ? 8 : 4;
}

/* The verifier takes no atomic whose result goes where its address was. */
static bool case_legal(const struct atomic *a, int nr)
{
	if (a->op == BPF_CMPXCHG)
		return a->base != BPF_REG_0;
	return !(a->op & BPF_FETCH) || a->base != case_src(nr);
}

static int atomic_load(const struct atomic *a, int arena_fd, int regs_fd)
{
	static struct code code;
	int nr;

	code.cnt = 0;
	EMIT(&code, LD_MAP(BPF_REG_1, arena_fd));
	for (nr = 0; nr < NR_CASES; nr++) {
		if (!case_legal(a, nr))
			continue;
		emit_regs_load(&code, regs_fd, nr);
		EMIT(&code, CAST_KERN(a->base, a->base),
		     BPF_ATOMIC_OP(a->size, a->op, a->base, case_src(nr), case_off(nr)));
		emit_regs_store(&code, regs_fd, nr);
	}
	EMIT(&code, RETURN(0));
	return code_load(&code, BPF_PROG_TYPE_SYSCALL);
}

static __u64 atomic_result(const struct atomic *a, __u64 old, __u64 src, __u64 r0)
{
	switch (a->op & ~BPF_FETCH) {
	case BPF_ADD:
		return old + src;
	case BPF_AND:
		return old & src;
	case BPF_OR:
		return old | src;
	case BPF_XOR:
		return old ^ src;
	case BPF_XCHG & ~BPF_FETCH:
		return src;
	default:
		if (a->size == BPF_W)
			r0 = (__u32)r0;
		return old == r0 ? src : old;
	}
}

/* What case nr makes of the registers and the model. */
static void atomic_model(const struct atomic *a, struct arena *arena, int nr, __u64 *r)
{
	int size = atomic_bytes(a), src = case_src(nr);
	__u64 old = 0, new;
	void *p;

	r[a->base] = (__u32)r[a->base];
	p = model_at(arena, r[a->base] + case_off(nr), size);
	if (p) {
		memcpy(&old, p, size);
		new = atomic_result(a, old, r[src], r[BPF_REG_0]);
		memcpy(p, &new, size);
	}
	if (a->op == BPF_CMPXCHG)
		r[BPF_REG_0] = old;
	else if (a->op & BPF_FETCH)
		r[src] = old;
}

static bool atomic_check(const struct atomic *a, struct arena *arena, enum place place,
			 const struct regs *got, struct regs *in)
{
	int nr;

	for (nr = 0; nr < NR_CASES; nr++) {
		if (!case_legal(a, nr))
			continue;
		/* nobody knows where the stack is */
		in[nr].r[BPF_REG_10] = got[nr].r[BPF_REG_10];
		atomic_model(a, arena, nr, in[nr].r);
		if (!memcmp(&in[nr], &got[nr], sizeof(*in)))
			continue;
		PRINT_FAIL("registers: op %x size %d base R%d src R%d off %d place %d\n",
			   a->op, atomic_bytes(a), a->base, case_src(nr), case_off(nr), place);
		return false;
	}
	if (!memcmp(arena->page, model, PAGE))
		return true;
	PRINT_FAIL("memory: op %x size %d base R%d place %d\n", a->op, atomic_bytes(a), a->base,
		   place);
	return false;
}

static bool atomic_run(const struct atomic *a, struct arena *arena, enum place place, int fd,
		       struct regs *regs)
{
	static struct regs in[MAX_CASES];
	__u64 addr, r0;
	int i, nr;
	void *p;

	model_init(arena);
	for (nr = 0; nr < NR_CASES; nr++) {
		for (i = 0; i < NR_REGS; i++)
			in[nr].r[i] = random64();
		addr = place_addr(arena, place, nr, atomic_bytes(a), case_off(nr)) & ~7UL;
		in[nr].r[a->base] = addr - case_off(nr);
		/* what cmpxchg expects is there in every second case */
		p = model_at(arena, (__u32)addr, 8);
		if (p && nr % 2) {
			r0 = a->base ? in[nr].r[0] : (__u32)in[nr].r[0];
			memcpy(p, &r0, sizeof(r0));
		}
	}
	memcpy(arena->page, model, PAGE);
	memcpy(regs, in, sizeof(in));
	return ASSERT_OK(code_run(fd), "run") && atomic_check(a, arena, place, regs, in);
}

static bool test_atomic(const struct atomic *a, struct arena *arena, struct cases *cases)
{
	/* no access here is to two pages: that would lock the bus */
	static const enum place places[] = { PRESENT, ABSENT, OUTSIDE, GUARD };
	int i, fd;

	fd = atomic_load(a, arena->fd, cases->fd);
	if (fd < 0)
		return false;
	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (!atomic_run(a, arena, places[i], fd, cases->regs))
			break;
	close(fd);
	return i == ARRAY_SIZE(places);
}

static void test_op(int op, struct arena *arena, struct cases *cases)
{
	struct atomic a = { .op = op };

	for (a.base = 0; a.base <= 9; a.base++) {
		a.size = BPF_W;
		if (!test_atomic(&a, arena, cases))
			return;
		a.size = BPF_DW;
		if (!test_atomic(&a, arena, cases))
			return;
	}
}

static void test_registers(void)
{
	struct cases cases;
	struct arena arena;
	int i;

	if (!arena_open(&arena, ARENA_ADDR, 0))
		return;
	if (cases_open(&cases)) {
		for (i = 0; i < ARRAY_SIZE(ops); i++)
			test_op(ops[i], &arena, &cases);
		cases_close(&cases);
	}
	arena_close(&arena);
}

/* --- Several CPUs --- */

#define NR_WORKERS 4
#define NR_RUNS 20
#define NR_ROUNDS 1000

/* As the program has them */
struct words {
	__u64 add, fetch_add, xchg, cmpxchg, bits;
	__u32 add32, fetch_add32, xchg32, cmpxchg32, bits32;
};

struct run {
	__u32 bit;
	__u32 rounds;
	__u64 fetched, fetched32;
	__u64 given, taken, given32, taken32;
	__u64 swapped, swapped32;
	__u64 errors;
};

struct worker {
	pthread_t thread;
	int fd;
	struct words *words;	/* of user space's worker */
	struct run run, sum;
	int err;
};

static void worker_add(struct run *sum, const struct run *run)
{
	sum->rounds += run->rounds;
	sum->fetched += run->fetched;
	sum->fetched32 += run->fetched32;
	sum->given += run->given;
	sum->taken += run->taken;
	sum->given32 += run->given32;
	sum->taken32 += run->taken32;
	sum->swapped += run->swapped;
	sum->swapped32 += run->swapped32;
	sum->errors += run->errors;
}

static void *worker_in_kernel(void *arg)
{
	struct worker *worker = arg;
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	CPU_SET(worker->run.bit, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (i = 0; i < NR_RUNS && !worker->err; i++) {
		struct run run = worker->run;
		LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &run, .ctx_size_in = sizeof(run));

		worker->err = bpf_prog_test_run_opts(worker->fd, &opts);
		worker_add(&worker->sum, &run);
	}
	return NULL;
}

static void *worker_in_user_space(void *arg)
{
	struct worker *worker = arg;
	struct words *w = worker->words;
	struct run *run = &worker->sum;
	__u64 old, bit = 1ULL << 63 >> worker->run.bit;
	__u32 bit32 = 1U << 31 >> worker->run.bit;
	int i;

	for (i = 0; i < NR_RUNS * NR_ROUNDS; i++) {
		run->rounds++;
		__sync_fetch_and_add(&w->add, 3);
		__sync_fetch_and_add(&w->add32, 3);
		run->fetched += __sync_fetch_and_add(&w->fetch_add, 1);
		run->fetched32 += __sync_fetch_and_add(&w->fetch_add32, 1);
		run->given += i;
		run->taken += __atomic_exchange_n(&w->xchg, i, __ATOMIC_SEQ_CST);
		run->given32 += i;
		run->taken32 += __atomic_exchange_n(&w->xchg32, i, __ATOMIC_SEQ_CST);
		old = *(volatile __u64 *)&w->cmpxchg;
		run->swapped += __sync_bool_compare_and_swap(&w->cmpxchg, old, old + 1);
		run->errors += !!(__sync_fetch_and_or(&w->bits, bit) & bit);
		run->errors += !!(__sync_fetch_and_or(&w->bits32, bit32) & bit32);
		run->errors += !(__sync_fetch_and_xor(&w->bits, bit) & bit);
		run->errors += !(__sync_fetch_and_and(&w->bits32, ~bit32) & bit32);
	}
	return NULL;
}

static void check_totals(const struct words *w, const struct run *sum)
{
	__u64 n = sum->rounds;

	ASSERT_EQ(n, (NR_WORKERS + 1) * NR_RUNS * NR_ROUNDS, "rounds");
	ASSERT_EQ(w->add, 3 * n, "add");
	ASSERT_EQ(w->add32, 3 * n, "32-bit add");
	ASSERT_EQ(w->fetch_add, n, "fetch_add");
	ASSERT_EQ(w->fetch_add32, n, "32-bit fetch_add");
	ASSERT_EQ(sum->fetched, n * (n - 1) / 2, "fetched");
	ASSERT_EQ(sum->fetched32, n * (n - 1) / 2, "32-bit fetched");
	ASSERT_EQ(sum->taken + w->xchg, sum->given, "xchg");
	ASSERT_EQ(sum->taken32 + w->xchg32, sum->given32, "32-bit xchg");
	ASSERT_EQ(w->cmpxchg, sum->swapped, "cmpxchg");
	ASSERT_EQ(w->cmpxchg32, sum->swapped32, "32-bit cmpxchg");
	ASSERT_GT(sum->swapped, 0, "cmpxchg that succeeded");
	ASSERT_EQ(w->bits, 0, "bits");
	ASSERT_EQ(w->bits32, 0, "32-bit bits");
	ASSERT_EQ(sum->errors, 0, "bits that others changed");
}

static void run_workers(int fd, struct words *words)
{
	struct worker workers[NR_WORKERS + 1] = {};
	struct run sum = {};
	int i, started;

	for (started = 0; started <= NR_WORKERS; started++) {
		struct worker *worker = &workers[started];

		worker->fd = fd;
		worker->words = words;
		worker->run = (struct run) { .bit = started, .rounds = NR_ROUNDS };
		if (!ASSERT_OK(pthread_create(&worker->thread, NULL,
					      started < NR_WORKERS ? worker_in_kernel :
								     worker_in_user_space,
					      worker), "thread"))
			break;
	}
	for (i = 0; i < started; i++) {
		pthread_join(workers[i].thread, NULL);
		ASSERT_OK(workers[i].err, "run");
		worker_add(&sum, &workers[i].sum);
	}
	check_totals(words, &sum);
}

static void test_totals(void)
{
	struct arena_jit_atomic *skel;
	struct words *words;
	size_t size;

	skel = arena_jit_atomic__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	words = (void *)bpf_map__initial_value(skel->maps.arena, &size);
	if (ASSERT_OK_PTR(words, "arena")) {
		memset(words, 0, sizeof(*words));
		skel->bss->words_addr = (unsigned long)words;
		run_workers(bpf_program__fd(skel->progs.work), words);
	}
	arena_jit_atomic__destroy(skel);
}

void test_arena_jit_atomic(void)
{
	if (test__start_subtest("registers"))
		test_registers();
	if (test__start_subtest("totals"))
		test_totals();
}
