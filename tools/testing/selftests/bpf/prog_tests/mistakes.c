// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * The usual mistakes, and what the kernel and libbpf say to them. Each line of the tables is
 * a mistake. Documentation/bpf/troubleshooting.rst tells what to change;
 * scripts/check/messages.sh compares its messages with those that are expected here and in
 * other tests.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include "cap_helpers.h"
#include "message_helpers.h"
#include "modern_helpers.h"
#include "progs/mistakes.h"
#include "mistakes.skel.h"
#include "mistakes_fail.skel.h"
#include "mistakes_ksym.skel.h"
#include "mistakes_license.skel.h"
#include "mistakes_name.skel.h"
#include "mistakes_proto.skel.h"

#define PAGE 4096UL

/* Maps that cannot be created */

static const struct map_mistake {
	const char *name;
	enum bpf_map_type type;
	__u32 key_size, value_size, max_entries, flags;
	__u64 extra;
	int err;
	const char *message;
} map_mistakes[] = {
	{ "arena_no_mmapable", BPF_MAP_TYPE_ARENA, 0, 0, 16, 0, 0, -EINVAL,
	  "map_flags is 0x0, should have BPF_F_MMAPABLE (0x400)" },
	{ "arena_other_flag", BPF_MAP_TYPE_ARENA, 0, 0, 16, BPF_F_MMAPABLE | BPF_F_NO_PREALLOC, 0,
	  -EINVAL,
	  "should have no others than BPF_F_MMAPABLE, BPF_F_SEGV_ON_FAULT and BPF_F_NO_USER_CONV" },
	{ "arena_no_pages", BPF_MAP_TYPE_ARENA, 0, 0, 0, BPF_F_MMAPABLE, 0, -EINVAL,
	  "max_entries is 0, should be the number of pages (of 4096 bytes), at most 1048576" },
	{ "arena_bytes", BPF_MAP_TYPE_ARENA, 0, 0, 64 << 20, BPF_F_MMAPABLE, 0, -E2BIG,
	  "max_entries is 67108864 pages (of 4096 bytes), should be at most 1048576; "
	  "67108864 bytes are 16384 pages" },
	{ "arena_key", BPF_MAP_TYPE_ARENA, 4, 0, 16, BPF_F_MMAPABLE, 0, -EINVAL,
	  "arena: key size is 4, should be 0: it has no keys" },
	{ "arena_value", BPF_MAP_TYPE_ARENA, 0, 8, 16, BPF_F_MMAPABLE, 0, -EINVAL,
	  "arena: value size is 8, should be 0: it has no values" },
	{ "arena_extra_misaligned", BPF_MAP_TYPE_ARENA, 0, 0, 16, BPF_F_MMAPABLE, 0x100000001,
	  -EINVAL,
	  "map_extra is 0x100000001, should be a multiple of the page size (4096)" },
	{ "arena_extra_crosses", BPF_MAP_TYPE_ARENA, 0, 0, 16, BPF_F_MMAPABLE, 0x1fffff000,
	  -ERANGE,
	  "map_extra is 0x1fffff000: from there, 16 pages cross a multiple of 4 GiB, and should not"
	},
	{ "user_ringbuf_no_size", BPF_MAP_TYPE_USER_RINGBUF, 0, 0, 0, 0, 0, -EINVAL,
	  "max_entries is 0, should be the size in bytes, a power of two of pages (of 4096 bytes)"
	},
	{ "user_ringbuf_size", BPF_MAP_TYPE_USER_RINGBUF, 0, 0, 5000, 0, 0, -EINVAL,
	  "max_entries is 5000 bytes, should be a power of two of pages (of 4096 bytes), "
	  "as 8192 is (2 pages)" },
	{ "user_ringbuf_pages", BPF_MAP_TYPE_USER_RINGBUF, 0, 0, 16, 0, 0, -EINVAL,
	  "max_entries is 16 bytes, should be a power of two of pages (of 4096 bytes), "
	  "as 4096 is (1 pages)" },
	{ "user_ringbuf_value", BPF_MAP_TYPE_USER_RINGBUF, 0, 8, 4096, 0, 0, -EINVAL,
	  "user_ringbuf: value size is 8, should be 0: it has no values" },
};

