// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What can be created, and what an arena answers where other maps have elements. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "arena_test_helpers.h"
#include "cap_helpers.h"

#define ENOTSUPP 524	/* of the kernel only */

struct creation {
	const char *name;
	__u32 key_size, value_size, max_entries, flags;
	__u64 map_extra;
	int err;	/* 0: is created */
};

#define MMAP BPF_F_MMAPABLE

/* Where two rules are broken, the first of them answers. */
static const struct creation creations[] = {
	{ "one_page", 0, 0, 1, MMAP, 0, 0 },
	{ "all_pages", 0, 0, MAX_PAGES, MMAP, 0, 0 },
	{ "all_pages_placed", 0, 0, MAX_PAGES, MMAP, ARENA_ADDR, 0 },
	{ "segv_on_fault", 0, 0, 1, MMAP | BPF_F_SEGV_ON_FAULT, 0, 0 },
	{ "no_user_conv", 0, 0, 1, MMAP | BPF_F_NO_USER_CONV, 0, 0 },
	{ "both_flags", 0, 0, 1, MMAP | BPF_F_SEGV_ON_FAULT | BPF_F_NO_USER_CONV, 0, 0 },
	{ "up_to_4g", 0, 0, 16, MMAP, ARENA_ADDR + GB4 - 16 * ARENA_PAGE, 0 },
	{ "key", 4, 0, 1, MMAP, 0, -EINVAL },
	{ "value", 0, 8, 1, MMAP, 0, -EINVAL },
	{ "no_pages", 0, 0, 0, MMAP, 0, -EINVAL },
	{ "not_mmapable", 0, 0, 1, 0, 0, -EINVAL },
	{ "unaligned", 0, 0, 1, MMAP, ARENA_ADDR + 8, -EINVAL },
	{ "unaligned_half", 0, 0, 1, MMAP, ARENA_ADDR + 2048, -EINVAL },
	{ "too_big", 0, 0, MAX_PAGES + 1, MMAP, 0, -E2BIG },
	{ "much_too_big", 0, 0, ~0U, MMAP, 0, -E2BIG },
	{ "crosses_4g", 0, 0, 2, MMAP, ARENA_ADDR + GB4 - ARENA_PAGE, -ERANGE },
	{ "all_pages_crosses_4g", 0, 0, MAX_PAGES, MMAP, ARENA_ADDR + ARENA_PAGE, -ERANGE },
	{ "flags_before_size", 0, 0, MAX_PAGES + 1, 0, 0, -EINVAL },
	{ "alignment_before_size", 0, 0, MAX_PAGES + 1, MMAP, ARENA_ADDR + 1, -EINVAL },
	{ "size_before_crossing", 0, 0, MAX_PAGES + 1, MMAP, ARENA_ADDR + ARENA_PAGE, -E2BIG },
};

static int create(const struct creation *c)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = c->flags, .map_extra = c->map_extra);

	return bpf_map_create(BPF_MAP_TYPE_ARENA, "arena", c->key_size, c->value_size,
			      c->max_entries, &opts);
}

static void test_creation(const struct creation *c)
{
	int fd = create(c);

	if (c->err)
		ASSERT_EQ(fd, c->err, "error");
	else
		ASSERT_GE(fd, 0, "map");
	if (fd >= 0)
		close(fd);
}

/* Only three flags are an arena's. */
static void test_flags(void)
{
	const __u32 good = MMAP | BPF_F_SEGV_ON_FAULT | BPF_F_NO_USER_CONV;
	struct creation c = { .max_entries = 1 };
	char name[32];
	int i, fd;

	for (i = 0; i < 32; i++) {
		c.flags = MMAP | 1U << i;
		snprintf(name, sizeof(name), "flag %d", i);
		fd = create(&c);
		if (good & 1U << i)
			ASSERT_GE(fd, 0, name);
		else
			ASSERT_EQ(fd, -EINVAL, name);
		if (fd >= 0)
			close(fd);
	}
}

