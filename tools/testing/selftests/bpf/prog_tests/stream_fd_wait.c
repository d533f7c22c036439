// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include "context_helpers.h"
#include "stream_fd_helpers.h"
#include <sys/mman.h>
#include "stream_fd_contexts.skel.h"
#include "stream_fd_fault.skel.h"
#include "stream_stage.skel.h"

#define M0 "writer 0 number 0\n"
#define M1 "writer 0 number 1\n"

/* A message ends a read that waits. */
static void test_block(struct stream_fd *skel)
{
	static const struct {
		__u32 reads, print;
	} cases[] = {
		{ STDOUT, STDOUT }, { STDERR, STDERR }, { BOTH, STDOUT }, { BOTH, STDERR },
	};
	struct blocked_read r;
	int i, fd;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fd = printer_open(skel, cases[i].reads, 0);
		if (!blocked_read_start(&r, fd))
			return;
		print(skel, cases[i].print, 0, 1);
		ASSERT_EQ(blocked_read_join(&r), strlen(M0), "read");
		ASSERT_STREQ(r.buf, M0, "text");
		close(fd);
	}
}

/* Text of the other stream does not. */
static void test_other_stream(struct stream_fd *skel)
{
	int fd = printer_open(skel, STDOUT, 0);
	struct blocked_read r;

	if (!blocked_read_start(&r, fd))
		return;
	print(skel, STDERR, 0, 5);
	usleep(100000);
	ASSERT_FALSE(r.done, "the read waits");
	print(skel, STDOUT, 1, 1);
	ASSERT_EQ(blocked_read_join(&r), strlen(M1), "read");
	ASSERT_STREQ(r.buf, M1, "text");
	close(fd);
}

/* O_NONBLOCK is the file's, and can change. */
static void test_nonblock(struct stream_fd *skel)
{
	int fd = printer_open(skel, STDOUT, NONBLOCK);
	struct blocked_read r;
	char buf[8];

	ASSERT_EQ(fd_read(fd, buf, 8), -EAGAIN, "with O_NONBLOCK");
	ASSERT_OK(fcntl(fd, F_SETFL, 0), "clear O_NONBLOCK");
	if (!blocked_read_start(&r, fd))
		return;
	print(skel, STDOUT, 0, 1);
	ASSERT_EQ(blocked_read_join(&r), strlen(M0), "read");
	ASSERT_OK(fcntl(fd, F_SETFL, O_NONBLOCK), "set O_NONBLOCK");
	ASSERT_EQ(fd_read(fd, buf, 8), -EAGAIN, "with O_NONBLOCK again");
	close(fd);
}

static volatile int signals;

static void on_signal(int sig)
{
	signals++;
}

static void test_signal(struct stream_fd *skel)
{
	struct sigaction action = { .sa_handler = on_signal }, old;
	int fd = printer_open(skel, STDOUT, 0);
	struct blocked_read r;

	signals = 0;
	sigaction(SIGUSR2, &action, &old);
	if (!blocked_read_start(&r, fd))
		goto out;
	pthread_kill(r.thread, SIGUSR2);
	ASSERT_EQ(blocked_read_join(&r), -EINTR, "read");
	ASSERT_EQ(signals, 1, "signals");

	/* with SA_RESTART the read goes on */
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &action, NULL);
	if (!blocked_read_start(&r, fd))
		goto out;
	pthread_kill(r.thread, SIGUSR2);
	usleep(100000);
	ASSERT_EQ(signals, 2, "signals");
	ASSERT_FALSE(r.done, "the read waits");
	print(skel, STDOUT, 0, 1);
	ASSERT_EQ(blocked_read_join(&r), strlen(M0), "read that was restarted");
out:
	sigaction(SIGUSR2, &old, NULL);
	close(fd);
}

/* The end of the program ends all kinds of waiting. */
static void test_unload(struct stream_fd *unused)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	struct blocked_read reads[3] = {};
	struct stream_fd *skel;
	int i, fd, epoll;

	skel = stream_fd__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	for (i = 0; i < 3; i++)
		blocked_read_start(&reads[i], printer_open(skel, i + 1, 0));
	fd = printer_open(skel, STDERR, 0);
	epoll = epoll_create1(0);
	ASSERT_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
	ASSERT_EQ(epoll_wait(epoll, &event, 1, 0), 0, "epoll_wait before");
	stream_fd__destroy(skel);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(blocked_read_join(&reads[i]), 0, "end");
		close(reads[i].fd);
	}
	ASSERT_EQ(epoll_wait(epoll, &event, 1, 20000), 1, "epoll_wait");
	ASSERT_EQ(event.events, EPOLLHUP, "events");
	close(epoll);
	close(fd);
}

