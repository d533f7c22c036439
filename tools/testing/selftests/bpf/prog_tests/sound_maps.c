// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Locks, timers and pointers in values of maps: nobody gets at them by another way. */
#define _GNU_SOURCE
#include "modern_helpers.h"
#include "map_value_helpers.h"
#include "sound_data.skel.h"
#include "sound_maps.skel.h"

static const struct {
	const char *prog, *map;
	int err;
} iterators[] = {
	{ "reads", "timed_hash" },
	{ "writes_before", "timed_hash" },
	{ "writes_timer", "timed_hash", -EACCES },
	{ "writes_timer", "timed_lru", -EACCES },
	{ "writes_timer", "timed_array", -EACCES },
	{ "writes_timer_end", "timed_hash", -EACCES },
	{ "writes_behind", "timed_hash" },
	{ "writes_both_sides", "timed_hash", -EACCES },
	{ "writes_by_helper", "timed_hash", -EACCES },
	{ "writes_by_global", "timed_hash", -EACCES },
	{ "writes_by_global", "plain_array" },
	{ "writes_timer", "plain_array" },
	{ "writes_both_sides", "plain_array" },
	{ "writes_first", "locked_array", -EACCES },
	{ "writes_before", "locked_array" },
	{ "reads", "rdonly_array" },
	{ "writes_first", "rdonly_array", -EACCES },
	{ "writes_far", "plain_array", -EACCES },
	{ "sleeps", "plain_array", -EINVAL },
	{ "sk_reads", "locked_storage" },
	{ "sk_writes_lock", "locked_storage", -EACCES },
	{ "sk_writes_count", "locked_storage" },
};

static struct bpf_link *attach(const struct bpf_program *prog, const struct bpf_map *map)
{
	LIBBPF_OPTS(bpf_iter_attach_opts, opts);
	union bpf_iter_link_info linfo;

	memset(&linfo, 0, sizeof(linfo));
	linfo.map.map_fd = bpf_map__fd(map);
	opts.link_info = &linfo;
	opts.link_info_len = sizeof(linfo);
	return bpf_program__attach_iter(prog, &opts);
}

static void test_iterator(struct sound_maps *skel, int nr)
{
	const struct bpf_program *prog;
	struct bpf_link *link;
	struct bpf_map *map;

	prog = bpf_object__find_program_by_name(skel->obj, iterators[nr].prog);
	map = bpf_object__find_map_by_name(skel->obj, iterators[nr].map);
	if (!ASSERT_OK_PTR(prog, "program") || !ASSERT_OK_PTR(map, "map"))
		return;
	link = attach(prog, map);
	ASSERT_EQ(link ? 0 : -errno, iterators[nr].err, "attach");
	bpf_link__destroy(link);
}

/* The program of a link is replaced by another one, which is as good as attaching it. */
static void test_replaced(struct bpf_program *first, struct bpf_program *other,
			  const struct bpf_map *map, int err)
{
	struct bpf_link *link = attach(first, map);

	if (!ASSERT_OK_PTR(link, "attach"))
		return;
	ASSERT_EQ(bpf_link__update_program(link, other), err, bpf_program__name(other));
	bpf_link__destroy(link);
}

void test_sound_maps_replaced(void)
{
	struct sound_maps *skel = sound_maps__open_and_load();

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	if (test__start_subtest("elem")) {
		test_replaced(skel->progs.reads, skel->progs.writes_timer, skel->maps.plain_array,
			      0);
		test_replaced(skel->progs.reads, skel->progs.writes_far, skel->maps.plain_array,
			      -EACCES);
		test_replaced(skel->progs.reads, skel->progs.sleeps, skel->maps.plain_array,
			      -EINVAL);
		test_replaced(skel->progs.reads, skel->progs.writes_timer, skel->maps.timed_hash,
			      -EACCES);
		test_replaced(skel->progs.reads, skel->progs.writes_first, skel->maps.rdonly_array,
			      -EACCES);
	}
	if (test__start_subtest("sk_storage")) {
		test_replaced(skel->progs.sk_reads, skel->progs.sk_writes_count,
			      skel->maps.locked_storage, 0);
		test_replaced(skel->progs.sk_reads, skel->progs.sk_writes_lock,
			      skel->maps.locked_storage, -EACCES);
		test_replaced(skel->progs.sk_reads, skel->progs.sk_writes_far,
			      skel->maps.locked_storage, -EACCES);
	}
	sound_maps__destroy(skel);
}