/* Everybody may use bpf(2), and an array is for everybody. */
static void test_no_cap_bpf(void)
{
	static const char path[] = "/proc/sys/kernel/unprivileged_bpf_disabled";
	struct creation good = { .max_entries = 1, .flags = MMAP };
	struct creation bad = { .key_size = 4, .max_entries = ~0U };
	__u64 caps = 1ULL << CAP_BPF | 1ULL << CAP_SYS_ADMIN, old;
	long long disabled = read_number(path);
	int fd_array, fd_good, fd_bad;

	if (!ASSERT_OK(write_number(path, 0), "unprivileged_bpf_disabled") ||
	    !ASSERT_OK(cap_disable_effective(caps, &old), "drop CAP_BPF"))
		return;
	fd_array = bpf_map_create(BPF_MAP_TYPE_ARRAY, "array", 4, 4, 1, NULL);
	fd_good = create(&good);
	fd_bad = create(&bad);
	cap_enable_effective(old, NULL);
	ASSERT_OK(write_number(path, disabled), "unprivileged_bpf_disabled");
	ASSERT_GE(fd_array, 0, "array");
	ASSERT_EQ(fd_good, -EPERM, "arena");
	ASSERT_EQ(fd_bad, -EPERM, "arena with other errors");
	close(fd_array);
}

static int load_user(int fd)
{
	struct bpf_insn insns[] = {
		BPF_LD_MAP_FD(BPF_REG_1, fd),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "arena", "GPL", insns,
			     ARRAY_SIZE(insns), NULL);
}

/* The interpreter knows no arena. */
static void test_no_jit(void)
{
	static const char path[] = "/proc/sys/net/core/bpf_jit_enable";
	int fd = arena_create_at(1, 0, ARENA_ADDR), with, without;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	with = load_user(fd);
	ASSERT_GE(with, 0, "program with the JIT");
	if (ASSERT_OK(write_number(path, 0), "bpf_jit_enable")) {
		without = load_user(fd);
		ASSERT_OK(write_number(path, 1), "bpf_jit_enable");
		ASSERT_EQ(without, -EOPNOTSUPP, "program without the JIT");
	}
	close(with);
	close(fd);
}

/* There are no elements. */
static void test_elements(int fd)
{
	__u64 key = 0, value = 0;
	__u32 count = 1;

	ASSERT_EQ(bpf_map_lookup_elem(fd, NULL, &value), -EINVAL, "lookup");
	ASSERT_EQ(bpf_map_lookup_elem(fd, &key, &value), -EINVAL, "lookup with a key");
	ASSERT_EQ(bpf_map_update_elem(fd, NULL, &value, BPF_ANY), -EOPNOTSUPP, "update");
	ASSERT_EQ(bpf_map_update_elem(fd, &key, &value, BPF_ANY), -EINVAL, "update with a key");
	ASSERT_EQ(bpf_map_delete_elem(fd, NULL), -EOPNOTSUPP, "delete");
	ASSERT_EQ(bpf_map_get_next_key(fd, NULL, &key), -EOPNOTSUPP, "next key");
	ASSERT_LT(bpf_map_lookup_and_delete_elem(fd, NULL, &value), 0, "lookup and delete");
	ASSERT_EQ(bpf_map_lookup_batch(fd, NULL, &key, &key, &value, &count, NULL), -ENOTSUPP,
		  "lookup of a batch");
	ASSERT_EQ(bpf_map_update_batch(fd, &key, &value, &count, NULL), -ENOTSUPP,
		  "update of a batch");
	ASSERT_EQ(bpf_map_delete_batch(fd, &key, &count, NULL), -ENOTSUPP, "delete of a batch");
}

