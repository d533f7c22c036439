// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <limits.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include "stream_fd_helpers.h"

#define M0 "writer 0 number 0\n"
#define M1 "writer 0 number 1\n"
#define M2 "writer 0 number 2\n"
#define M3 "writer 0 number 3\n"

static void test_refused(struct stream_fd *skel)
{
	int prog = printer_fd(skel), closed = dup(prog), file = open("/dev/null", O_RDONLY);
	int fd;

	close(closed);
	ASSERT_EQ(stream_open(-1, STDOUT, 0), -EBADF, "fd -1");
	ASSERT_EQ(stream_open(closed, STDOUT, 0), -EBADF, "closed fd");
	ASSERT_EQ(stream_open(file, STDOUT, 0), -EINVAL, "fd of a file");
	ASSERT_EQ(stream_open(bpf_map__fd(skel->maps.rodata), STDOUT, 0), -EINVAL, "fd of a map");
	ASSERT_EQ(stream_open(prog, 0, 0), -ENOENT, "stream 0");
	ASSERT_EQ(stream_open(prog, 4, 0), -ENOENT, "stream 4");
	ASSERT_EQ(stream_open(prog, -1, 0), -ENOENT, "stream -1");
	ASSERT_EQ(stream_open(prog, STDOUT, 8), -EINVAL, "flag 8");
	ASSERT_EQ(stream_open(prog, STDOUT, -1), -EINVAL, "all flags");
	fd = printer_open(skel, STDOUT, 0);
	ASSERT_EQ(stream_open(fd, STDOUT, 0), -EINVAL, "fd of a stream");
	close(fd);
	fd = bpf_prog_stream_open(prog, BOTH, NULL);
	ASSERT_GE(fd, 0, "without options");
	close(fd);
	close(file);
}

/* The command as it is, without libbpf. */
static void test_attr(struct stream_fd *skel)
{
	struct {
		__u32 prog_fd, stream_id, flags, tail;
	} attr = { .prog_fd = printer_fd(skel), .stream_id = STDERR };
	int fd;

	fd = syscall(__NR_bpf, 39, &attr, 12);
	ASSERT_GE(fd, 0, "12 bytes");
	close(fd);
	fd = syscall(__NR_bpf, 39, &attr, sizeof(attr));
	ASSERT_GE(fd, 0, "zero behind");
	close(fd);
	attr.tail = 1;
	ASSERT_EQ(syscall(__NR_bpf, 39, &attr, sizeof(attr)), -1, "one behind");
	ASSERT_EQ(errno, EINVAL, "errno of one behind");
}

static bool is_in_exec(int fd)
{
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "test -e /proc/self/fd/%d", fd);
	return !system(cmd);
}

static void test_file(struct stream_fd *skel)
{
	int fd = printer_open(skel, STDOUT, 0), other = printer_open(skel, STDOUT, NONBLOCK);
	char path[64], target[64] = {}, byte = 0;

	ASSERT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC, "close-on-exec");
	ASSERT_FALSE(is_in_exec(fd), "open after exec");
	fcntl(fd, F_SETFD, 0);
	ASSERT_TRUE(is_in_exec(fd), "open after exec, without the flag");
	ASSERT_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY, "flags");
	ASSERT_EQ(fcntl(other, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY | O_NONBLOCK,
		  "flags with O_NONBLOCK");

	ASSERT_EQ(write(fd, &byte, 1), -1, "write");
	ASSERT_EQ(errno, EBADF, "errno of write");
	ASSERT_EQ(lseek(fd, 0, SEEK_SET), -1, "lseek");
	ASSERT_EQ(errno, ESPIPE, "errno of lseek");
	ASSERT_EQ(lseek(fd, 0, SEEK_CUR), -1, "lseek to where it is");
	ASSERT_EQ(errno, ESPIPE, "errno of lseek to where it is");
	ASSERT_EQ(pread(fd, &byte, 1, 0), -1, "pread");
	ASSERT_EQ(errno, ESPIPE, "errno of pread");

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASSERT_GT(readlink(path, target, sizeof(target) - 1), 0, "readlink");
	ASSERT_STREQ(target, "anon_inode:bpf-stream", "name");
	close(fd);
	close(other);
}

