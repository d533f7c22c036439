// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <limits.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <linux/magic.h>
#include "stream_helpers.h"
#include "cap_helpers.h"
#include "stream.skel.h"
#include "stream_ksyms.skel.h"
#include "stream_fail.skel.h"
#include "stream_perfmon.skel.h"

/* Print and return the number of messages that were accepted, or an error. */
static int print(struct stream *skel, int stream, enum stream_msg msg, __u32 count, int *err)
{
	struct stream_write w = { .stream = stream, .msg = msg, .count = count };
	int ret;

	ret = run_syscall(bpf_program__fd(skel->progs.stream_write), &w, sizeof(w));
	if (ret)
		return ret;
	*err = w.err;
	return w.accepted;
}

static bool print_all(struct stream *skel, int stream, enum stream_msg msg, __u32 count)
{
	int err, n;

	n = print(skel, stream, msg, count, &err);
	return ASSERT_EQ(n, count, "messages accepted") && ASSERT_EQ(err, 0, "last error");
}

static int writer_fd(struct stream *skel)
{
	return bpf_program__fd(skel->progs.stream_write);
}

static bool stream_holds(int fd, int stream, const char *expected, const char *name)
{
	struct text text = {};
	bool ok;

	ok = ASSERT_OK(text_read(&text, fd, stream, 4096), "read") &&
	     ASSERT_EQ(text.len, strlen(expected), name) &&
	     ASSERT_STREQ(text.data, expected, name);
	text_free(&text);
	return ok;
}

static void test_order(struct stream *skel)
{
	const int count = 5000;
	struct text text = {};
	char line[32], *p;
	int i;

	if (!print_all(skel, STDOUT, MSG_NUMBERED, count) ||
	    !ASSERT_OK(text_read(&text, writer_fd(skel), STDOUT, 4096), "read"))
		goto out;
	for (i = 0, p = text.data; i < count; i++, p += strlen(line)) {
		snprintf(line, sizeof(line), "message %d\n", i);
		if (strncmp(p, line, strlen(line))) {
			PRINT_FAIL("message %d is not next\n", i);
			goto out;
		}
	}
	ASSERT_EQ(p - text.data, text.len, "length of the text");
out:
	text_free(&text);
}

/* The text of count messages MSG_MIXED, as the program prints it. */
static size_t expect_mixed(char *buf, size_t size, int count)
{
	size_t len = 0;
	int i;

#define ADD(fmt, args...) (len += snprintf(buf + len, size - len, fmt, ##args))
	for (i = 0; i < count; i++) {
		switch (i % 5) {
		case 0:
			ADD(MIXED_0, i);
			break;
		case 1:
			ADD(MIXED_1, i);
			break;
		case 2:
			ADD(MIXED_2, i, i);
			break;
		case 3:
			ADD(MIXED_3, i, i, i);
			break;
		default:
			ADD(MIXED_4, i, i);
			break;
		}
	}
#undef ADD
	return len;
}

/* A reader gets the same bytes with a buffer of any size. */
static void test_buffer_sizes(struct stream *skel)
{
	static const __u32 sizes[] = { 1, 7, 4096, 1 << 20 };
	static char expected[1 << 20];
	const int count = 200;
	size_t len;
	int i;

	len = expect_mixed(expected, sizeof(expected), count);
	ASSERT_LT(len, sizeof(expected), "expected text fits");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct text text = {};

		if (print_all(skel, STDOUT, MSG_MIXED, count) &&
		    ASSERT_OK(text_read(&text, writer_fd(skel), STDOUT, sizes[i]), "read") &&
		    ASSERT_EQ(text.len, len, "length of the text"))
			ASSERT_OK(memcmp(text.data, expected, len), "text");
		text_free(&text);
	}
}

/* What is printed between two partial reads comes behind the rest of before. */
static void test_partial_reads(struct stream *skel)
{
	char buf[64] = {};
	int fd = writer_fd(skel);

	if (!print_all(skel, STDOUT, MSG_NUMBERED, 2))
		return;
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, buf, 3, NULL), 3, "first read");
	ASSERT_STREQ(buf, "mes", "text of the first read");
	if (!print_all(skel, STDOUT, MSG_1, 1))
		return;
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, buf, 9, NULL), 9, "second read");
	ASSERT_STRNEQ(buf, "sage 0\nme", 9, "text of the second read");
	stream_holds(fd, STDOUT, "ssage 1\nx", "rest");
}