static int epoll_of(int fd, __u32 events)
{
	struct epoll_event event = { .events = events };
	int epoll = epoll_create1(0);

	ASSERT_GE(epoll, 0, "epoll_create");
	ASSERT_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
	return epoll;
}

/* The events within ms, 0 if there are none. */
static int epoll_events(int epoll, int ms)
{
	struct epoll_event event;
	int n = epoll_wait(epoll, &event, 1, ms);

	return n <= 0 ? n : event.events;
}

static void test_epoll_level(struct stream_fd *skel)
{
	int fd = printer_open(skel, STDOUT, NONBLOCK), epoll = epoll_of(fd, EPOLLIN);
	char buf[8];

	ASSERT_EQ(epoll_events(epoll, 0), 0, "when empty");
	print(skel, STDOUT, 0, 1);
	ASSERT_EQ(epoll_events(epoll, 5000), EPOLLIN, "with text");
	ASSERT_EQ(epoll_events(epoll, 0), EPOLLIN, "with text, again");
	ASSERT_EQ(fd_read(fd, buf, 8), 8, "a part");
	ASSERT_EQ(epoll_events(epoll, 0), EPOLLIN, "with a rest");
	fd_gives(fd, &M0[8], "rest");
	ASSERT_EQ(epoll_events(epoll, 0), 0, "when empty again");
	print(skel, STDERR, 0, 1);
	ASSERT_EQ(epoll_events(epoll, 100), 0, "with text in the other stream");
	close(epoll);
	close(fd);
}

/* An event when text comes, and none for what an earlier event told. */
static void test_epoll_edge(struct stream_fd *skel)
{
	int fd = printer_open(skel, STDOUT, NONBLOCK), epoll = epoll_of(fd, EPOLLIN | EPOLLET);
	char buf[64];

	ASSERT_EQ(epoll_events(epoll, 0), 0, "when empty");
	print(skel, STDOUT, 0, 1);
	ASSERT_EQ(epoll_events(epoll, 5000), EPOLLIN, "with text");
	ASSERT_EQ(epoll_events(epoll, 100), 0, "no more text");
	ASSERT_EQ(fd_read(fd, buf, 8), 8, "a part");
	ASSERT_EQ(epoll_events(epoll, 100), 0, "with a rest");
	print(skel, STDERR, 0, 1);
	ASSERT_EQ(epoll_events(epoll, 100), 0, "with text in the other stream");
	print(skel, STDOUT, 1, 1);
	ASSERT_EQ(epoll_events(epoll, 5000), EPOLLIN, "more text behind the rest");
	fd_gives(fd, &(M0 M1)[8], "rest and more");
	ASSERT_EQ(fd_read(fd, buf, 8), -EAGAIN, "empty");
	ASSERT_EQ(epoll_events(epoll, 100), 0, "when empty again");
	print(skel, STDOUT, 0, 1);
	ASSERT_EQ(epoll_events(epoll, 5000), EPOLLIN, "with text again");

	/* what is there when it is added is an event too */
	close(epoll);
	epoll = epoll_of(fd, EPOLLIN | EPOLLET);
	ASSERT_EQ(epoll_events(epoll, 0), EPOLLIN, "of a new epoll");
	ASSERT_EQ(epoll_events(epoll, 100), 0, "of it, again");
	close(epoll);
	close(fd);
}

/* Two threads read one fd: one message ends one read, and is not given twice. */
static void test_two_readers(struct stream_fd *skel)
{
	int fd = printer_open(skel, STDOUT, 0), done, i;
	struct blocked_read reads[2] = {};

	if (!blocked_read_start(&reads[0], fd) || !blocked_read_start(&reads[1], fd))
		return;
	print(skel, STDOUT, 0, 1);
	for (i = 0; i < 1000 && !reads[0].done && !reads[1].done; i++)
		usleep(1000);
	usleep(100000);
	done = reads[1].done;
	ASSERT_EQ(reads[0].done + reads[1].done, 1, "reads that ended");
	ASSERT_STREQ(reads[done].buf, M0, "text of the first");
	print(skel, STDOUT, 1, 1);
	ASSERT_EQ(blocked_read_join(&reads[0]), strlen(M0), "one read");
	ASSERT_EQ(blocked_read_join(&reads[1]), strlen(M0), "the other read");
	ASSERT_STREQ(reads[!done].buf, M1, "text of the second");
	close(fd);
}

