// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What libbpf and bpftool do with an arena. */
#include <sys/mman.h>
#include "message_helpers.h"
#include "progs/arena_libbpf.h"
#include "arena_libbpf.skel.h"

#define PAGE 4096UL
#define NR_PAGES 100
#define USER_ADDR (1ULL << 44)
#define PIN "/sys/fs/bpf/arena_libbpf"

static int run(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) ?: (int)opts.retval;
}

static void *arena_start(struct arena_libbpf *skel)
{
	size_t size;

	return (void *)bpf_map__initial_value(skel->maps.arena, &size);
}

static size_t vars_size(void)
{
	return (sizeof(struct arena_libbpf__arena) + PAGE - 1) / PAGE * PAGE;
}

/* Both sides see initial values, and what the other one writes. */
static void test_values(void)
{
	struct arena_libbpf *skel = arena_libbpf__open();
	struct arena_libbpf__arena *vars;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	ASSERT_EQ(skel->arena->seven, 7, "seven before loading");
	ASSERT_STREQ(skel->arena->text, "text", "text before loading");
	skel->arena->seven = 8;
	if (!ASSERT_OK(arena_libbpf__load(skel), "load"))
		goto out;

	vars = skel->arena;
	ASSERT_EQ(vars->seven, 8, "seven");
	ASSERT_EQ(vars->zero, 0, "zero");
	ASSERT_STREQ(vars->text, "text", "text");
	ASSERT_EQ(vars->ptr->value, 2, "*ptr");
	ASSERT_EQ((long)vars->ptr->other, (long)&vars->first, "ptr->other");
	ASSERT_EQ((long)vars->array[0], (long)&vars->first, "array[0]");
	ASSERT_NULL(vars->array[1], "array[1]");
	ASSERT_EQ((long)vars->array[2], (long)vars->ptr, "array[2]");
	vars->first.value = 3;
	ASSERT_OK(run(skel->progs.read_vars), "read_vars");
	ASSERT_EQ(skel->bss->sum, 8 + 20 + 300 + 2000, "sum");

	ASSERT_OK(run(skel->progs.write_vars), "write_vars");
	ASSERT_EQ(vars->zero, 0xdeadbeef, "zero when written");
	ASSERT_EQ(vars->text[4999], 'x', "text when written");
	ASSERT_EQ((long)vars->ptr, (long)&vars->first, "ptr when written");
	ASSERT_EQ(vars->array[2]->value, 22, "static variable when written");
out:
	arena_libbpf__destroy(skel);
}

static void check_placement(struct arena_libbpf *skel, __u64 pages)
{
	char *start = arena_start(skel);

	ASSERT_EQ((char *)skel->arena - start, pages * PAGE - vars_size(), "end of the arena");
	ASSERT_OK(run(skel->progs.alloc_page), "alloc_page");
	/* The page at the 32-bit address 0 is the last one. */
	ASSERT_EQ(skel->bss->allocated, (long)start + ((__u32)(long)start ? 0 : PAGE),
		  "first page for the program");
	ASSERT_OK(run(skel->progs.read_vars), "read_vars");
}

static void test_placement(void)
{
	struct arena_libbpf *skel = arena_libbpf__open_and_load();

	if (ASSERT_OK_PTR(skel, "load"))
		check_placement(skel, NR_PAGES);
	arena_libbpf__destroy(skel);
}

/* 4 GiB, at a given address */
static void test_big(void)
{
	struct arena_libbpf *skel = arena_libbpf__open();
	struct bpf_map *map;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	map = skel->maps.arena;
	ASSERT_OK(bpf_map__set_max_entries(map, 1 << 20), "set_max_entries");
	ASSERT_OK(bpf_map__set_map_extra(map, USER_ADDR), "set_map_extra");
	if (ASSERT_OK(arena_libbpf__load(skel), "load") &&
	    ASSERT_EQ((long)arena_start(skel), USER_ADDR, "start"))
		check_placement(skel, 1 << 20);
	arena_libbpf__destroy(skel);
}