static void test_read(struct stream_fd *skel)
{
	int fd = printer_open(skel, STDOUT, NONBLOCK), err = printer_open(skel, STDERR, NONBLOCK);
	char a[4] = {}, b[40] = {};
	struct iovec iov[] = { { a, 3 }, { b, sizeof(b) - 1 } };

	ASSERT_EQ(fd_read(fd, b, 8), -EAGAIN, "empty");
	ASSERT_EQ(fd_read(fd, b, 0), 0, "empty, length 0");
	ASSERT_EQ(fd_events(fd), 0, "events when empty");
	if (!print(skel, STDOUT, 0, 2) || !print(skel, STDERR, 2, 1))
		goto out;
	ASSERT_EQ(fd_events(fd), READABLE, "events");
	ASSERT_EQ(fd_read(fd, b, 0), 0, "length 0");
	ASSERT_EQ(readv(fd, iov, 2), strlen(M0 M1), "readv");
	ASSERT_STREQ(a, "wri", "first buffer");
	ASSERT_STREQ(b, &(M0 M1)[3], "second buffer");
	ASSERT_EQ(fd_events(fd), 0, "events when empty again");
	ASSERT_EQ(fd_read(fd, b, 8), -EAGAIN, "empty again");

	ASSERT_EQ(fd_read(err, b, 3), 3, "start of stderr");
	ASSERT_EQ(fd_events(err), READABLE, "events with a rest");
	fd_gives(err, &M2[3], "rest of stderr");
	ASSERT_EQ(fd_events(err), 0, "events of stderr when empty");
out:
	close(fd);
	close(err);
}

/* Whoever reads, on whatever fd or by the command, goes on where the last one stopped. */
static void test_shared(struct stream_fd *skel)
{
	int fd = printer_open(skel, STDOUT, NONBLOCK), other = printer_open(skel, STDOUT, NONBLOCK);
	int both = printer_open(skel, BOTH, NONBLOCK), prog = printer_fd(skel);
	char buf[64] = {};

	if (!print(skel, STDOUT, 0, 2) || !print(skel, STDERR, 2, 1) || !print(skel, STDOUT, 3, 1))
		goto out;
	ASSERT_EQ(fd_read(fd, buf, 3), 3, "first fd");
	ASSERT_STREQ(buf, "wri", "text of the first fd");
	ASSERT_EQ(bpf_prog_stream_read(prog, STDOUT, buf, 3, NULL), 3, "command");
	ASSERT_STREQ(buf, "ter", "text of the command");
	ASSERT_EQ(fd_read(both, buf, 3), 3, "both");
	ASSERT_STREQ(buf, " 0 ", "text of both");
	ASSERT_EQ(fd_read(other, buf, 12), 12, "other fd");
	ASSERT_STREQ(buf, "number 0\nwri", "text of the other fd");
	fd_gives(both, &(M1 M2 M3)[3], "rest in both");
	ASSERT_EQ(fd_read(fd, buf, 8), -EAGAIN, "empty");
	ASSERT_EQ(bpf_prog_stream_read(prog, BOTH, buf, 8, NULL), -ENOENT, "command for both");
out:
	close(fd);
	close(other);
	close(both);
}

static void test_both(struct stream_fd *skel)
{
	int both = printer_open(skel, BOTH, NONBLOCK), i;
	struct text text = {};
	char line[64], *p;

	ASSERT_EQ(fd_events(both), 0, "events when empty");
	for (i = 0; i < 1000; i++)
		if (!print(skel, i % 3 ? STDOUT : STDERR, i, 1))
			goto out;
	if (!print(skel, BOTH, 1000, 2000))
		goto out;
	ASSERT_EQ(fd_events(both), READABLE, "events");
	ASSERT_EQ(fd_read_all(both, &text, 100), -EAGAIN, "read");
	for (i = 0, p = text.data; i < 3000; i++, p += strlen(line)) {
		snprintf(line, sizeof(line), "writer 0 number %d\n", i);
		if (strncmp(p, line, strlen(line))) {
			PRINT_FAIL("message %d is not next\n", i);
			goto out;
		}
	}
	ASSERT_EQ(p - text.data, text.len, "length");

	/* It is readable if one of them is. */
	print(skel, STDERR, 0, 1);
	ASSERT_EQ(fd_events(both), READABLE, "events of stderr");
	fd_gives(both, M0, "stderr alone");
	print(skel, STDOUT, 1, 1);
	ASSERT_EQ(fd_events(both), READABLE, "events of stdout");
	fd_gives(both, M1, "stdout alone");
out:
	text_free(&text);
	close(both);
}

