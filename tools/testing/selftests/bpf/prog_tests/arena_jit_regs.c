// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * A program keeps the address of its arena in a register. It has to be the own
 * arena after everything that a program can do.
 */
#include "arena_jit.h"
#include "arena_jit_ext.skel.h"
#include "arena_jit_regs.skel.h"

/* The same lower half, so that only the register makes the difference */
#define ADDR_OF(nr) (0x7a0010000000UL + ((unsigned long)(nr) << 32))
#define WORD_OF(nr) (0x1122334455667788UL * ((nr) + 1))

enum { FIRST, SECOND, EXT };

static char packet[64];

static int run_tc(int fd, int mark)
{
	struct __sk_buff skb = { .mark = mark };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .ctx_in = &skb, .ctx_size_in = sizeof(skb));
	int err = bpf_prog_test_run_opts(fd, &opts);

	return err ?: opts.retval;
}

static bool put_word(const struct bpf_map *map, int nr)
{
	size_t size;
	__u64 *p = (void *)bpf_map__initial_value((struct bpf_map *)map, &size);

	if (!ASSERT_EQ(p, (void *)ADDR_OF(nr), "address of the arena"))
		return false;
	*p = WORD_OF(nr);
	return true;
}

static struct arena_jit_regs *regs_open(int nr)
{
	struct arena_jit_regs *skel = arena_jit_regs__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return NULL;
	skel->rodata->word_addr = ADDR_OF(nr);
	skel->rodata->word = WORD_OF(nr);
	if (ASSERT_OK(bpf_map__set_map_extra(skel->maps.arena, ADDR_OF(nr)), "map_extra") &&
	    ASSERT_OK(arena_jit_regs__load(skel), "load") && put_word(skel->maps.arena, nr))
		return skel;
	arena_jit_regs__destroy(skel);
	return NULL;
}

static void check_counts(struct arena_jit_regs *skel, __u64 at_least)
{
	ASSERT_GE(skel->bss->checks, at_least, "checks");
	ASSERT_EQ(skel->bss->errors, 0, "accesses to something else than the arena");
	skel->bss->checks = 0;
}

static void run_prog(struct arena_jit_regs *skel, const struct bpf_program *prog, __u64 checks)
{
	ASSERT_OK(run_tc(bpf_program__fd(prog), 0), "run");
	check_counts(skel, checks);
}

static void test_timer(struct arena_jit_regs *skel)
{
	int i;

	ASSERT_OK(run_tc(bpf_program__fd(skel->progs.timer), 0), "run");
	for (i = 0; i < 500 && !*(volatile __u64 *)&skel->bss->timers; i++)
		usleep(10000);
	ASSERT_EQ(skel->bss->timers, 1, "timers");
	check_counts(skel, 22);
}

/* --- Tail calls --- */

static void set_next(struct arena_jit_regs *skel, __u32 key, const struct bpf_program *prog)
{
	int fd = bpf_program__fd(prog);

	ASSERT_OK(bpf_map_update_elem(bpf_map__fd(skel->maps.next), &key, &fd, BPF_ANY), "next");
}

/* Back and forth until there were as many tail calls as there may be */
static void tail_chain(struct arena_jit_regs *first, const struct bpf_program *start,
		       const struct bpf_program *next0, const struct bpf_program *next1,
		       struct arena_jit_regs *second, const struct bpf_program *back0,
		       const struct bpf_program *back1)
{
	int mark;

	set_next(first, 0, next0);
	set_next(first, 1, next1);
	set_next(second, 0, back0);
	set_next(second, 1, back1);
	for (mark = 0; mark < 3; mark++) {
		/* there is no program 2, so that such a tail call fails */
		ASSERT_OK(run_tc(bpf_program__fd(start), mark), "run");
		ASSERT_GT(first->bss->checks, 0, "checks in the first");
		ASSERT_EQ(first->bss->errors, 0, "first's accesses elsewhere");
		ASSERT_EQ(second->bss->errors, 0, "second's accesses elsewhere");
		if (mark < 2)
			ASSERT_GT(first->bss->checks + second->bss->checks, 30, "tail calls");
		first->bss->checks = 0;
		second->bss->checks = 0;
	}
}

