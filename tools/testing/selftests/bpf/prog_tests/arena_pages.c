// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What programs ask an arena for, and what they get. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/uio.h>
#include "arena_ops_helpers.h"

#define PAGES 64
#define PAGE(n) (ARENA_WINDOW + (n) * ARENA_PAGE)

static void test_alloc_arguments(struct arena *a)
{
	static const struct {
		const char *name;
		struct arena_op op;
	} refused[] = {
		{ "no pages", { .cnt = 0 } },
		{ "more than there are", { .cnt = PAGES + 1 } },
		{ "2^20 pages", { .cnt = MAX_PAGES } },
		{ "2^32 - 1 pages", { .cnt = ~0U } },
		{ "2^31 pages", { .cnt = 1U << 31 } },
		{ "flag", { .cnt = 1, .flags = 1 } },
		{ "upper flag", { .cnt = 1, .flags = 1ULL << 63 } },
		{ "unaligned address", { .cnt = 1, .addr = PAGE(1) + 8 } },
		{ "address 1", { .cnt = 1, .addr = 1 } },
		{ "behind the last", { .cnt = 1, .addr = PAGE(PAGES) } },
		{ "last but more", { .cnt = 2, .addr = PAGE(PAGES - 1) } },
		{ "all but not from the first", { .cnt = PAGES, .addr = PAGE(1) } },
		{ "address and 2^32 - 1 pages", { .cnt = ~0U, .addr = PAGE(1) } },
		{ "end of the 4 GiB", { .cnt = 1, .addr = ARENA_WINDOW + GB4 - ARENA_PAGE } },
		{ "node -2", { .cnt = 1, .node = -2 } },
		{ "node 1023", { .cnt = 1, .node = 1023 } },
		{ "node 2^31 - 1", { .cnt = 1, .node = 0x7fffffff } },
	};
	struct arena_op op;
	int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		op = refused[i].op;
		op.kind = OP_ALLOC;
		op.node = op.node ?: -1;
		ASSERT_EQ(arena_run_op(a, op)->result, 0, refused[i].name);
	}
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), 0, "pages");

	op = (struct arena_op) { .kind = OP_ALLOC, .cnt = 1, .node = 0, .addr = PAGE(3) };
	ASSERT_EQ(arena_run_op(a, op)->result, PAGE(3), "node 0");
	ASSERT_EQ(arena_alloc(a, (__u32)PAGE(4), 1), PAGE(4), "lower half of the address");
	ASSERT_EQ(arena_alloc(a, PAGE(5) + 5 * GB4, 1), PAGE(5), "another upper half");
	ASSERT_EQ(arena_alloc(a, PAGE(4), 1), 0, "taken");
	ASSERT_EQ(arena_alloc(a, PAGE(2), 2), 0, "half taken");
	arena_free(a, PAGE(3), 3);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), 0, "pages afterwards");
}

static void test_free_arguments(struct arena *a)
{
	ASSERT_EQ(arena_alloc(a, 0, PAGES), PAGE(0), "all");
	arena_free(a, 0, 1);
	arena_free(a, PAGE(1), 0);
	arena_free(a, PAGE(PAGES), 1);
	arena_free(a, PAGE(PAGES), ~0U);
	arena_free(a, ARENA_WINDOW + GB4 - ARENA_PAGE, 5);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), PAGES, "pages after frees of nothing");
	arena_free(a, PAGE(5) + 4095, 1);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), PAGES - 1, "pages after a free within a page");
	ASSERT_EQ(arena_alloc(a, 0, 1), PAGE(5), "the page it was in");
	arena_free(a, PAGE(PAGES - 2), ~0U);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), PAGES - 2, "pages after a free across the end");
	arena_free(a, (__u32)PAGE(1), 1);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), PAGES - 3, "pages after a free by the lower half");
	arena_free(a, PAGE(1), 1);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), PAGES - 3, "pages after a second free");
	arena_free(a, PAGE(0), 1U << 31);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), 0, "pages after a free of all");
}