static void test_two_streams(struct stream *skel)
{
	int fd = writer_fd(skel);

	if (!print_all(skel, STDERR, MSG_NUMBERED, 1) || !print_all(skel, STDOUT, MSG_1, 3))
		return;
	stream_holds(fd, STDOUT, "xxx", "stdout");
	stream_holds(fd, STDOUT, "", "stdout when empty");
	stream_holds(fd, STDERR, "message 0\n", "stderr");
	stream_holds(fd, STDERR, "", "stderr when empty");
}

static void test_formats(struct stream *skel)
{
	int fd = bpf_program__fd(skel->progs.stream_formats);
	char expected[1024];

	snprintf(expected, sizeof(expected),
		 "no argument, 100%%\n"
		 "\xc3\xa4\xc3\xb6\xc3\xbc\n"
		 "%d %i %u %x %X\n"
		 "%ld %lld %lu %llu %lx %llx\n"
		 "[%5d] [%-5d] [%05d] [%+d]\n"
		 "[%c%c%c] [%s] [%s]\n"
		 "more arguments than needed: 1\n"
		 "1 2 3 4 5 6 7 8 9 10 11 12\n",
		 -1, -2, 3, 0xbeef, 0xbeef, -1L, -2LL, 3UL, 4ULL, 0xfeedbeefcafeUL, ~0ULL,
		 42, 42, 42, 42, 'a', 'b', 'c', "word", "word");
	if (!ASSERT_OK(run_syscall(fd, NULL, 0), "run"))
		return;
	ASSERT_EQ(skel->bss->format_failures, 0, "calls that failed");
	stream_holds(fd, STDOUT, expected, "formatted text");
}

/* Messages refused for a reason, on both streams. */
static long long refused(int fd, const char *reason)
{
	char out[64], err[64];

	snprintf(out, sizeof(out), "stdout_dropped_%s", reason);
	snprintf(err, sizeof(err), "stderr_dropped_%s", reason);
	return fdinfo_value(fd, out) + fdinfo_value(fd, err);
}

static void test_errors(struct stream *skel)
{
	static const struct {
		const char *name;
		int err;
	} expected[NR_STREAM_ERRORS] = {
		[ERR_ID_0]		= { "id 0", -ENOENT },
		[ERR_ID_3]		= { "id 3", -ENOENT },
		[ERR_ID_NEGATIVE]	= { "id -1", -ENOENT },
		[ERR_ID_INT_MAX]	= { "id INT_MAX", -ENOENT },
		[ERR_ID_INT_MIN]	= { "id INT_MIN", -ENOENT },
		[ERR_FMT_PERCENT]	= { "format %", -EINVAL },
		[ERR_FMT_UNKNOWN]	= { "format %z", -EINVAL },
		[ERR_FMT_FLOAT]		= { "format %f", -EINVAL },
		[ERR_FMT_LONG_STRING]	= { "format %ls", -EINVAL },
		[ERR_FMT_POINTER]	= { "format %pZ", -EINVAL },
		[ERR_FMT_ADDRESS]	= { "format %pI5", -EINVAL },
		[ERR_FMT_STAR]		= { "format %*d", -EINVAL },
		[ERR_FMT_PRECISION]	= { "format %.3d", -EINVAL },
		[ERR_FMT_COUNT]		= { "format %n", -EINVAL },
		[ERR_FMT_CONTROL]	= { "control character", -EINVAL },
		[ERR_FMT_NON_ASCII]	= { "non-ASCII conversion", -EINVAL },
		[ERR_ARG_MISSING]	= { "one argument of two", -EINVAL },
		[ERR_ARGS_MISSING]	= { "no argument of one", -EINVAL },
		[ERR_ARGS_13]		= { "13 arguments", -EINVAL },
		[ERR_LEN_4]		= { "4 bytes of arguments", -EINVAL },
		[ERR_LEN_12]		= { "12 bytes of arguments", -EINVAL },
		[ERR_LEN_NOT_ARGS]	= { "97 bytes of arguments", -EINVAL },
		[ERR_LONG_TEXT]		= { "1024 characters", -E2BIG },
		[ERR_LONG_FIELD]	= { "999999 characters", -E2BIG },
		[ERR_WIDE_FIELD]	= { "a field of 1000000 characters", -EINVAL },
		[ERR_LONG_FIELDS]	= { "2 times 512 characters", -E2BIG },
	};
	int i, invalid = 0, size = 0, unknown = 0, fd = bpf_program__fd(skel->progs.stream_errors);

	if (!ASSERT_OK(run_syscall(fd, NULL, 0), "run"))
		return;
	for (i = 0; i < NR_STREAM_ERRORS; i++)
		ASSERT_EQ(skel->bss->errors[i], expected[i].err, expected[i].name);
	for (i = 0; i < NR_STREAM_ERRORS; i++) {
		invalid += expected[i].err == -EINVAL;
		size += expected[i].err == -E2BIG;
		unknown += expected[i].err == -ENOENT;
	}
	ASSERT_EQ(refused(fd, "invalid"), invalid, "counted as invalid");
	ASSERT_EQ(refused(fd, "size"), size, "counted as too long");
	ASSERT_EQ(fdinfo_value(fd, "dropped_no_stream"), unknown, "counted as for no stream");
	stream_holds(fd, STDOUT, "", "stdout");
	stream_holds(fd, STDERR, "", "stderr");
}