static void test_map_in_map(int fd)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = fd);

	ASSERT_EQ(bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "outer", 4, 4, 1, &opts), -ENOTSUPP,
		  "array of arenas");
	ASSERT_EQ(bpf_map_create(BPF_MAP_TYPE_HASH_OF_MAPS, "outer", 4, 4, 1, &opts), -ENOTSUPP,
		  "hash of arenas");
}

/* The same arena under a name, also after its first descriptor is gone. */
static void test_pin(void)
{
	static const char path[] = "/sys/fs/bpf/arena_test";
	int fd = arena_create_at(4, 0, ARENA_ADDR), again;
	char *p;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	p = arena_mmap(fd, ARENA_ADDR, 4);
	if (!ASSERT_NEQ(p, MAP_FAILED, "mmap") || !ASSERT_OK(bpf_obj_pin(fd, path), "pin"))
		goto out;
	p[5] = 55;
	munmap(p, 4 * ARENA_PAGE);
	close(fd);
	fd = -1;
	again = bpf_obj_get(path);
	if (ASSERT_GE(again, 0, "get")) {
		p = arena_mmap(again, ARENA_ADDR, 4);
		if (ASSERT_NEQ(p, MAP_FAILED, "mmap of the pinned")) {
			ASSERT_EQ(p[5], 55, "contents");
			munmap(p, 4 * ARENA_PAGE);
		}
		close(again);
	}
	ASSERT_OK(unlink(path), "unlink");
out:
	if (fd >= 0)
		close(fd);
}