/* A batch of the kernel is one wakeup, and whole when it comes. */
static void test_stage(struct stream_fd *unused)
{
	struct stage_args args = { STDERR, 5, 1, 1 };
	struct stream_stage *skel;
	struct blocked_read r;
	int fd;

	skel = stream_stage__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	fd = stream_open(bpf_program__fd(skel->progs.stream_stage), BOTH, 0);
	if (blocked_read_start(&r, fd)) {
		ASSERT_OK(run_syscall(bpf_program__fd(skel->progs.stream_stage), &args,
				      sizeof(args)), "run");
		ASSERT_EQ(blocked_read_join(&r), 5 * strlen("cpu 0 line 0\n"), "read");
	}
	ASSERT_EQ(fdinfo_value(fd, "stderr_messages"), 5, "messages");
	close(fd);
	stream_stage__destroy(skel);
}

/* Make the CPUs enter a context of that level. */
static void provoke(int level)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(9) };
	int udp;

	if (level == TASK)
		syscall(__NR_getpgid, 0);
	if (level == NMI)
		ASSERT_OK(request_nmis(), "sysrq l");
	if (level == SOFTIRQ) {
		addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		udp = socket(AF_INET, SOCK_DGRAM, 0);
		sendto(udp, "", 1, 0, (void *)&addr, sizeof(addr));
		close(udp);
	}
}

static void print_from(struct stream_fd_contexts *skel, int level)
{
	volatile int *armed = &skel->data->armed;
	int i;

	*armed = level;
	for (i = 0; i < 100 && *armed == level; i++) {
		provoke(level);
		usleep(10000);
	}
	ASSERT_EQ(*armed, NR_LEVELS, level_names[level]);
	ASSERT_OK(skel->bss->err, "print");
}

/* A printer in any context, NMI included, wakes an epoll waiter, and a reader. */
static void wake_from(struct stream_fd_contexts *skel, int level)
{
	int prog = bpf_program__fd(skel->progs.print_context);
	int fd = stream_open(prog, STDERR, 0), epoll = epoll_of(fd, EPOLLIN | EPOLLET);
	struct blocked_read r;
	char expected[16];

	snprintf(expected, sizeof(expected), "level %d\n", level);
	ASSERT_EQ(epoll_events(epoll, 0), 0, "before");
	print_from(skel, level);
	ASSERT_EQ(epoll_events(epoll, 5000), EPOLLIN, "event");
	if (fd_gives(fd, expected, "text of the event") && blocked_read_start(&r, fd)) {
		print_from(skel, level);
		ASSERT_EQ(blocked_read_join(&r), strlen(expected), "read");
		ASSERT_STREQ(r.buf, expected, "text");
	}
	close(epoll);
	close(fd);
}

static void test_contexts(struct stream_fd *unused)
{
	struct stream_fd_contexts *skel;
	int level, fd, round;
	char printk[64];
	__u32 key = 0;

	if (!ASSERT_OK(bring_up_loopback(), "bring_up_loopback"))
		return;
	skel = stream_fd_contexts__open();
	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	skel->rodata->target_tgid = getpid();
	skel->rodata->target_syscall = __NR_getpgid;
	bpf_program__set_autoattach(skel->progs.print_context, false);
	if (!ASSERT_OK(stream_fd_contexts__load(skel), "load"))
		goto out;
	fd = bpf_program__fd(skel->progs.print_context);
	if (!ASSERT_OK(bpf_map_update_elem(bpf_map__fd(skel->maps.printer), &key, &fd, BPF_ANY),
		       "update") ||
	    !ASSERT_OK(stream_fd_contexts__attach(skel), "attach") ||
	    !ASSERT_OK(console_silence(printk), "console level"))
		goto out;
	for (round = 0; round < 3; round++)
		for (level = 0; level < NR_LEVELS; level++)
			wake_from(skel, level);
	ASSERT_OK(console_restore(printk), "console level");
out:
	stream_fd_contexts__destroy(skel);
}

/* A read into a page that is not there. */
struct faulting_read {
	struct stream_fd_fault *fault;
	int fd;
	char *page;
	int n;
};

static void *run_faulting_read(void *arg)
{
	struct faulting_read *r = arg;

	r->fault->bss->stall_tid = gettid();
	r->n = fd_read(r->fd, r->page, 256);
	return NULL;
}