static void test_reserve(struct arena *a)
{
	ASSERT_EQ(arena_reserve(a, PAGE(1), 0), 0, "no pages");
	ASSERT_EQ(arena_reserve(a, PAGE(1) + 1, 1), 0, "unaligned");
	ASSERT_EQ(arena_reserve(a, PAGE(PAGES), 1), -EINVAL, "behind the last");
	ASSERT_EQ(arena_reserve(a, PAGE(PAGES - 1), 2), -EINVAL, "across the end");
	ASSERT_EQ(arena_reserve(a, PAGE(0), ~0U), -EINVAL, "2^32 - 1 pages");
	ASSERT_EQ(arena_reserve(a, PAGE(0), PAGES + 1), -EINVAL, "more than there are");

	ASSERT_EQ(arena_reserve(a, PAGE(0), 2), 0, "first two");
	ASSERT_EQ(arena_reserve(a, PAGE(1), 2), -EBUSY, "one of them");
	ASSERT_EQ(arena_reserve(a, PAGE(2), 1), 0, "what the refused did not take");
	ASSERT_EQ(arena_reserve(a, PAGE(PAGES - 1), 1), 0, "last");
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), 0, "pages of reservations");
	ASSERT_EQ(arena_access(a, OP_LOAD, PAGE(1), 0), 0, "load from a reserved page");
	ASSERT_EQ(arena_alloc(a, PAGE(1), 1), 0, "allocation of a reserved page");
	ASSERT_EQ(arena_alloc(a, 0, 1), PAGE(3), "allocation behind them");
	ASSERT_EQ(arena_alloc(a, 0, PAGES - 4), 0, "allocation that would need the last");
	ASSERT_EQ(arena_alloc(a, 0, PAGES - 5), PAGE(4), "allocation up to the last");
	ASSERT_EQ(arena_reserve(a, PAGE(3), 1), -EBUSY, "reservation of an allocated page");

	/* a fault takes no notice of a reservation */
	a->mem[ARENA_PAGE] = 1;
	ASSERT_EQ(arena_access(a, OP_LOAD, PAGE(1), 0), 1, "what user space wrote there");
	arena_free(a, PAGE(0), 3);
	ASSERT_EQ(arena_alloc(a, 0, 3), PAGE(0), "allocation of what was reserved");
	ASSERT_EQ(a->mem[ARENA_PAGE], 0, "contents of the new page");
	arena_free(a, PAGE(0), PAGES);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), 0, "pages afterwards");
}

/* Always the lowest addresses that are free. */
static void test_first_fit(struct arena *a)
{
	int i;

	for (i = 0; i < PAGES; i++)
		ASSERT_EQ(arena_alloc(a, 0, 1), PAGE(i), "one after the other");
	ASSERT_EQ(arena_alloc(a, 0, 1), 0, "one too many");
	arena_free(a, PAGE(10), 1);
	arena_free(a, PAGE(20), 2);
	arena_free(a, PAGE(30), 4);
	arena_free(a, PAGE(PAGES - 4), 4);
	ASSERT_EQ(arena_alloc(a, 0, 5), 0, "no such gap");
	ASSERT_EQ(arena_alloc(a, 0, 4), PAGE(30), "gap of 4");
	ASSERT_EQ(arena_alloc(a, 0, 2), PAGE(20), "gap of 2");
	ASSERT_EQ(arena_alloc(a, 0, 2), PAGE(PAGES - 4), "start of the last gap");
	ASSERT_EQ(arena_alloc(a, 0, 1), PAGE(10), "gap of 1");
	ASSERT_EQ(arena_alloc(a, 0, 2), PAGE(PAGES - 2), "rest of the last gap");
	ASSERT_EQ(arena_alloc(a, 0, 1), 0, "none left");
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), PAGES, "pages");
	arena_free(a, PAGE(0), PAGES);
	ASSERT_EQ(arena_alloc(a, 0, PAGES), PAGE(0), "all at once");
	arena_free(a, PAGE(0), PAGES);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), 0, "pages afterwards");
}