static void test_message_sizes(struct stream *skel)
{
	int err = 0, fd = writer_fd(skel);

	print_all(skel, STDOUT, MSG_EMPTY, 1000);
	ASSERT_EQ(stream_drain(fd, STDOUT), 0, "text of empty messages");
	print_all(skel, STDOUT, MSG_1023, 1);
	ASSERT_EQ(print(skel, STDOUT, MSG_1024, 1, &err), 0, "too long message");
	ASSERT_EQ(err, -E2BIG, "error of the too long message");
	ASSERT_EQ(stream_drain(fd, STDOUT), STREAM_MAX_MSG, "text of the longest message");
}

/* A write of L bytes is accepted if used < capacity and used + L < capacity. */
static void expect_full(struct stream *skel, int stream)
{
	const int big = (STREAM_CAPACITY - 1) / 1000;
	int err = 0;

	ASSERT_EQ(print(skel, stream, MSG_1000, big + 1, &err), big, "messages of 1000 bytes");
	ASSERT_EQ(err, -ENOSPC, "error when full");
	ASSERT_EQ(print(skel, stream, MSG_304, 1, &err), 0, "one byte too many");
	ASSERT_EQ(err, -ENOSPC, "error of one byte too many");
	ASSERT_EQ(print(skel, stream, MSG_303, 1, &err), 1, "the last that fits");
	ASSERT_EQ(print(skel, stream, MSG_1, 1, &err), 0, "a byte into a full stream");
	ASSERT_EQ(err, -ENOSPC, "error of a byte into a full stream");
	print_all(skel, stream, MSG_EMPTY, 1);
}

static void test_full(struct stream *skel)
{
	int fd = writer_fd(skel);

	expect_full(skel, STDOUT);
	print_all(skel, STDERR, MSG_1, 1);
	ASSERT_EQ(stream_drain(fd, STDOUT), STREAM_CAPACITY - 1, "text of a full stream");
	ASSERT_EQ(stream_drain(fd, STDERR), 1, "text of the other stream");

	/* empty again, and with the capacity that it had */
	expect_full(skel, STDOUT);
	ASSERT_EQ(stream_drain(fd, STDOUT), STREAM_CAPACITY - 1, "text when full again");
}

/* Reading some of a full stream makes room for as much. */
static void test_full_partial(struct stream *skel)
{
	static char buf[1000];
	int err = 0, fd = writer_fd(skel);

	expect_full(skel, STDOUT);
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, buf, 1000, NULL), 1000, "read of a message");
	ASSERT_EQ(print(skel, STDOUT, MSG_1000, 2, &err), 1, "messages after the read");
	ASSERT_EQ(err, -ENOSPC, "error when full again");
	ASSERT_EQ(stream_drain(fd, STDOUT), STREAM_CAPACITY - 1, "text");
}