static void tail_chains(struct arena_jit_regs *first, const struct bpf_program *start,
			struct arena_jit_regs *second)
{
	/* the same arena */
	tail_chain(first, start, first->progs.tail_direct, first->progs.tail_indirect,
		   second, second->progs.tail_direct, second->progs.tail_indirect);
	/* another one */
	tail_chain(first, start, second->progs.tail_direct, second->progs.tail_indirect,
		   second, first->progs.tail_direct, first->progs.tail_indirect);
	/* direct to indirect */
	tail_chain(first, start, second->progs.tail_indirect, second->progs.tail_direct,
		   second, first->progs.tail_indirect, first->progs.tail_direct);
	/* none */
	tail_chain(first, start, first->progs.tail_without_arena, first->progs.tail_direct,
		   second, second->progs.tail_direct, second->progs.tail_indirect);
	/* another one, none, and back */
	tail_chain(first, start, second->progs.tail_direct, second->progs.tail_without_arena,
		   second, second->progs.tail_without_arena, first->progs.tail_indirect);
	/* from a function again */
	tail_chain(first, start, second->progs.tail_from_function, second->progs.tail_indirect,
		   second, first->progs.tail_direct, first->progs.tail_from_function);
}

static void test_tail_calls(struct arena_jit_regs *first)
{
	struct arena_jit_regs *second = regs_open(SECOND);

	if (!second)
		return;
	tail_chains(first, first->progs.tail_direct, second);
	tail_chains(first, first->progs.tail_indirect, second);
	tail_chains(first, first->progs.tail_without_arena, second);
	tail_chains(first, first->progs.tail_from_function, second);
	arena_jit_regs__destroy(second);
}

/* --- What is attached to functions of the program --- */

static struct arena_jit_ext *ext_open(const char *name1, const char *name2, int target_fd,
				      const char *target)
{
	struct arena_jit_ext *skel = arena_jit_ext__open();
	struct bpf_program *prog;
	const char *name;

	if (!ASSERT_OK_PTR(skel, "open"))
		return NULL;
	skel->rodata->word_addr = ADDR_OF(EXT);
	skel->rodata->word = WORD_OF(EXT);
	bpf_object__for_each_program(prog, skel->obj) {
		name = bpf_program__name(prog);
		if (strcmp(name, name1) && strcmp(name, name2))
			continue;
		bpf_program__set_autoload(prog, true);
		ASSERT_OK(bpf_program__set_attach_target(prog, target_fd, target), "target");
	}
	if (ASSERT_OK(bpf_map__set_map_extra(skel->maps.arena, ADDR_OF(EXT)), "map_extra") &&
	    ASSERT_OK(arena_jit_ext__load(skel), "load") &&
	    ASSERT_OK(arena_jit_ext__attach(skel), "attach") &&
	    put_word(skel->maps.arena, EXT))
		return skel;
	arena_jit_ext__destroy(skel);
	return NULL;
}

static void test_replaced(struct arena_jit_regs *skel, const char *by)
{
	int fd = bpf_program__fd(skel->progs.replaced);
	struct arena_jit_ext *ext;

	run_prog(skel, skel->progs.replaced, 7);
	ext = ext_open(by, by, fd, "global_replaced");
	if (!ext)
		return;
	run_prog(skel, skel->progs.replaced, 6);
	ASSERT_GE(ext->bss->checks, 1, "checks of the replacement");
	ASSERT_EQ(ext->bss->errors, 0, "replacement's accesses elsewhere");
	arena_jit_ext__destroy(ext);
	run_prog(skel, skel->progs.replaced, 7);
}

static void test_traced(struct arena_jit_regs *skel, const char *target, const char *name1,
			const char *name2)
{
	int fd = bpf_program__fd(skel->progs.functions);
	struct arena_jit_ext *ext = ext_open(name1, name2, fd, target);

	if (!ext)
		return;
	run_prog(skel, skel->progs.functions, 12);
	ASSERT_GE(ext->bss->checks, 12, "checks of what is attached");
	ASSERT_EQ(ext->bss->errors, 0, "its accesses elsewhere");
	arena_jit_ext__destroy(ext);
}

static void test_tracing(struct arena_jit_regs *skel)
{
	static const char * const targets[] = {
		"functions", "global_with_access", "static_nested", "static_with_access",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(targets); i++) {
		test_traced(skel, targets[i], "on_entry", "on_entry");
		test_traced(skel, targets[i], "on_exit", "on_exit");
		test_traced(skel, targets[i], "on_entry", "on_exit");
	}
}

void test_arena_jit_regs(void)
{
	struct arena_jit_regs *skel = regs_open(FIRST);

	if (!skel)
		return;
	if (test__start_subtest("functions"))
		run_prog(skel, skel->progs.functions, 12);
	if (test__start_subtest("callbacks"))
		run_prog(skel, skel->progs.callbacks, 40);
	if (test__start_subtest("timer"))
		test_timer(skel);
	if (test__start_subtest("tail_calls"))
		test_tail_calls(skel);
	if (test__start_subtest("replaced_with_arena"))
		test_replaced(skel, "with_arena");
	if (test__start_subtest("replaced_without_arena"))
		test_replaced(skel, "without_arena");
	if (test__start_subtest("traced"))
		test_tracing(skel);
	arena_jit_regs__destroy(skel);
}