/* On both sides there is the same memory, and after a free there is none. */
static void test_shared(struct arena *a)
{
	__u64 *word = (__u64 *)a->mem;

	ASSERT_EQ(arena_access(a, OP_LOAD, PAGE(0), 0), 0, "load without a page");
	arena_access(a, OP_STORE, PAGE(0), 5);
	ASSERT_EQ(arena_access(a, OP_LOAD, PAGE(0), 0), 0, "load after a store without a page");
	ASSERT_EQ(arena_alloc(a, 0, 1), PAGE(0), "allocation");
	ASSERT_EQ(*word, 0, "contents");
	arena_access(a, OP_STORE, PAGE(0), 6);
	ASSERT_EQ(*word, 6, "program's store");
	*word = 7;
	ASSERT_EQ(arena_access(a, OP_LOAD, PAGE(0), 0), 7, "user's store");
	ASSERT_EQ(arena_access(a, OP_FREE_LOAD, PAGE(0), 0), 7, "free of no pages");
	ASSERT_EQ(arena_run_op(a, (struct arena_op) { .kind = OP_FREE_LOAD, .addr = PAGE(0),
						      .cnt = 1, .seen = 1 })->seen, 0,
		  "load after the free");
	ASSERT_EQ(*word, 0, "what user space faults in");
	ASSERT_EQ(arena_alloc(a, 0, 1), PAGE(1), "allocation beside it");
	arena_free(a, PAGE(0), 2);
}

/* A page that is pinned lives on where it is pinned, and only there. */
static void test_pinned(struct arena *a)
{
	struct iovec iov = { a->mem, 8 };
	int pipes[2];
	__u64 seen;

	if (!ASSERT_OK(pipe(pipes), "pipe"))
		return;
	ASSERT_EQ(arena_alloc(a, 0, 1), PAGE(0), "allocation");
	*(__u64 *)a->mem = 0x1111;
	if (ASSERT_EQ(vmsplice(pipes[1], &iov, 1, 0), 8, "vmsplice")) {
		arena_free(a, PAGE(0), 1);
		ASSERT_EQ(arena_alloc(a, 0, 1), PAGE(0), "the next at the address");
		*(__u64 *)a->mem = 0x2222;
		ASSERT_EQ(read(pipes[0], &seen, 8), 8, "read");
		ASSERT_EQ(seen, 0x1111, "what was pinned");
		ASSERT_EQ(*(__u64 *)a->mem, 0x2222, "what came after it");
	}
	arena_free(a, PAGE(0), 1);
	close(pipes[0]);
	close(pipes[1]);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), 0, "pages afterwards");
}

/* Programs that must not sleep: what they free is free some time later. */
static void test_deferred(struct arena *a, struct bpf_program *prog)
{
	struct arena_op *ops = a->skel->bss->ops, *op;
	int i;

	for (i = 0; i < 3; i++) {
		op = arena_alloc_nosleep(a, arena_run, prog, 2);
		ASSERT_EQ(op->result, PAGE(2 * i), "allocation");
		ASSERT_EQ(op->seen, 0, "contents");
		ASSERT_EQ(*(__u64 *)(a->mem + 2 * i * ARENA_PAGE), ARENA_STAMP, "stamp");
	}
	ops[0] = (struct arena_op) { .kind = OP_FREE, .cnt = 3, .addr = PAGE(1) };
	ops[1] = ops[0];	/* again, maybe before the first has been done */
	ops[2] = (struct arena_op) { .kind = OP_FREE, .cnt = 1, .addr = PAGE(2) };
	a->skel->bss->nr_ops = 3;
	ASSERT_OK(arena_run(bpf_program__fd(prog)), "run of the frees");
	ASSERT_EQ(arena_pages_settled(a->fd, 3), 3, "pages left");
	ASSERT_EQ(arena_alloc(a, 0, 3), PAGE(1), "allocation of what was freed");
	ASSERT_EQ(*(__u64 *)(a->mem + ARENA_PAGE), 0, "contents of the new page");
	arena_free(a, PAGE(0), 6);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), 0, "pages afterwards");
}