/* Writes that fail, for whatever reason, are not accounted. */
static void test_failed_writes(struct stream *skel)
{
	struct stream_write w = {
		.stream = STDOUT,
		.msg = MSG_LETTERS,
		.count = 100000,
		.keep_going = 1,
	};
	int fd = writer_fd(skel);

	expect_full(skel, STDOUT);
	ASSERT_OK(run_syscall(fd, &w, sizeof(w)), "run of a full stream");
	ASSERT_EQ(w.failed, 100000, "writes that failed");
	ASSERT_EQ(w.err, -ENOSPC, "their error");
	ASSERT_EQ(stream_drain(fd, STDOUT), STREAM_CAPACITY - 1, "text");

	w.msg = MSG_1024;
	w.count = 10000;
	ASSERT_OK(run_syscall(fd, &w, sizeof(w)), "run of too long messages");
	ASSERT_EQ(w.failed, 10000, "too long messages that failed");
	ASSERT_EQ(w.err, -E2BIG, "their error");

	ASSERT_EQ(fdinfo_value(fd, "stdout_dropped_size"), 10000, "counted by reason");
	ASSERT_GE(fdinfo_value(fd, "stdout_dropped_capacity"), 100000, "counted by reason");

	expect_full(skel, STDOUT);
	ASSERT_EQ(stream_drain(fd, STDOUT), STREAM_CAPACITY - 1, "text after failed writes");
}

/*
 * The smallest messages need the most memory: they stop at the bound for it, and
 * not before they used most of it with 32 bytes of overhead each.
 */
static void test_memory_bound(struct stream *skel)
{
	const long slack = 512, most = STREAM_MAX_MEMORY / 4096;
	int err = 0, n = 0, fd = writer_fd(skel);
	long before, full;
	cpu_set_t cpus;

	/* The page of another CPU may have room when there is none for a new one. */
	ASSERT_OK(sched_getaffinity(0, sizeof(cpus), &cpus), "CPUs");
	ASSERT_OK(pin_to_cpu(0), "one CPU");
	before = direct_pages();
	while (!err && n < STREAM_CAPACITY)
		n += print(skel, STDOUT, MSG_1, 20000, &err);
	full = direct_pages();
	ASSERT_EQ(err, -ENOSPC, "error at the end");
	ASSERT_GE(n, 400000, "messages of one byte");
	ASSERT_LE(full - before, most + slack, "pages of a full stream");
	ASSERT_GE(full - before, most / 2, "pages are seen");
	ASSERT_EQ(print(skel, STDOUT, MSG_1, 1, &err), 0, "one more");
	ASSERT_EQ(stream_drain(fd, STDOUT), n, "text");
	ASSERT_LE(direct_pages_settled(before + slack), before + slack, "pages when empty");
	ASSERT_OK(sched_setaffinity(0, sizeof(cpus), &cpus), "all CPUs");

	expect_full(skel, STDOUT);
	ASSERT_EQ(stream_drain(fd, STDOUT), STREAM_CAPACITY - 1, "text when full again");
}

/* struct prog_stream_read of union bpf_attr, for what libbpf does not send. */
struct read_attr {
	__u64 buf;
	__u32 len;
	__u32 stream;
	__u32 prog_fd;
	__u32 pad;
};

#define READ_BY_FD 37

static int sys_read_stream(const void *attr, size_t size)
{
	long n = syscall(__NR_bpf, READ_BY_FD, attr, size);

	return n < 0 ? -errno : n;
}

static void test_bad_fd(struct stream *skel)
{
	int fd = writer_fd(skel), map_fd = bpf_map__fd(skel->maps.bss), closed, file;
	char buf[8];

	file = open("/dev/null", O_RDONLY);
	ASSERT_GE(file, 0, "open of a file");
	closed = dup(fd);
	close(closed);
	ASSERT_EQ(bpf_prog_stream_read(map_fd, STDOUT, buf, 8, NULL), -EINVAL, "fd of a map");
	ASSERT_EQ(bpf_prog_stream_read(file, STDOUT, buf, 8, NULL), -EINVAL, "fd of a file");
	ASSERT_EQ(bpf_prog_stream_read(closed, STDOUT, buf, 8, NULL), -EBADF, "closed fd");
	ASSERT_EQ(bpf_prog_stream_read(-1, STDOUT, buf, 8, NULL), -EBADF, "fd -1");
	ASSERT_EQ(bpf_prog_stream_read(fd, 0, buf, 8, NULL), -ENOENT, "stream 0");
	ASSERT_EQ(bpf_prog_stream_read(fd, 3, buf, 8, NULL), -ENOENT, "stream 3");
	ASSERT_EQ(bpf_prog_stream_read(fd, -1, buf, 8, NULL), -ENOENT, "stream -1");
	close(file);
}