static double monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* The time of a line, which has to look as of printk(), and what follows it. */
static double line_time(const char *line, const char **rest)
{
	unsigned long sec, usec;
	char again[64];
	int n = 0;

	if (sscanf(line, "[%lu.%lu] %n", &sec, &usec, &n) != 2 || !n)
		return -1;
	n = snprintf(again, sizeof(again), "[%5lu.%06lu] ", sec, usec);
	if (strncmp(line, again, n))
		return -1;
	*rest = line + n;
	return sec + usec / 1e6;
}

/* Messages have the times at which they were printed, however they are read. */
static void test_stamps(struct stream_fd *skel)
{
	static const size_t chunks[] = { 1, 2, 7, 16, 17, 100, 512, 513, 4096 };
	int i, j, fd = printer_open(skel, BOTH, NONBLOCK | STAMPS);
	double before, after, time;
	const char *p;
	char line[64];

	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		struct text text = {};

		before = monotonic() - 0.000001;
		if (!print(skel, BOTH, 0, 100))
			break;
		after = monotonic();
		ASSERT_EQ(fd_read_all(fd, &text, chunks[i]), -EAGAIN, "read");
		for (j = 0, p = text.data; j < 100; j++, p += strlen(line)) {
			time = line_time(p, &p);
			snprintf(line, sizeof(line), "writer 0 number %d\n", j);
			if (strncmp(p, line, strlen(line)) || time < before || time > after) {
				PRINT_FAIL("line %d is '%.60s', not of %f to %f\n", j, p, before,
					   after);
				break;
			}
			before = time;
		}
		ASSERT_EQ(p - text.data, text.len, "length");
		text_free(&text);
	}
	close(fd);
}

/* A stamp that has begun goes with its message, to whoever reads the message. */
static void test_stamps_shared(struct stream_fd *skel)
{
	int stamps = printer_open(skel, STDOUT, NONBLOCK | STAMPS);
	int other = printer_open(skel, STDOUT, NONBLOCK | STAMPS);
	int plain = printer_open(skel, STDOUT, NONBLOCK);
	char buf[64] = {}, line[64] = {}, expected[64];
	const char *rest = "";

	if (!print(skel, STDOUT, 0, 4))
		goto out;
	/* the first message: two readers with stamps */
	ASSERT_EQ(fd_read(stamps, line, 5), 5, "start of a stamp");
	ASSERT_EQ(fd_read(other, line + 5, 20), 20, "rest of it");
	ASSERT_GT(line_time(line, &rest), 0, "stamp");
	ASSERT_STRNEQ(rest, M0, strlen(rest), "its message");
	/* a text that has begun gets no stamp */
	snprintf(expected, sizeof(expected), "%s%.3s", &M0[strlen(rest)], M1);
	ASSERT_EQ(fd_read(plain, buf, strlen(expected)), strlen(expected), "plain");
	ASSERT_STREQ(buf, expected, "text of plain");
	memset(buf, 0, sizeof(buf));
	ASSERT_EQ(fd_read(stamps, buf, strlen(M1) - 3), strlen(M1) - 3, "rest of the second");
	ASSERT_STREQ(buf, &M1[3], "text of it");
	/* a stamp that was not all read, and a plain reader */
	ASSERT_EQ(fd_read(stamps, buf, 4), 4, "start of the third");
	memset(buf, 0, sizeof(buf));
	ASSERT_EQ(fd_read(plain, buf, strlen(M2)), strlen(M2), "plain reads the third");
	ASSERT_STREQ(buf, M2, "text of the third");
	memset(line, 0, sizeof(line));
	ASSERT_GT(fd_read(stamps, line, sizeof(line) - 1), 0, "the fourth");
	ASSERT_GT(line_time(line, &rest), 0, "its stamp, from the start");
	ASSERT_STREQ(rest, M3, "its text");
out:
	close(stamps);
	close(other);
	close(plain);
}

/* Each message begins with the number of its stream, however it is read. */
static void test_ids(struct stream_fd *skel)
{
	static const size_t chunks[] = { 1, 2, 7, 100, 4096 };
	int fd = printer_open(skel, BOTH, NONBLOCK | IDS), i, j;

	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		struct text text = {};
		char line[64];
		const char *p;

		for (j = 0; j < 100; j++)
			print(skel, j % 3 ? STDOUT : STDERR, j, 1);
		ASSERT_EQ(fd_read_all(fd, &text, chunks[i]), -EAGAIN, "read");
		for (j = 0, p = text.data; j < 100; j++, p += strlen(line)) {
			snprintf(line, sizeof(line), "%cwriter 0 number %d\n",
				 j % 3 ? STDOUT : STDERR, j);
			if (!ASSERT_OK(strncmp(p, line, strlen(line)), "next message"))
				break;
		}
		ASSERT_EQ(p - text.data, text.len, "length");
		text_free(&text);
	}
	close(fd);
}