/* Exactly as many pages as the variables need, and one less. */
static void test_small(void)
{
	struct arena_libbpf *skel = arena_libbpf__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_map__set_max_entries(skel->maps.arena, vars_size() / PAGE);
	if (ASSERT_OK(arena_libbpf__load(skel), "load"))
		ASSERT_EQ((long)skel->arena, (long)arena_start(skel), "placement");
	arena_libbpf__destroy(skel);

	skel = arena_libbpf__open();
	if (!ASSERT_OK_PTR(skel, "open again"))
		return;
	bpf_map__set_max_entries(skel->maps.arena, vars_size() / PAGE - 1);
	collect_messages();
	ASSERT_EQ(arena_libbpf__load(skel), -E2BIG, "load with one page less");
	libbpf_set_print(NULL);
	ASSERT_HAS_SUBSTR(messages, "is too small to hold global __arena variables", "message");
	arena_libbpf__destroy(skel);
}

static void refused(const char *file, int err, const char *message)
{
	libbpf_print_fn_t old = collect_messages();
	struct bpf_object *obj = bpf_object__open_file(file, NULL);

	libbpf_set_print(old);
	ASSERT_EQ(libbpf_get_error(obj), err, file);
	ASSERT_HAS_SUBSTR(messages, message, file);
	if (!libbpf_get_error(obj))
		bpf_object__close(obj);
}

static void test_refused(void)
{
	refused("arena_nomap_refused.bpf.o", -ENOENT,
		"elf: sec '.addr_space.1': to use global __arena variables the ARENA map should be explicitly declared in SEC(\".maps\")");
	refused("arena_small_refused.bpf.o", -E2BIG,
		"elf: sec '.addr_space.1': declared ARENA map size (4096) is too small to hold global __arena variables of size 4097");
	refused("arena_two_refused.bpf.o", -EINVAL,
		"map 'arena2': only single ARENA map is supported");
}

static void test_initial_value(void)
{
	struct arena_libbpf *skel = arena_libbpf__open();
	size_t size = 0;
	const void *old;
	char *data;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	old = bpf_map__initial_value(skel->maps.arena, &size);
	ASSERT_EQ(size, sizeof(*skel->arena), "size");
	ASSERT_EQ((long)old, (long)skel->arena, "initial value before loading");
	data = malloc(size + 1);
	if (!ASSERT_OK_PTR(old, "initial value") || !ASSERT_OK_PTR(data, "malloc"))
		goto out;
	memcpy(data, old, size);
	((struct arena_libbpf__arena *)data)->seven = 77;
	ASSERT_EQ(bpf_map__set_initial_value(skel->maps.arena, data, size - 1), -EINVAL,
		  "a byte less");
	ASSERT_EQ(bpf_map__set_initial_value(skel->maps.arena, data, size + 1), -EINVAL,
		  "a byte more");
	ASSERT_OK(bpf_map__set_initial_value(skel->maps.arena, data, size), "right size");
	if (!ASSERT_OK(arena_libbpf__load(skel), "load"))
		goto out;
	ASSERT_EQ(skel->arena->seven, 77, "seven");
	ASSERT_EQ(bpf_map__set_initial_value(skel->maps.arena, data, size), -EINVAL, "too late");
	size = 0;
	bpf_map__initial_value(skel->maps.arena, &size);
	ASSERT_EQ(size, sizeof(*skel->arena), "size when loaded");
out:
	free(data);
	arena_libbpf__destroy(skel);
}

static void test_segv_on_fault(void)
{
	struct arena_libbpf *skel = arena_libbpf__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_map__set_map_flags(skel->maps.arena, BPF_F_MMAPABLE | BPF_F_SEGV_ON_FAULT);
	collect_messages();
	ASSERT_EQ(arena_libbpf__load(skel), -EINVAL, "load");
	libbpf_set_print(NULL);
	ASSERT_HAS_SUBSTR(messages, "cannot hold global __arena variables", "message");
	arena_libbpf__destroy(skel);
}