static void test_bad_buffer(struct stream *skel)
{
	int fd = writer_fd(skel);
	char buf[16];

	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, NULL, 8, NULL), 0, "NULL, empty stream");
	if (!print_all(skel, STDOUT, MSG_NUMBERED, 1))
		return;
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, NULL, 8, NULL), -EFAULT, "NULL");
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, (void *)-4096UL, 8, NULL), -EFAULT,
		  "kernel address");
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, NULL, 0, NULL), 0, "NULL, length 0");
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, buf, 0, NULL), 0, "length 0");
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, buf, 0x80000000, NULL), -EINVAL,
		  "length INT_MAX + 1");
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, buf, UINT_MAX, NULL), -EINVAL,
		  "length UINT_MAX");
	stream_holds(fd, STDOUT, "message 0\n", "text after failed reads");

	if (!print_all(skel, STDOUT, MSG_NUMBERED, 1))
		return;
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, buf, INT_MAX, NULL), 10, "length INT_MAX");
}

/* A read into the end of what is mapped gives what fits, the next one the rest. */
static void test_partly_mapped(struct stream *skel)
{
	static char expected[16384];
	int fd = writer_fd(skel), before_end, n;
	struct text rest = {};
	size_t len;
	char *map;

	len = expect_mixed(expected, sizeof(expected), 20);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!ASSERT_NEQ(map, MAP_FAILED, "mmap") || !ASSERT_OK(munmap(map + 4096, 4096), "munmap"))
		return;
	for (before_end = 1; before_end <= 4096; before_end *= 4) {
		if (!print_all(skel, STDOUT, MSG_MIXED, 20))
			break;
		n = bpf_prog_stream_read(fd, STDOUT, map + 4096 - before_end, 8000, NULL);
		if (!ASSERT_GT(n, 0, "bytes read") || !ASSERT_LE(n, before_end, "bytes read"))
			break;
		ASSERT_OK(text_read(&rest, fd, STDOUT, 4096), "read of the rest");
		ASSERT_EQ(n + rest.len, len, "length of both");
		ASSERT_OK(memcmp(map + 4096 - before_end, expected, n), "first part");
		ASSERT_OK(memcmp(rest.data, expected + n, len - n), "rest");
		text_free(&rest);
	}
	text_free(&rest);
	munmap(map, 4096);
}

static void test_attr(struct stream *skel)
{
	struct {
		struct read_attr read;
		char tail[5000];
	} attr = {};
	char buf[64] = {};

	attr.read = (struct read_attr) {
		.buf = ptr_to_u64(buf),
		.len = 1,
		.stream = STDOUT,
		.prog_fd = writer_fd(skel),
	};
	if (!print_all(skel, STDOUT, MSG_NUMBERED, 1))
		return;
	ASSERT_EQ(sys_read_stream(&attr, 20), 1, "size without padding");
	ASSERT_EQ(sys_read_stream(&attr, 24), 1, "size of the struct");
	ASSERT_EQ(sys_read_stream(&attr, 144), 1, "size of union bpf_attr");
	ASSERT_EQ(sys_read_stream(&attr, 4096), 1, "zero tail");
	ASSERT_STREQ(buf, "s", "fourth byte");
	ASSERT_EQ(sys_read_stream(&attr, 4097), -E2BIG, "size over a page");
	ASSERT_EQ(sys_read_stream(&attr, 16), -EINVAL, "size without the fd");

	attr.read.pad = 1;
	ASSERT_EQ(sys_read_stream(&attr, 24), -EINVAL, "padding that is not zero");
	attr.read.pad = 0;
	attr.tail[100 - 24] = 1;
	ASSERT_EQ(sys_read_stream(&attr, 144), -EINVAL, "tail that is not zero");
	attr.tail[100 - 24] = 0;
	attr.tail[1000 - 24] = 1;
	ASSERT_EQ(sys_read_stream(&attr, 4096), -E2BIG, "tail beyond the union");
	attr.tail[1000 - 24] = 0;
	attr.read.len = sizeof(buf);
	ASSERT_EQ(sys_read_stream(&attr, 24), 6, "rest");
	ASSERT_STREQ(buf, "age 0\n", "text of the rest");
}