/* With a stamp, behind the number; and readers who want different ones */
static void test_ids_shared(struct stream_fd *skel)
{
	int all = printer_open(skel, STDERR, NONBLOCK | STAMPS | IDS);
	int ids = printer_open(skel, BOTH, NONBLOCK | IDS);
	char line[64] = {};
	const char *rest;

	if (!print(skel, STDERR, 0, 4))
		goto out;
	ASSERT_EQ(fd_read(all, line, 1 + 15 + strlen(M0)), 1 + 15 + strlen(M0), "stamp and id");
	ASSERT_EQ(line[0], STDERR, "id before the stamp");
	ASSERT_GT(line_time(line + 1, &rest), 0, "stamp");
	ASSERT_STREQ(rest, M0, "text");
	ASSERT_EQ(fd_read(all, line, 8), 8, "start of the second");
	ASSERT_EQ(line[0], STDERR, "its id");
	/* whose id was given to the one who began it */
	fd_gives(ids, M1 "\2" M2 "\2" M3, "the others");
out:
	close(all);
	close(ids);
}

static void readers_are(int prog, int out, int err, const char *when)
{
	ASSERT_EQ(fdinfo_value(prog, "stdout_readers"), out, when);
	ASSERT_EQ(fdinfo_value(prog, "stderr_readers"), err, when);
}

/* Who has a stream open is counted, once for each file. */
static void test_readers(struct stream_fd *skel)
{
	int prog = printer_fd(skel), out, err, both;

	readers_are(prog, 0, 0, "nobody");
	out = printer_open(skel, STDOUT, 0);
	readers_are(prog, 1, 0, "one of stdout");
	both = printer_open(skel, BOTH, 0);
	err = printer_open(skel, STDERR, 0);
	readers_are(prog, 2, 2, "one of both");
	ASSERT_EQ(fdinfo_value(both, "stderr_readers"), 2, "as the file tells it");
	ASSERT_EQ(stream_open(prog, STDOUT, 8), -EINVAL, "open that fails");
	close(dup(out));
	readers_are(prog, 2, 2, "a duplicate");
	close(both);
	readers_are(prog, 1, 1, "both closed");
	close(out);
	close(err);
	readers_are(prog, 0, 0, "all closed");
}

/* A fault takes nothing that it did not deliver. */
static void test_faults(struct stream_fd *skel)
{
	int plain = printer_open(skel, BOTH, NONBLOCK);
	int fd = printer_open(skel, BOTH, NONBLOCK | STAMPS);
	struct text text = {};
	char *map, *end;
	int n, room;

	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	end = map + 4096;
	if (!ASSERT_NEQ(map, MAP_FAILED, "mmap") || !ASSERT_OK(munmap(end, 4096), "munmap"))
		goto out;
	ASSERT_EQ(fd_read(plain, NULL, 8), -EAGAIN, "NULL, empty stream");
	for (room = 1; room <= 4096; room = room * 3 + 1) {
		if (!print(skel, BOTH, 0, 20))
			break;
		ASSERT_EQ(fd_read(fd, NULL, 8), -EFAULT, "NULL");
		ASSERT_EQ(fd_read(fd, (void *)-4096UL, 8), -EFAULT, "kernel address");
		n = fd_read(fd, end - room, 8000);
		if (!ASSERT_GT(n, 0, "bytes read") || !ASSERT_LE(n, room, "bytes read"))
			break;
		text.data = realloc(text.data, n + 1);
		memcpy(text.data, end - room, n);
		text.len = n;
		ASSERT_EQ(fd_read_all(fd, &text, 4096), -EAGAIN, "rest");
		ASSERT_EQ(text.len, 20 * strlen("[12345.123456] ") + 10 * strlen(M0) * 2 + 10,
			  "length");
		ASSERT_HAS_SUBSTR(text.data, "number 19\n", "last message");
	}
out:
	text_free(&text);
	munmap(map, 4096);
	close(fd);
	close(plain);
}