static void test_freeze(void)
{
	int fd = arena_create_at(4, 0, ARENA_ADDR);
	char *p;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	p = arena_mmap(fd, ARENA_ADDR, 4);
	if (ASSERT_NEQ(p, MAP_FAILED, "mmap")) {
		p[0] = 1;
		ASSERT_EQ(bpf_map_freeze(fd), -EBUSY, "freeze of what is mapped");
		munmap(p, 4 * ARENA_PAGE);
	}
	ASSERT_OK(bpf_map_freeze(fd), "freeze of what was mapped");
	ASSERT_EQ(bpf_map_freeze(fd), -EBUSY, "second freeze");
	p = arena_mmap(fd, ARENA_ADDR, 4);
	ASSERT_EQ(p, MAP_FAILED, "writable mapping of what is frozen");
	ASSERT_EQ(errno, EPERM, "its error");
	p = mmap((void *)ARENA_ADDR, 4 * ARENA_PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	if (ASSERT_EQ(p, (void *)ARENA_ADDR, "mapping to read")) {
		ASSERT_EQ(p[0], 1, "contents");
		ASSERT_LT(mprotect(p, 4 * ARENA_PAGE, PROT_READ | PROT_WRITE), 0, "mprotect");
		munmap(p, 4 * ARENA_PAGE);
	}
	close(fd);
}

static void test_info(void)
{
	int fd = arena_create_at(1024, BPF_F_SEGV_ON_FAULT | BPF_F_NO_USER_CONV, ARENA_ADDR);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	if (ASSERT_OK(bpf_obj_get_info_by_fd(fd, &info, &len), "info")) {
		ASSERT_EQ(info.type, BPF_MAP_TYPE_ARENA, "type");
		ASSERT_EQ(info.key_size, 0, "key_size");
		ASSERT_EQ(info.value_size, 0, "value_size");
		ASSERT_EQ(info.max_entries, 1024, "max_entries");
		ASSERT_EQ(info.map_flags, MMAP | BPF_F_SEGV_ON_FAULT | BPF_F_NO_USER_CONV,
			  "map_flags");
		ASSERT_EQ(info.map_extra, ARENA_ADDR, "map_extra");
	}
	close(fd);
}

/* The memory in fdinfo is what there is now. */
static void test_fdinfo(void)
{
	int fd = arena_create_at(1024, 0, ARENA_ADDR), i;
	long long before, after;
	char *p;

	if (!ASSERT_GE(fd, 0, "map"))
		return;
	p = arena_mmap(fd, ARENA_ADDR, 1024);
	if (!ASSERT_NEQ(p, MAP_FAILED, "mmap"))
		goto out;
	ASSERT_EQ(fdinfo_value(fd, "map_type"), 33, "map_type");
	ASSERT_EQ(fdinfo_value(fd, "max_entries"), 1024, "max_entries");
	ASSERT_EQ(fdinfo_value(fd, "map_extra"), ARENA_ADDR, "map_extra");
	ASSERT_EQ(fdinfo_value(fd, "pages"), 0, "pages at first");
	p[0] = 1;
	before = fdinfo_value(fd, "memlock");
	ASSERT_GE(before, 4096 + 4096, "memlock with a page and its table");
	for (i = 1; i <= 100; i++)
		p[i * ARENA_PAGE] = 1;
	after = fdinfo_value(fd, "memlock");
	ASSERT_EQ(after - before, 100 * ARENA_PAGE, "memlock of 100 pages");
	ASSERT_EQ(fdinfo_value(fd, "pages"), 101, "pages");
	munmap(p, 1024 * ARENA_PAGE);
out:
	close(fd);
}

#define ARENA_AREA (6ULL << 30)	/* what the kernel has for an arena of any size */
#define USER_SHARE 16

static bool become(uid_t uid, __u64 caps)
{
	return !prctl(PR_SET_KEEPCAPS, 1) && !setresuid(uid, uid, uid) &&
	       !cap_enable_effective(caps, NULL);
}

static bool can_create(void)
{
	int fd = arena_create_at(1, 0, 0);

	close(fd);
	return fd >= 0;
}

/* A user who is not the administrator gets a share, and leaves the rest to others. */
static int take_share(void *arg)
{
	const long share = sum_values("/proc/meminfo", "VmallocTotal") / USER_SHARE /
			   (ARENA_AREA / 1024);
	struct rlimit files = { share + 100, share + 100 };
	int fd = -1, last = -1;
	long n;

	if (setrlimit(RLIMIT_NOFILE, &files) ||
	    !become(12345, 1ULL << CAP_BPF | 1ULL << CAP_SETUID))
		return 1;
	for (n = 0; n <= share; n++, last = fd) {
		fd = arena_create_at(1, 0, 0);
		if (fd < 0)
			break;
	}
	if (n != share || fd != -ENOSPC)
		return 2;
	close(last);
	kern_sync_rcu();
	/* the area of the last comes back a moment later */
	for (n = 0; n < 100 && !can_create(); n++)
		usleep(20000);
	if (n == 100)
		return 3;
	while (arena_create_at(1, 0, 0) >= 0)
		;
	if (cap_enable_effective(1ULL << CAP_SYS_ADMIN, NULL) || !can_create())
		return 4;
	cap_disable_effective(1ULL << CAP_SYS_ADMIN, NULL);
	return can_create() || !become(12346, 1ULL << CAP_BPF) || !can_create() ? 5 : 0;
}

void serial_test_arena_map(void)
{
	int i, fd;

	for (i = 0; i < ARRAY_SIZE(creations); i++)
		if (test__start_subtest(creations[i].name))
			test_creation(&creations[i]);
	if (test__start_subtest("flags"))
		test_flags();
	if (test__start_subtest("address_space"))
		ASSERT_OK(in_child(take_share, NULL), "share of a user");
	if (test__start_subtest("no_cap_bpf"))
		test_no_cap_bpf();
	if (test__start_subtest("no_jit"))
		test_no_jit();
	fd = arena_create_at(4, 0, 0);
	if (test__start_subtest("elements"))
		test_elements(fd);
	if (test__start_subtest("map_in_map"))
		test_map_in_map(fd);
	close(fd);
	if (test__start_subtest("pin"))
		test_pin();
	if (test__start_subtest("freeze"))
		test_freeze();
	if (test__start_subtest("info"))
		test_info();
	if (test__start_subtest("fdinfo"))
		test_fdinfo();
}