static void test_no_stream(struct stream *skel)
{
	int fd = bpf_program__fd(skel->progs.stream_silent);
	char buf[8];

	ASSERT_OK(run_syscall(fd, NULL, 0), "run");
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, buf, 8, NULL), 0, "stdout");
	ASSERT_EQ(bpf_prog_stream_read(fd, STDERR, buf, 8, NULL), 0, "stderr");
	ASSERT_EQ(bpf_prog_stream_read(fd, STDERR, NULL, 8, NULL), 0, "stderr to NULL");
	ASSERT_EQ(bpf_prog_stream_read(fd, 3, buf, 8, NULL), -ENOENT, "stream 3");
	ASSERT_EQ(bpf_prog_stream_read(fd, STDOUT, buf, UINT_MAX, NULL), -EINVAL, "length");
}

/* Unread text goes with its program. */
static void test_unload(struct stream *skel)
{
	const int count = 30000;
	const long slack = 256;
	struct stream *other;
	long before, full;
	int i;

	before = direct_pages();
	for (i = 0; i < 3; i++) {
		other = stream__open_and_load();
		if (!ASSERT_OK_PTR(other, "open and load"))
			return;
		print_all(other, STDOUT, MSG_LETTERS, count);
		print_all(other, STDERR, MSG_LETTERS, count);
		full = direct_pages();
		ASSERT_GT(full - before, 2 * count * 64 / 4096, "pages of unread text");
		stream__destroy(other);
	}
	ASSERT_LE(direct_pages_settled(before + slack), before + slack, "pages after unload");
}

static bool mount_bpffs(void)
{
	struct statfs st;

	if (!statfs("/sys/fs/bpf", &st) && st.f_type == BPF_FS_MAGIC)
		return true;
	return ASSERT_OK(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL), "mount of bpffs");
}

/* A program that only its pin holds keeps its text. */
static void test_pin(struct stream *unused)
{
	const char *path = "/sys/fs/bpf/stream_pin";
	struct stream *skel;
	int fd;

	skel = stream__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	if (!mount_bpffs() ||
	    !ASSERT_OK(bpf_program__pin(skel->progs.stream_write, path), "pin")) {
		stream__destroy(skel);
		return;
	}
	print_all(skel, STDERR, MSG_NUMBERED, 2);
	stream__destroy(skel);

	fd = bpf_obj_get(path);
	if (ASSERT_GE(fd, 0, "fd of the pin"))
		stream_holds(fd, STDERR, "message 0\nmessage 1\n", "text");
	close(fd);
	unlink(path);
}

/* Run bpftool and return its exit status, with what it wrote in out. */
static int bpftool(char *out, size_t size, const char *redirect, const char *args)
{
	const char *tool = getenv("BPFTOOL");
	char cmd[512];
	size_t len;
	FILE *f;

	if (!tool)
		tool = "./bpftool";
	snprintf(cmd, sizeof(cmd), "%s prog tracelog %s %s", tool, args, redirect);
	f = popen(cmd, "r");
	if (!ASSERT_OK_PTR(f, "popen"))
		return -1;
	len = fread(out, 1, size - 1, f);
	out[len] = 0;
	return pclose(f);
}

#define ONLY_STDOUT "2>/dev/null"
#define ONLY_STDERR "2>&1 >/dev/null"

static void bpftool_shows(struct stream *skel, const char *prog)
{
	char args[256], out[256];

	if (!print_all(skel, STDOUT, MSG_NUMBERED, 2) || !print_all(skel, STDERR, MSG_1, 2))
		return;
	snprintf(args, sizeof(args), "stdout %s", prog);
	ASSERT_EQ(bpftool(out, sizeof(out), ONLY_STDOUT, args), 0, args);
	ASSERT_STREQ(out, "message 0\nmessage 1\n", args);
	snprintf(args, sizeof(args), "stderr %s", prog);
	ASSERT_EQ(bpftool(out, sizeof(out), ONLY_STDERR, args), 0, args);
	ASSERT_STREQ(out, "xx", args);
	ASSERT_EQ(bpftool(out, sizeof(out), ONLY_STDERR, args), 0, "second time");
	ASSERT_STREQ(out, "", "text of the second time");
}