/* The fd does not hold the program, but its text. */
static void test_unload(struct stream_fd *unused)
{
	int fds[3], i, n, prog_id, messages[] = { 2, 1, 3 };
	struct stream_fd *skel;
	char buf[64];

	for (i = 0; i < 3; i++) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		skel = stream_fd__open_and_load();
		if (!ASSERT_OK_PTR(skel, "open and load"))
			return;
		fds[i] = printer_open(skel, i + 1, 0);
		ASSERT_OK(bpf_obj_get_info_by_fd(printer_fd(skel), &info, &len), "prog info");
		prog_id = info.id;
		ASSERT_EQ(fdinfo_value(fds[i], "prog_id"), prog_id, "prog_id");
		print(skel, STDOUT, 0, 2);
		print(skel, STDERR, 2, 1);
		ASSERT_EQ(fd_events(fds[i]), READABLE, "events before");
		stream_fd__destroy(skel);

		if (!wait_for_hangup(fds[i]))
			continue;
		n = bpf_prog_get_fd_by_id(prog_id);
		ASSERT_EQ(n, -ENOENT, "program");
		ASSERT_EQ(fd_events(fds[i]), READABLE | POLLHUP, "events after");
		ASSERT_EQ(fdinfo_value(fds[i], i == 1 ? "stderr_messages" : "stdout_messages"),
			  i == 1 ? 1 : 2, "counter after");
		for (n = 0; n < messages[i]; n++)
			ASSERT_EQ(fd_read(fds[i], buf, strlen(M0)), strlen(M0), "rest");
		ASSERT_EQ(fd_events(fds[i]), POLLHUP, "events at the end");
		ASSERT_EQ(fd_read(fds[i], buf, 8), 0, "end");
		ASSERT_EQ(fd_read(fds[i], buf, 8), 0, "end again");
		close(fds[i]);
	}
}

/* What a program that cannot print has is at its end. */
static void test_silent(struct stream_fd *skel)
{
	int fd = stream_open(bpf_program__fd(skel->progs.stream_fd_silent), BOTH, 0);
	char byte;

	if (!ASSERT_GE(fd, 0, "open"))
		return;
	ASSERT_EQ(fd_read(fd, &byte, 1), 0, "read");
	ASSERT_EQ(fd_events(fd), POLLHUP, "events");
	ASSERT_EQ(fdinfo_value(fd, "stdout_messages"), 0, "messages");
	close(fd);
}

static void check_counters(int fd, const char *stream, __u64 queued, __u64 bytes, __u64 messages,
			   __u64 dropped)
{
	const struct {
		const char *name;
		__u64 value;
	} counters[] = {
		{ "queued", queued }, { "bytes", bytes }, { "messages", messages },
		{ "dropped_capacity", dropped }, { "dropped_memory", 0 }, { "suppressed", 0 },
	};
	char name[64];
	int i;

	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		snprintf(name, sizeof(name), "%s_%s", stream, counters[i].name);
		ASSERT_EQ(fdinfo_value(fd, name), counters[i].value, name);
	}
}

static void test_counters(struct stream_fd *skel)
{
	int out = printer_open(skel, STDOUT, 0), both = printer_open(skel, BOTH, 0);
	struct stream_fd_print p = { .stream = STDERR, .count = 1 << 20 };
	const int len = strlen(M0), prog = printer_fd(skel);
	char buf[10];
	int bytes;

	check_counters(prog, "stdout", 0, 0, 0, 0);
	print(skel, STDOUT, 0, 3);
	check_counters(prog, "stdout", 3 * len, 3 * len, 3, 0);
	ASSERT_EQ(fd_read(out, buf, 10), 10, "read");
	check_counters(prog, "stdout", 3 * len - 10, 3 * len, 3, 0);
	check_counters(out, "stdout", 3 * len - 10, 3 * len, 3, 0);
	check_counters(both, "stdout", 3 * len - 10, 3 * len, 3, 0);
	ASSERT_EQ(fdinfo_value(out, "stderr_bytes"), -1, "stderr of an fd on stdout");
	ASSERT_EQ(fdinfo_value(out, "stream_id"), STDOUT, "id of stdout");
	ASSERT_EQ(fdinfo_value(both, "stream_id"), BOTH, "id of both");

	/* until the stream is full */
	ASSERT_OK(run_syscall(prog, &p, sizeof(p)), "run");
	ASSERT_EQ(p.err, -ENOSPC, "error of a full stream");
	bytes = fdinfo_value(prog, "stderr_queued");
	check_counters(prog, "stderr", bytes, bytes, fdinfo_value(both, "stderr_messages"), 1);
	ASSERT_EQ(stream_drain(prog, STDERR), bytes, "text");
	check_counters(both, "stderr", 0, bytes, fdinfo_value(prog, "stderr_messages"), 1);
	check_counters(both, "stdout", 3 * len - 10, 3 * len, 3, 0);
	close(out);
	close(both);
}