/* A sleepable program's frees are done on return in a callback of bpf_loop(), too. */
static void test_loop(struct arena *a)
{
	struct arena_op *ops = a->skel->bss->ops;
	int i, wrong = 0;

	ASSERT_EQ(arena_alloc(a, 0, PAGES), PAGE(0), "allocation");
	memset(a->mem, 1, PAGES * ARENA_PAGE);
	for (i = 0; i < PAGES; i++)
		ops[i] = (struct arena_op) { .addr = PAGE(i), .seen = 1 };
	a->skel->bss->nr_ops = PAGES;
	ASSERT_OK(arena_run(bpf_program__fd(a->skel->progs.free_in_loop)), "run");
	for (i = 0; i < PAGES; i++)
		wrong += ops[i].seen || ops[i].result != PAGE(i);
	ASSERT_EQ(wrong, 0, "pages not free on return");
	arena_free(a, PAGE(0), PAGES);
	ASSERT_EQ(fdinfo_value(a->fd, "pages"), 0, "pages afterwards");
}

static int run_socket(int fd)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = 1);

	return bpf_prog_test_run_opts(fd, &opts);
}

static void test_socket(struct arena *a)
{
	const struct bpf_program *prog = a->skel->progs.run_ops_in_socket;
	struct arena_op *op = arena_alloc_nosleep(a, run_socket, prog, PAGES);

	ASSERT_EQ(op->result, PAGE(0), "allocation of all");
	ASSERT_EQ(a->mem[0], (char)ARENA_STAMP, "stamp");
	*op = (struct arena_op) { .kind = OP_FREE, .cnt = PAGES, .addr = PAGE(0) };
	ASSERT_OK(run_socket(bpf_program__fd(prog)), "run of the free");
	ASSERT_EQ(arena_pages_settled(a->fd, 0), 0, "pages afterwards");
}

static void test_locked(struct arena *a)
{
	struct arena_op *ops = a->skel->bss->ops;
	int i;

	ops[0].result = 0;
	ops[1].addr = PAGE(7);
	for (i = 0; i < 10 && !ops[0].result; i++) {
		arena_free(a, PAGE(7), 1);
		ASSERT_OK(arena_run(bpf_program__fd(a->skel->progs.run_ops_locked)), "run");
	}
	ASSERT_EQ(ops[0].result, PAGE(0), "allocation");
	ASSERT_EQ(ops[1].err, 0, "reservation");
	ASSERT_EQ(arena_pages_settled(a->fd, 0), 0, "pages afterwards");
	ASSERT_EQ(arena_reserve(a, PAGE(7), 1), -EBUSY, "reserved page");
	arena_free(a, PAGE(7), 1);
}

static void test_no_arena(struct arena *a)
{
	struct arena_op *ops = a->skel->bss->ops;

	ops[0].result = 1;
	ops[1] = (struct arena_op) { .addr = PAGE(1) };
	ASSERT_OK(arena_run(bpf_program__fd(a->skel->progs.run_no_arena)), "run");
	ASSERT_EQ(ops[0].result, 0, "allocation");
	ASSERT_EQ(ops[1].err, -EINVAL, "reservation");
}