static void test_bpftool(struct stream *skel)
{
	const char *path = "/sys/fs/bpf/stream_tool";
	struct bpf_prog_info info = {};
	__u32 i, len = sizeof(info);
	char prog[256], out[256];
	size_t n;

	if (!ASSERT_OK(bpf_obj_get_info_by_fd(writer_fd(skel), &info, &len), "prog info"))
		return;
	snprintf(prog, sizeof(prog), "id %u", info.id);
	bpftool_shows(skel, prog);
	snprintf(prog, sizeof(prog), "name %s", info.name);
	bpftool_shows(skel, prog);
	n = snprintf(prog, sizeof(prog), "tag ");
	for (i = 0; i < BPF_TAG_SIZE; i++)
		n += snprintf(prog + n, sizeof(prog) - n, "%02x", info.tag[i]);
	bpftool_shows(skel, prog);
	if (mount_bpffs() && ASSERT_OK(bpf_program__pin(skel->progs.stream_write, path), "pin")) {
		snprintf(prog, sizeof(prog), "pinned %s", path);
		bpftool_shows(skel, prog);
		unlink(path);
	}

	ASSERT_NEQ(bpftool(out, sizeof(out), ONLY_STDERR, "stdout id 4294967295"), 0,
		   "status with a bad id");
	ASSERT_HAS_SUBSTR(out, "Error", "message with a bad id");
	ASSERT_NEQ(bpftool(out, sizeof(out), ONLY_STDERR, "stdout"), 0, "status without program");
	snprintf(prog, sizeof(prog), "stdlog id %u", info.id);
	ASSERT_NEQ(bpftool(out, sizeof(out), ONLY_STDERR, prog), 0, "status with a bad stream");
}

/* Load a program that does nothing, or one that calls what insn calls. */
static int load_caller(const struct bpf_insn *call, char *log, size_t log_size)
{
	const struct bpf_insn nothing = { .code = BPF_ALU64 | BPF_MOV | BPF_K };
	const struct bpf_insn insns[] = {
		call ? *call : nothing,
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.log_buf = log,
		.log_size = log_size,
		.log_level = 1);

	log[0] = 0;
	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, NULL, "GPL", insns, 3, &opts);
}

/* The call of bpf_stream_vprintk() as it was loaded. */
static const struct bpf_insn *find_call(struct stream *skel)
{
	const struct bpf_insn *insn = bpf_program__insns(skel->progs.stream_write);
	size_t i, cnt = bpf_program__insn_cnt(skel->progs.stream_write);

	for (i = 0; i < cnt; i++)
		if (insn[i].code == (BPF_JMP | BPF_CALL) &&
		    insn[i].src_reg == BPF_PSEUDO_KFUNC_CALL)
			return &insn[i];
	return NULL;
}

/*
 * Without CAP_BPF no kfunc can be called, this one included, even where
 * unprivileged users may load programs.
 */
static void test_unprivileged(struct stream *skel)
{
	const char *sysctl = "/proc/sys/kernel/unprivileged_bpf_disabled";
	const char *denied = "are allowed for CAP_BPF and CAP_SYS_ADMIN";
	const __u64 caps = 1ULL << CAP_SYS_ADMIN | 1ULL << CAP_NET_ADMIN |
			   1ULL << CAP_PERFMON | 1ULL << CAP_BPF;
	const struct bpf_insn *call = find_call(skel);
	static char log[65536];
	char old[16] = {};
	__u64 old_caps;
	int fd, n;

	if (!ASSERT_OK_PTR(call, "call in the program"))
		return;
	/* with the capabilities it is refused for its arguments */
	ASSERT_ERR(load_caller(call, log, sizeof(log)), "privileged program");
	ASSERT_NULL(strstr(log, denied), "log of the privileged program");

	fd = open(sysctl, O_RDWR);
	if (!ASSERT_GE(fd, 0, "open of the sysctl"))
		return;
	n = read(fd, old, sizeof(old) - 1);
	if (!ASSERT_GT(n, 0, "read of the sysctl") ||
	    !ASSERT_OK(lseek(fd, 0, SEEK_SET), "seek") ||
	    !ASSERT_EQ(write(fd, "0", 1), 1, "write of the sysctl")) {
		close(fd);
		return;
	}
	if (ASSERT_OK(cap_disable_effective(caps, &old_caps), "drop of capabilities")) {
		n = load_caller(NULL, log, sizeof(log));
		ASSERT_GE(n, 0, "program without a call");
		close(n);
		ASSERT_EQ(load_caller(call, log, sizeof(log)), -EPERM, "program that prints");
		ASSERT_HAS_SUBSTR(log, denied, "log");
		ASSERT_OK(cap_enable_effective(old_caps, NULL), "restore of capabilities");
	}
	lseek(fd, 0, SEEK_SET);
	ASSERT_EQ(write(fd, old, strlen(old)), strlen(old), "restore of the sysctl");
	close(fd);
}