static void send_fd(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	ASSERT_EQ(sendmsg(socket, &msg, 0), 1, "sendmsg");
}

static int receive_fd(int socket)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(socket, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

/* A child that has only the fd, which it gets through a socket, reads to the end. */
static int read_in_child(int socket)
{
	char buf[256];
	int fd = receive_fd(socket), n, len = 0;

	if (fd < 0)
		return 1;
	while ((n = fd_read(fd, buf, sizeof(buf))) > 0)
		len += n;
	return n < 0 || len != strlen(M0 M1 M2);
}

static void test_passed(struct stream_fd *unused)
{
	struct stream_fd *skel;
	int sockets[2], fd, status;
	pid_t child;

	if (!ASSERT_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets), "socketpair"))
		return;
	/* before there is anything that the child could inherit */
	child = fork();
	if (!child)
		_exit(read_in_child(sockets[1]));
	skel = stream_fd__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	fd = printer_open(skel, STDOUT, 0);
	send_fd(sockets[0], fd);
	close(fd);
	print(skel, STDOUT, 0, 2);
	usleep(50000);
	print(skel, STDOUT, 2, 1);
	stream_fd__destroy(skel);
	ASSERT_EQ(waitpid(child, &status, 0), child, "wait for the child");
	ASSERT_OK(status, "status of the child");
	close(sockets[0]);
	close(sockets[1]);
}

/* Parent and child share the fd after a fork. */
static void test_fork(struct stream_fd *skel)
{
	int fd = printer_open(skel, STDOUT, 0), status;
	char buf[8];
	pid_t child;

	print(skel, STDOUT, 0, 1);
	child = fork();
	if (!child)
		_exit(fd_read(fd, buf, 3) != 3 || memcmp(buf, "wri", 3));
	ASSERT_EQ(waitpid(child, &status, 0), child, "wait for the child");
	ASSERT_OK(status, "status of the child");
	fd_gives(fd, &M0[3], "the rest");
	close(fd);
}

#define NR_FDS 100

/* Many fds on one stream: all see that there is text, and each byte is read once. */
static void test_many(struct stream_fd *unused)
{
	int fds[NR_FDS], i, n, len = 0;
	struct stream_fd *skel;
	char buf[7];

	skel = stream_fd__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	for (i = 0; i < NR_FDS; i++)
		fds[i] = printer_open(skel, STDOUT, NONBLOCK);
	print(skel, STDOUT, 0, 10);
	for (i = 0; i < NR_FDS; i++)
		ASSERT_EQ(fd_events(fds[i]), READABLE, "events");
	for (i = 0; i < NR_FDS; i++) {
		n = fd_read(fds[i], buf, sizeof(buf));
		len += n > 0 ? n : 0;
	}
	ASSERT_EQ(len, 10 * strlen(M0), "bytes of all");
	for (i = 0; i < NR_FDS; i++)
		ASSERT_EQ(fd_events(fds[i]), 0, "events when read");
	print(skel, STDOUT, 0, 1);
	stream_fd__destroy(skel);
	wait_for_hangup(fds[0]);
	for (i = 0; i < NR_FDS; i++)
		ASSERT_EQ(fd_events(fds[i]), READABLE | POLLHUP, "events after the program");
	for (i = 0; i < NR_FDS - 1; i++)
		close(fds[i]);
	fd_gives(fds[i], M0, "text of the last fd");
	close(fds[i]);
}

static const struct {
	const char *name;
	void (*run)(struct stream_fd *skel);
} cases[] = {
	{ "refused", test_refused },
	{ "attr", test_attr },
	{ "file", test_file },
	{ "read", test_read },
	{ "shared", test_shared },
	{ "both", test_both },
	{ "stamps", test_stamps },
	{ "stamps_shared", test_stamps_shared },
	{ "ids", test_ids },
	{ "ids_shared", test_ids_shared },
	{ "readers", test_readers },
	{ "faults", test_faults },
	{ "unload", test_unload },
	{ "silent", test_silent },
	{ "counters", test_counters },
	{ "passed", test_passed },
	{ "fork", test_fork },
	{ "many", test_many },
};

void test_stream_fd(void)
{
	run_cases(stream_fd, cases);
}