void test_sound_maps_iter(void)
{
	struct sound_maps *skel = sound_maps__open_and_load();
	char name[64];
	int i;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	for (i = 0; i < ARRAY_SIZE(iterators); i++) {
		snprintf(name, sizeof(name), "%s of %s", iterators[i].prog, iterators[i].map);
		if (test__start_subtest(name))
			test_iterator(skel, i);
	}
	sound_maps__destroy(skel);
}

#define LOCK(off) { "bpf_spin_lock", 4, off }
#define TIMER(off) { "bpf_timer", 16, off }

void test_sound_maps_fields(void)
{
	static const struct {
		const char *name;
		struct map_field fields[2];
		int err;
	} tests[] = {
		{ "apart", { LOCK(0), TIMER(8) } },
		{ "lock_in_timer", { TIMER(0), LOCK(8) }, -EEXIST },
		{ "lock_at_end_of_timer", { TIMER(0), LOCK(12) }, -EEXIST },
		{ "lock_behind_timer", { TIMER(0), LOCK(16) } },
		{ "timer_at_lock", { LOCK(8), TIMER(8) }, -EEXIST },
	};
	__u32 value[6] = {}, key = 0;
	int i, fd;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		if (!test__start_subtest(tests[i].name))
			continue;
		fd = create_with_fields(BPF_MAP_TYPE_ARRAY, 0, sizeof(value), tests[i].fields, 2);
		if (tests[i].err) {
			ASSERT_EQ(fd, tests[i].err, "create");
		} else if (ASSERT_GE(fd, 0, "create")) {
			ASSERT_OK(bpf_map_update_elem(fd, &key, value, BPF_ANY), "update");
			close(fd);
		}
	}
}

/* The template of an outer map says what is in all of its maps. */
void test_sound_maps_inner(void)
{
	static const struct map_field none[] = { { .off = 0 }, { .off = 4 } };
	static const struct map_field lock[] = { LOCK(0), { .off = 4 } };
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	int template, inner, outer, other;
	__u32 key = 0;

	template = create_with_fields(BPF_MAP_TYPE_ARRAY, 0, 8, none, 2);
	other = create_with_fields(BPF_MAP_TYPE_ARRAY, 0, 8, none, 2);
	inner = create_with_fields(BPF_MAP_TYPE_ARRAY, 0, 8, lock, 2);
	opts.inner_map_fd = template;
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "outer", 4, 4, 1, &opts);
	if (ASSERT_GE(template, 0, "template") && ASSERT_GE(other, 0, "no lock") &&
	    ASSERT_GE(inner, 0, "with a lock") && ASSERT_GE(outer, 0, "outer")) {
		ASSERT_OK(bpf_map_update_elem(outer, &key, &other, BPF_ANY), "no lock");
		ASSERT_LT(bpf_map_update_elem(outer, &key, &inner, BPF_ANY), 0, "with a lock");
		ASSERT_EQ(errno, EINVAL, "with a lock");
	}
	close(template);
	close(other);
	close(inner);
	close(outer);
}

/* Objects that were built without -g have global data, and no types. */
void test_sound_maps_no_btf(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "no_btf");
	struct bpf_object *obj;
	struct bpf_map *map;
	size_t size, i;
	char *elf;

	elf = malloc(sound_data__elf_bytes(&size) ? size : 0);
	if (!ASSERT_OK_PTR(elf, "memory"))
		return;
	memcpy(elf, sound_data__elf_bytes(&size), size);
	for (i = 0; i + 5 < size; i++)
		if (!memcmp(elf + i, ".BTF", 4))
			elf[i + 1] = 'X';
	obj = bpf_object__open_mem(elf, size, &opts);
	if (ASSERT_OK_PTR(obj, "open")) {
		ASSERT_OK_PTR(bpf_object__btf(obj) ? NULL : obj, "no BTF");
		map = bpf_object__find_map_by_name(obj, ".data");
		ASSERT_OK_PTR(map, "data");
		ASSERT_OK(bpf_object__load(obj), "load");
	}
	bpf_object__close(obj);
	free(elf);
}