static void test_map(const struct map_mistake *m)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = m->flags, .map_extra = m->extra);
	libbpf_print_fn_t old = collect_messages();
	char start[32];
	int fd;

	fd = bpf_map_create(m->type, "mistake", m->key_size, m->value_size, m->max_entries, &opts);
	libbpf_set_print(old);
	ASSERT_EQ(fd, m->err, "error");
	ASSERT_HAS_SUBSTR(messages, m->message, "message");
	/* One mistake, one line */
	snprintf(start, sizeof(start), "libbpf: map 'mistake': %s: ",
		 libbpf_bpf_map_type_str(m->type));
	ASSERT_STRNEQ(messages, start, strlen(start), "start of the message");
	ASSERT_EQ(strchr(messages, '\n') - messages, strlen(messages) - 1, "one line");
	if (fd >= 0)
		close(fd);
}

/* Calls of user space that fail */

static int map_at(int fd, __u64 addr, size_t len, int prot)
{
	void *map = mmap((void *)addr, len, prot, MAP_SHARED | (addr ? MAP_FIXED : 0), fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, len);
	return 0;
}

static int arena_fd(struct mistakes *skel)
{
	return bpf_map__fd(skel->maps.arena);
}

static __u64 arena_start(struct mistakes *skel)
{
	size_t size;

	return (__u64)bpf_map__initial_value(skel->maps.arena, &size);
}

/* Its addresses are those that are stored in it. */
static int arena_elsewhere(struct mistakes *skel)
{
	return map_at(arena_fd(skel), arena_start(skel) + (1ULL << 32), 16 * PAGE, PROT_READ);
}

static int arena_in_part(struct mistakes *skel)
{
	return map_at(arena_fd(skel), 0, PAGE, PROT_READ);
}

static int arena_executable(struct mistakes *skel)
{
	return map_at(arena_fd(skel), 0, 16 * PAGE, PROT_READ | PROT_EXEC);
}

static int arena_unmap_a_page(struct mistakes *skel)
{
	return munmap((void *)arena_start(skel), PAGE) ? -errno : 0;
}

static int arena_lookup(struct mistakes *skel)
{
	__u64 value;
	__u32 key = 0;

	return bpf_map_lookup_elem(arena_fd(skel), &key, &value);
}

static int arena_update(struct mistakes *skel)
{
	__u64 value = 0;
	__u32 key = 0;

	return bpf_map_update_elem(arena_fd(skel), &key, &value, 0);
}

static int read_stream(struct mistakes *skel, __u32 stream)
{
	char byte;

	return bpf_prog_stream_read(bpf_program__fd(skel->progs.make_mistakes), stream, &byte, 1,
				    NULL);
}

static int read_both(struct mistakes *skel)
{
	return read_stream(skel, BPF_STREAM_BOTH);
}

static int read_of_map(struct mistakes *skel)
{
	char byte;

	return bpf_prog_stream_read(arena_fd(skel), BPF_STREAM_STDOUT, &byte, 1, NULL);
}

static int open_stream(struct mistakes *skel, __u32 stream, __u32 flags)
{
	LIBBPF_OPTS(bpf_prog_stream_open_opts, opts, .flags = flags);

	return bpf_prog_stream_open(bpf_program__fd(skel->progs.make_mistakes), stream, &opts);
}

static int open_unknown(struct mistakes *skel)
{
	return open_stream(skel, 0, 0);
}

static int open_o_nonblock(struct mistakes *skel)
{
	return open_stream(skel, BPF_STREAM_STDOUT, O_NONBLOCK);
}

static int error_of(const void *pointer)
{
	return pointer ? 0 : -errno;
}

static int producer_of_arena(struct mistakes *skel)
{
	struct user_ring_buffer *rb = user_ring_buffer__new(arena_fd(skel), NULL);
	int err = error_of(rb);

	user_ring_buffer__free(rb);
	return err;
}

static int no_sample(void *ctx, void *data, size_t size)
{
	return 0;
}

static int consumer_of_user_ringbuf(struct mistakes *skel)
{
	struct ring_buffer *rb;
	int err;

	rb = ring_buffer__new(bpf_map__fd(skel->maps.user_ringbuf), no_sample, NULL, NULL);
	err = error_of(rb);
	ring_buffer__free(rb);
	return err;
}

static int reserve(struct mistakes *skel, __u32 first, __u32 size)
{
	struct user_ring_buffer *rb;
	int err;

	rb = user_ring_buffer__new(bpf_map__fd(skel->maps.user_ringbuf), NULL);
	if (!rb)
		return -errno;
	if (first)
		user_ring_buffer__submit(rb, user_ring_buffer__reserve(rb, first));
	err = error_of(user_ring_buffer__reserve(rb, size));
	user_ring_buffer__free(rb);
	return err;
}