static void read_beside(struct stream_fd *skel, struct stream_fd_fault *fault)
{
	struct faulting_read r = { .fault = fault, .fd = printer_open(skel, STDOUT, 0) };
	volatile int *stalled = &fault->bss->stalled;
	pthread_t thread;
	int fds[3], i;
	char byte[1];

	for (i = 0; i < 3; i++)
		fds[i] = printer_open(skel, i + 1, NONBLOCK);
	r.page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!ASSERT_NEQ(r.page, MAP_FAILED, "mmap") || !print(skel, STDOUT, 0, 1) ||
	    !ASSERT_OK(pthread_create(&thread, NULL, run_faulting_read, &r), "thread"))
		return;
	for (i = 0; i < 1000 && !*stalled; i++)
		usleep(1000);
	ASSERT_EQ(*stalled, 1, "in its page fault");
	print(skel, STDERR, 1, 1);
	fd_gives(fds[1], M1, "the other stream meanwhile");
	fd_gives(fds[0], M0, "the same stream meanwhile");
	ASSERT_EQ(fd_read(fds[2], byte, 1), -EAGAIN, "both are empty");
	ASSERT_EQ(*stalled, 1, "still in its page fault");
	/* What it was about to have went to another reader: it has the next message */
	print(skel, STDOUT, 1, 1);
	fault->bss->go_on = 1;
	pthread_join(thread, NULL);
	ASSERT_EQ(r.n, strlen(M1), "read");
	ASSERT_STREQ(r.page, M1, "text");
	munmap(r.page, 4096);
	for (i = 0; i < 3; i++)
		close(fds[i]);
	close(r.fd);
}

/* A reader whose memory is slow keeps no other reader waiting. */
static void test_slow_memory(struct stream_fd *skel)
{
	struct stream_fd_fault *fault = stream_fd_fault__open_and_load();

	if (!ASSERT_OK_PTR(fault, "open and load"))
		return;
	if (ASSERT_OK(stream_fd_fault__attach(fault), "attach"))
		read_beside(skel, fault);
	stream_fd_fault__destroy(fault);
}

/* A message that comes while others wait unread tells of itself after a while, too. */
static void test_wake_again(struct stream_fd *skel)
{
	int fd = printer_open(skel, STDOUT, NONBLOCK), epoll = epoll_of(fd, EPOLLIN | EPOLLET), i;

	print(skel, STDOUT, 0, 1);
	ASSERT_EQ(epoll_events(epoll, 5000), EPOLLIN, "the first message");
	for (i = 0; i < 100; i++) {
		usleep(20000);
		print(skel, STDOUT, 1, 1);
		if (epoll_events(epoll, 0) == EPOLLIN)
			break;
	}
	ASSERT_LT(i, 100, "event for one behind it");
	close(epoll);
	close(fd);
}

/* A CPU that goes down wakes the readers of what it prints on its way. */
static void test_hotplug(struct stream_fd *unused)
{
	const char *online = "/sys/devices/system/cpu/cpu1/online";
	struct stream_fd_contexts *skel;
	struct blocked_read r;
	int i, fd;
	bool ok;

	skel = stream_fd_contexts__open();
	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	skel->rodata->target_tgid = getpid();
	if (!ASSERT_OK(stream_fd_contexts__load(skel), "load"))
		goto out;
	skel->links.cpu_down = bpf_program__attach(skel->progs.cpu_down);
	if (!ASSERT_OK_PTR(skel->links.cpu_down, "attach"))
		goto out;
	for (i = 0; i < 3; i++) {
		fd = stream_open(bpf_program__fd(skel->progs.cpu_down), STDOUT, 0);
		if (!blocked_read_start(&r, fd))
			break;
		skel->bss->down_armed = 1;
		ASSERT_OK(write_number(online, 0), "CPU down");
		ASSERT_EQ(skel->bss->down_armed, 0, "printed");
		ASSERT_OK(skel->bss->err, "print");
		ok = ASSERT_EQ(blocked_read_join(&r), strlen("down\n"), "read");
		ASSERT_OK(write_number(online, 1), "CPU up");
		close(fd);
		if (!ok)
			break;
	}
out:
	stream_fd_contexts__destroy(skel);
}

static const struct {
	const char *name;
	void (*run)(struct stream_fd *skel);
} cases[] = {
	{ "block", test_block },
	{ "other_stream", test_other_stream },
	{ "nonblock", test_nonblock },
	{ "signal", test_signal },
	{ "unload", test_unload },
	{ "epoll_level", test_epoll_level },
	{ "epoll_edge", test_epoll_edge },
	{ "two_readers", test_two_readers },
	{ "stage", test_stage },
	{ "contexts", test_contexts },
	{ "slow_memory", test_slow_memory },
	{ "wake_again", test_wake_again },
	{ "hotplug", test_hotplug },
};

/* Serial: it watches threads sleep, and takes CPUs down. */
void serial_test_stream_fd_wait(void)
{
	run_cases(stream_fd, cases);
}