static void test_no_autocreate(void)
{
	struct arena_libbpf *skel = arena_libbpf__open();
	struct bpf_program *prog;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, prog == skel->progs.no_arena);
	ASSERT_OK(bpf_map__set_autocreate(skel->maps.arena, false), "set_autocreate");
	ASSERT_OK(arena_libbpf__load(skel), "load");
	ASSERT_OK(run(skel->progs.no_arena), "run");
	arena_libbpf__destroy(skel);
}

/* The second object uses the arena of the first, which is mapped already. */
static void test_reuse(void)
{
	struct arena_libbpf *skel = arena_libbpf__open(), *user = NULL;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_map__set_map_extra(skel->maps.arena, USER_ADDR);
	if (!ASSERT_OK(arena_libbpf__load(skel), "load"))
		goto out;
	skel->arena->seven = 9;

	user = arena_libbpf__open();
	if (!ASSERT_OK_PTR(user, "open the second"))
		goto out;
	ASSERT_OK(bpf_map__reuse_fd(user->maps.arena, bpf_map__fd(skel->maps.arena)), "reuse_fd");
	if (!ASSERT_OK(arena_libbpf__load(user), "load the second"))
		goto out;
	ASSERT_NULL(user->arena, "variables through the second");
	ASSERT_OK(run(user->progs.read_vars), "run the second");
	ASSERT_EQ(user->bss->sum, 9 + 20 + 100 + 2000, "values of the first");
	arena_libbpf__destroy(user);
	user = NULL;
	ASSERT_EQ(skel->arena->seven, 9, "still mapped");
out:
	arena_libbpf__destroy(user);
	arena_libbpf__destroy(skel);
}

static void test_close(void)
{
	struct arena_libbpf *skel = arena_libbpf__open_and_load();
	void *start;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	start = arena_start(skel);
	ASSERT_OK(msync(start, PAGE, MS_ASYNC), "mapped");
	arena_libbpf__destroy(skel);
	ASSERT_EQ(msync(start, PAGE, MS_ASYNC), -1, "unmapped");
	ASSERT_EQ(errno, ENOMEM, "error of what is unmapped");
}

static void test_probe(void)
{
	ASSERT_EQ(libbpf_probe_bpf_map_type(BPF_MAP_TYPE_ARENA, NULL), 1, "arena");
	ASSERT_EQ(libbpf_probe_bpf_map_type(BPF_MAP_TYPE_CGRP_STORAGE, NULL), -EOPNOTSUPP,
		  "cgrp_storage");
	ASSERT_STREQ(libbpf_bpf_map_type_str(BPF_MAP_TYPE_ARENA), "arena", "name");
}

/* Run bpftool and return its exit status, with all that it printed in out. */
static int bpftool(char *out, size_t size, const char *args)
{
	const char *tool = getenv("BPFTOOL");
	char cmd[512];
	size_t len;
	FILE *f;

	snprintf(cmd, sizeof(cmd), "%s %s 2>&1", tool ?: "./bpftool", args);
	f = popen(cmd, "r");
	if (!ASSERT_OK_PTR(f, "popen"))
		return -1;
	len = fread(out, 1, size - 1, f);
	out[len] = 0;
	/* let it write the rest */
	while (fgetc(f) != EOF)
		;
	return pclose(f);
}