static int sample_too_long(struct mistakes *skel)
{
	return reserve(skel, 0, 4096);
}

static int ring_full(struct mistakes *skel)
{
	return reserve(skel, 4000, 100);
}

static const struct call_mistake {
	const char *name;
	int (*call)(struct mistakes *skel);
	int err;
	const char *message;
} call_mistakes[] = {
	{ "arena_elsewhere", arena_elsewhere, -EBUSY },
	{ "arena_in_part", arena_in_part, -EBUSY },
	{ "arena_executable", arena_executable, -EPERM },
	{ "arena_unmap_a_page", arena_unmap_a_page, -EINVAL },
	{ "arena_lookup", arena_lookup, -EINVAL },
	{ "arena_update", arena_update, -EINVAL },
	{ "read_both", read_both, -ENOENT },
	{ "read_of_map", read_of_map, -EINVAL },
	{ "open_unknown", open_unknown, -ENOENT },
	{ "open_o_nonblock", open_o_nonblock, -EINVAL },
	{ "producer_of_arena", producer_of_arena, -EINVAL,
	  "is not BPF_MAP_TYPE_USER_RINGBUF" },
	{ "consumer_of_user_ringbuf", consumer_of_user_ringbuf, -EINVAL,
	  "is not BPF_MAP_TYPE_RINGBUF" },
	{ "sample_too_long", sample_too_long, -E2BIG },
	{ "ring_full", ring_full, -ENOSPC },
};

static void test_call(const struct call_mistake *m)
{
	struct mistakes *skel = mistakes__open_and_load();
	libbpf_print_fn_t old;
	int err;

	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	old = collect_messages();
	err = m->call(skel);
	libbpf_set_print(old);
	ASSERT_EQ(err, m->err, "error");
	if (m->message)
		ASSERT_HAS_SUBSTR(messages, m->message, "message");
	else
		ASSERT_STREQ(messages, "", "messages");
	if (err > 0)
		close(err);
	mistakes__destroy(skel);
}

/* Calls of the program that fail */

static const struct {
	const char *name;
	long returned;
} run_mistakes[NR_MISTAKES] = {
	[PRINT_STREAM_3]	= { "print_stream_3", -ENOENT },
	[PRINT_FLOAT]		= { "print_float", -EINVAL },
	[PRINT_FEW_ARGS]	= { "print_few_args", -EINVAL },
	[PRINT_PRECISION]	= { "print_precision", -EINVAL },
	[PRINT_TOO_LONG]	= { "print_too_long", -E2BIG },
	[ALLOC_MORE_THAN_ALL]	= { "alloc_more_than_all", 1 },
	[ALLOC_NONE]		= { "alloc_none", 1 },
	[ALLOC_FLAG]		= { "alloc_flag", 1 },
	[ALLOC_AGAIN]		= { "alloc_again", 1 },
	[RESERVE_IN_USE]	= { "reserve_in_use", -EBUSY },
	[RESERVE_TOO_MANY]	= { "reserve_too_many", -EINVAL },
	[USE_AFTER_FREE]	= { "use_after_free", 0 },
	[READ_BEYOND_SAMPLE]	= { "read_beyond_sample", -E2BIG },
	[SLICE_BEYOND_SAMPLE]	= { "slice_beyond_sample", 1 },
	[DRAIN_FLAG]		= { "drain_flag", -EINVAL },
	[DRAIN_IN_CALLBACK]	= { "drain_in_callback", -EBUSY },
	[DRAIN_BAD_SAMPLE]	= { "drain_bad_sample", -E2BIG },
};

static void post_sample(struct mistakes *skel)
{
	struct user_ring_buffer *rb;
	__u64 *sample;

	rb = user_ring_buffer__new(bpf_map__fd(skel->maps.user_ringbuf), NULL);
	if (!ASSERT_OK_PTR(rb, "producer"))
		return;
	sample = user_ring_buffer__reserve(rb, sizeof(*sample));
	if (ASSERT_OK_PTR(sample, "sample")) {
		*sample = 1;
		user_ring_buffer__submit(rb, sample);
	}
	user_ring_buffer__free(rb);
}

/* A producer without libbpf that writes what it should not */
static void post_bad_sample(struct mistakes *skel)
{
	volatile __u64 *prod;
	volatile __u32 *data;
	char *map;

	map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		   bpf_map__fd(skel->maps.user_ringbuf), PAGE);
	if (!ASSERT_NEQ(map, MAP_FAILED, "mmap"))
		return;
	prod = (__u64 *)map;
	data = (__u32 *)(map + PAGE + *prod % 4096);
	*data = 5000;
	*prod += 5008;
	munmap(map, 3 * PAGE);
}