/* The offset of an insn reaches over both ends of the 4 GiB, and there is nothing. */
static void test_guards(void)
{
	const __u64 last = ARENA_ADDR + GB4 - ARENA_PAGE;
	struct arena a;

	if (!arena_open(&a, MAX_PAGES, ARENA_ADDR))
		return;
	ASSERT_EQ(arena_alloc(&a, last, 1), last, "last page");
	a.mem[0] = 11;
	a.mem[GB4 - 1] = 12;
	a.mem[7 * ARENA_PAGE] = 13;
	a.mem[8 * ARENA_PAGE] = 14;
	a.mem[8 * ARENA_PAGE - 1] = 15;
	ASSERT_EQ(arena_access(&a, OP_LOAD_LOW, ARENA_ADDR, 0), 0, "load below the first");
	arena_access(&a, OP_STORE_LOW, ARENA_ADDR, 1);
	ASSERT_EQ(arena_access(&a, OP_LOAD_HIGH, ARENA_ADDR + GB4 - 1, 0), 0,
		  "load above the last");
	arena_access(&a, OP_STORE_HIGH, ARENA_ADDR + GB4 - 1, 1);
	ASSERT_EQ(arena_access(&a, OP_LOAD, ARENA_ADDR + GB4 - 4, 0), 0, "load across the end");
	arena_access(&a, OP_STORE, ARENA_ADDR + GB4 - 4, ~0ULL);
	ASSERT_EQ(a.mem[0], 11, "first byte");
	ASSERT_EQ(a.mem[GB4 - 1], 12, "last byte");
	ASSERT_EQ(arena_access(&a, OP_LOAD_LOW, ARENA_ADDR + 8 * ARENA_PAGE, 0),
		  11, "load of the first byte");
	ASSERT_EQ(arena_access(&a, OP_LOAD_HIGH, ARENA_ADDR + 0 * ARENA_PAGE, 0),
		  15, "load 32767 bytes on");
	ASSERT_EQ(arena_access(&a, OP_LOAD_HIGH, ARENA_ADDR + 0 * ARENA_PAGE + 1, 0),
		  14, "load 32768 bytes on");
	ASSERT_EQ(arena_access(&a, OP_LOAD_HIGH, ARENA_ADDR + GB4 - 32768, 0), 12,
		  "load of the last byte");
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), 4, "pages");
	arena_close(&a);
}

/*
 * At a multiple of 4 GiB, the lower half of the first page's address is 0, as that of
 * NULL: nobody gets it unasked as long as there is another.
 */
static void test_null(void)
{
	const __u64 null = ARENA_ADDR;
	struct arena a;
	int i;

	if (!arena_open(&a, 3, null))
		return;
	for (i = 0; i < 3; i++)
		ASSERT_EQ(arena_alloc(&a, 0, 1), null + (i + 1) % 3 * ARENA_PAGE, "in turn");
	ASSERT_EQ(arena_alloc(&a, 0, 1), 0, "one too many");
	arena_free(&a, 0, 3);
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), 3, "pages after a free of NULL");
	arena_free(&a, null, 2);
	ASSERT_EQ(arena_alloc(&a, 0, 2), null, "both");
	arena_free(&a, null, 2);
	ASSERT_EQ(arena_alloc(&a, 0, 1), null + ARENA_PAGE, "the other");
	ASSERT_EQ(arena_reserve(&a, null, 2), -EBUSY, "reservation of both");
	ASSERT_EQ(arena_reserve(&a, null, 1), 0, "reservation on request");
	ASSERT_EQ(arena_alloc(&a, 0, 1), 0, "allocation of what is reserved");
	a.mem[0] = 1;
	arena_free(&a, null, 1);
	ASSERT_EQ(fdinfo_value(a.fd, "pages"), 2, "pages after a free of a page of a fault");
	a.mem[0] = 1;
	ASSERT_EQ(arena_alloc(&a, 0, 1), 0, "allocation of a page of a fault");
	arena_free(&a, null, 3);
	ASSERT_EQ(arena_alloc(&a, null, 3), null, "all on request");
	arena_close(&a);
}

void test_arena_pages(void)
{
	struct arena a;

	if (!arena_open(&a, PAGES, ARENA_WINDOW))
		return;
	if (test__start_subtest("alloc_arguments"))
		test_alloc_arguments(&a);
	if (test__start_subtest("free_arguments"))
		test_free_arguments(&a);
	if (test__start_subtest("reserve"))
		test_reserve(&a);
	if (test__start_subtest("first_fit"))
		test_first_fit(&a);
	if (test__start_subtest("shared"))
		test_shared(&a);
	if (test__start_subtest("pinned"))
		test_pinned(&a);
	if (test__start_subtest("callback"))
		test_deferred(&a, a.skel->progs.run_ops_in_callback);
	if (test__start_subtest("loop"))
		test_loop(&a);
	if (test__start_subtest("socket"))
		test_socket(&a);
	if (test__start_subtest("locked"))
		test_locked(&a);
	if (test__start_subtest("no_arena"))
		test_no_arena(&a);
	arena_close(&a);
	if (test__start_subtest("guards"))
		test_guards();
	if (test__start_subtest("null"))
		test_null();
}