static void test_bpftool_map(void)
{
	static char out[4096];

	unlink(PIN);
	ASSERT_OK(bpftool(out, sizeof(out), "map create " PIN
			  " type arena key 0 value 0 entries 10 name tool_arena flags 0x400"),
		  "create");
	ASSERT_OK(bpftool(out, sizeof(out), "map show pinned " PIN), "show");
	ASSERT_HAS_SUBSTR(out, ": arena  name tool_arena  flags 0x400", "type");
	ASSERT_HAS_SUBSTR(out, "key 0B  value 0B  max_entries 10", "sizes");
	ASSERT_NEQ(bpftool(out, sizeof(out), "map dump pinned " PIN), 0, "status of dump");
	ASSERT_HAS_SUBSTR(out, "is an arena", "message of dump");
	ASSERT_NEQ(bpftool(out, sizeof(out), "-j map dump pinned " PIN), 0, "status of JSON dump");
	ASSERT_STRNEQ(out, "{\"error\":", 9, "JSON dump");
	ASSERT_NEQ(bpftool(out, sizeof(out), "map peek pinned " PIN), 0, "status of peek");
	ASSERT_NEQ(bpftool(out, sizeof(out), "map getnext pinned " PIN), 0, "status of getnext");
	unlink(PIN);
	ASSERT_NEQ(bpftool(out, sizeof(out), "map create " PIN
			   " type arena key 4 value 0 entries 10 name x flags 0x400"), 0,
		   "create with a key");
	ASSERT_OK(bpftool(out, sizeof(out), "feature list_builtins map_types"), "list_builtins");
	ASSERT_HAS_SUBSTR(out, "\narena", "arena in the list");
}

static void test_bpftool_gen(void)
{
	static char out[1 << 20];

	ASSERT_OK(bpftool(out, sizeof(out), "gen skeleton arena_libbpf.bpf.o name a"), "skeleton");
	ASSERT_HAS_SUBSTR(out, "struct a__arena {", "structure");
	ASSERT_HAS_SUBSTR(out, "} *arena;", "member");
	ASSERT_HAS_SUBSTR(out, "struct pair *ptr;", "pointer without attributes");
	ASSERT_NEQ(bpftool(out, sizeof(out), "-L gen skeleton arena_libbpf.bpf.o name a"), 0,
		   "light skeleton");
	ASSERT_HAS_SUBSTR(out, "ARENA is not supported by light skeletons", "message");
	ASSERT_NEQ(bpftool(out, sizeof(out), "gen skeleton arena_two_refused.bpf.o"), 0,
		   "skeleton of what is refused");
}

static void test_bpftool_prog(void)
{
	struct arena_libbpf *skel = arena_libbpf__open_and_load();
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	static char out[8192];
	char args[64];

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	ASSERT_OK(bpf_obj_get_info_by_fd(bpf_program__fd(skel->progs.write_vars), &info, &len),
		  "info");
	snprintf(args, sizeof(args), "prog dump xlated id %u", info.id);
	ASSERT_OK(bpftool(out, sizeof(out), args), "dump");
	ASSERT_HAS_SUBSTR(out, "zero = 0xdeadbeef;", "source line");
	ASSERT_HAS_SUBSTR(out, "*(u64 *)(r1 +0) = r2", "store to the arena");
	arena_libbpf__destroy(skel);
}

void test_arena_libbpf(void)
{
	if (test__start_subtest("values"))
		test_values();
	if (test__start_subtest("placement"))
		test_placement();
	if (test__start_subtest("big"))
		test_big();
	if (test__start_subtest("small"))
		test_small();
	if (test__start_subtest("refused"))
		test_refused();
	if (test__start_subtest("initial_value"))
		test_initial_value();
	if (test__start_subtest("segv_on_fault"))
		test_segv_on_fault();
	if (test__start_subtest("no_autocreate"))
		test_no_autocreate();
	if (test__start_subtest("reuse"))
		test_reuse();
	if (test__start_subtest("close"))
		test_close();
	if (test__start_subtest("probe"))
		test_probe();
	if (test__start_subtest("bpftool_map"))
		test_bpftool_map();
	if (test__start_subtest("bpftool_gen"))
		test_bpftool_gen();
	if (test__start_subtest("bpftool_prog"))
		test_bpftool_prog();
}