static int run_program(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
}

/* What the kernel counts, and says, of them */
static void check_traces(struct mistakes *skel)
{
	int fd = bpf_program__fd(skel->progs.make_mistakes), n;
	int ring = bpf_map__fd(skel->maps.user_ringbuf);
	char text[4096];

	ASSERT_EQ(fdinfo_value(fd, "dropped_no_stream"), 1, "dropped_no_stream");
	ASSERT_EQ(fdinfo_value(fd, "stdout_dropped_invalid"), 3, "stdout_dropped_invalid");
	ASSERT_EQ(fdinfo_value(fd, "stderr_dropped_size"), 1, "stderr_dropped_size");
	ASSERT_EQ(fdinfo_value(ring, "busy"), 1, "busy");
	ASSERT_EQ(fdinfo_value(ring, "rejected"), 1, "rejected");
	n = bpf_prog_stream_read(fd, BPF_STREAM_STDERR, text, sizeof(text) - 1, NULL);
	text[n < 0 ? 0 : n] = 0;
	ASSERT_HAS_SUBSTR(text, "ERROR: Arena READ access at unmapped address 0x", "report");
}

static void test_runs(void)
{
	struct mistakes *skel = mistakes__open_and_load();
	int i;

	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	for (i = 0; i < NR_MISTAKES; i++)
		skel->bss->returned[i] = -1000;
	post_sample(skel);
	ASSERT_OK(run_program(skel->progs.make_mistakes), "run");
	post_bad_sample(skel);
	ASSERT_OK(run_program(skel->progs.drain_bad_sample), "run with a bad sample");
	for (i = 0; i < NR_MISTAKES; i++)
		ASSERT_EQ(skel->bss->returned[i], run_mistakes[i].returned, run_mistakes[i].name);
	check_traces(skel);
	mistakes__destroy(skel);
}

/* Objects that are not loaded, for what libbpf or the verifier says */

#define test_ksym(skeleton, message)						\
do {										\
	struct skeleton *__skel = skeleton##__open();				\
	libbpf_print_fn_t __old;						\
										\
	if (!ASSERT_OK_PTR(__skel, "open"))					\
		break;								\
	__old = collect_messages();						\
	ASSERT_EQ(skeleton##__load(__skel), -EINVAL, "load");			\
	libbpf_set_print(__old);						\
	ASSERT_HAS_SUBSTR(messages, message, "message");			\
	skeleton##__destroy(__skel);						\
} while (0)

/* %s follows a pointer, which is not for those who must not see any. */
static void test_no_perfmon(void)
{
	struct mistakes_name *skel = mistakes_name__open();
	__u64 caps = 1ULL << CAP_SYS_ADMIN | 1ULL << CAP_PERFMON;
	libbpf_print_fn_t old;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	if (!ASSERT_OK(cap_disable_effective(caps, &caps), "drop of capabilities"))
		goto out;
	old = collect_messages();
	ASSERT_EQ(mistakes_name__load(skel), -EINVAL, "load");
	libbpf_set_print(old);
	ASSERT_OK(cap_enable_effective(caps, NULL), "restore of capabilities");
	ASSERT_HAS_SUBSTR(messages,
			  "a pointer is there (map_value), which takes CAP_PERFMON to be read as "
			  "data, by %s and %p for example", "message");
out:
	mistakes_name__destroy(skel);
}

void test_mistakes_maps(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(map_mistakes); i++)
		if (test__start_subtest(map_mistakes[i].name))
			test_map(&map_mistakes[i]);
}

void test_mistakes_calls(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(call_mistakes); i++)
		if (test__start_subtest(call_mistakes[i].name))
			test_call(&call_mistakes[i]);
}

void test_mistakes_runs(void)
{
	test_runs();
}

void test_mistakes_programs(void)
{
	if (test__start_subtest("no_perfmon"))
		test_no_perfmon();
	if (test__start_subtest("dynptr_copy"))
		test_ksym(mistakes_ksym,
			  "extern (func ksym) 'bpf_dynptr_copy': not found in kernel or module BTFs");
	if (test__start_subtest("five_arguments"))
		test_ksym(mistakes_proto,
			  "extern (func ksym) 'bpf_stream_vprintk': func_proto");
	RUN_TESTS(mistakes_fail);
	RUN_TESTS(mistakes_license);
}