/* Memory and addresses are for programs that are loaded with CAP_PERFMON. */
static void test_no_perfmon(void)
{
	struct stream_perfmon *skel;
	__u64 caps = 1ULL << CAP_SYS_ADMIN | 1ULL << CAP_PERFMON;
	int fd;

	if (!ASSERT_OK(cap_disable_effective(caps, &caps), "drop of capabilities"))
		return;
	skel = stream_perfmon__open_and_load();
	ASSERT_OK(cap_enable_effective(caps, NULL), "restore of capabilities");
	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	fd = bpf_program__fd(skel->progs.print);
	ASSERT_OK(run_syscall(fd, NULL, 0), "run");
	ASSERT_OK(skel->data->numbers, "numbers");
	ASSERT_EQ(skel->bss->string, -EPERM, "%s");
	ASSERT_EQ(skel->bss->kernel_string, -EPERM, "%pks");
	ASSERT_EQ(skel->bss->address, -EPERM, "%p");
	ASSERT_EQ(skel->bss->plain_address, -EPERM, "%px");
	ASSERT_EQ(skel->bss->symbol, -EPERM, "%pS");
	ASSERT_EQ(skel->bss->ip, -EPERM, "%pI4");
	ASSERT_EQ(refused(fd, "permission"), 6, "counted");
	stream_holds(fd, STDOUT, "1 2 3 4 100%\n", "text");
	stream_perfmon__destroy(skel);
}

/* Load one program of stream_ksyms.c, run it and compare what it printed. */
static void ksyms_prints(const char *name, int stream, const char *expected)
{
	struct stream_ksyms *skel;
	struct bpf_program *prog;

	skel = stream_ksyms__open();
	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
	prog = bpf_object__find_program_by_name(skel->obj, name);
	if (!ASSERT_OK(stream_ksyms__load(skel), "load"))
		goto out;
	ASSERT_OK(run_syscall(bpf_program__fd(prog), NULL, 0), "run");
	ASSERT_EQ(skel->bss->absent_called, 0, "absent kfunc");
	stream_holds(bpf_program__fd(prog), stream, expected, "text");
out:
	stream_ksyms__destroy(skel);
}

static const struct {
	const char *name;
	void (*run)(struct stream *skel);
} cases[] = {
	{ "order", test_order },
	{ "buffer_sizes", test_buffer_sizes },
	{ "partial_reads", test_partial_reads },
	{ "two_streams", test_two_streams },
	{ "formats", test_formats },
	{ "errors", test_errors },
	{ "message_sizes", test_message_sizes },
	{ "full", test_full },
	{ "full_partial", test_full_partial },
	{ "failed_writes", test_failed_writes },
	{ "memory_bound", test_memory_bound },
	{ "bad_fd", test_bad_fd },
	{ "bad_buffer", test_bad_buffer },
	{ "partly_mapped", test_partly_mapped },
	{ "attr", test_attr },
	{ "no_stream", test_no_stream },
	{ "unload", test_unload },
	{ "pin", test_pin },
	{ "bpftool", test_bpftool },
	{ "unprivileged", test_unprivileged },
};

/* Serial: it counts the pages of the machine. */
void serial_test_stream(void)
{
	run_cases(stream, cases);

	if (test__start_subtest("no_perfmon"))
		test_no_perfmon();
	if (test__start_subtest("absent_kfunc"))
		ksyms_prints("call_no_such_kfunc", STDOUT, "the kfunc is absent\n");
	if (test__start_subtest("ksym_exists"))
		ksyms_prints("ask_for_kfuncs", STDOUT, "the kfunc is present\n");
	if (test__start_subtest("impl"))
		ksyms_prints("call_impl", STDERR, "impl 5\n");
}

void test_stream_fail(void)
{
	RUN_TESTS(stream_fail);
}
