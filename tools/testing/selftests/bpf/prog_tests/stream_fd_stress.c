// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/sysinfo.h>
#include "stream_fd_helpers.h"

#define NR_WRITERS	4
#define NR_MESSAGES	5000	/* of each */
/* Bytes of all, for messages of 17 bytes and up to 4 digits */
#define ALL_BYTES	(NR_WRITERS * (NR_MESSAGES * 17 + 10 + 90 * 2 + 900 * 3 + 4000 * 4))

/* --- Both streams in the order of printing --- */

struct writer {
	pthread_t thread;
	struct stream_fd_print p;
	int prog_fd;
	int err;
};

static void *run_writer(void *arg)
{
	struct writer *w = arg;

	pin_to_cpu(w->p.writer % get_nprocs());
	w->err = run_syscall(w->prog_fd, &w->p, sizeof(w->p));
	return NULL;
}

static int start_writers(struct stream_fd *skel, struct writer *writers)
{
	int i;

	for (i = 0; i < NR_WRITERS; i++) {
		writers[i].prog_fd = printer_fd(skel);
		writers[i].p = (struct stream_fd_print) {
			.stream = BOTH,
			.writer = i,
			.count = NR_MESSAGES,
		};
		if (!ASSERT_OK(pthread_create(&writers[i].thread, NULL, run_writer, &writers[i]),
			       "thread"))
			break;
	}
	return i;
}

static void join_writers(struct writer *writers, int n)
{
	while (n--) {
		pthread_join(writers[n].thread, NULL);
		ASSERT_OK(writers[n].err, "run of a writer");
		ASSERT_OK(writers[n].p.err, "print of a writer");
	}
}

/* Each writer's messages are in the order in which it printed them. */
static bool check_writers(const struct text *text, const char *format)
{
	__u32 next[NR_WRITERS] = {}, writer, nr, i;
	const char *p = text->data;
	int len;

	for (i = 0; i < NR_WRITERS * NR_MESSAGES; i++, p += len) {
		len = 0;
		if (sscanf(p, format, &writer, &nr, &len) != 2 || !len || writer >= NR_WRITERS ||
		    nr != next[writer]) {
			PRINT_FAIL("message %u is '%.40s', not %u of writer %u\n", i, p,
				   next[writer % NR_WRITERS], writer);
			return false;
		}
		next[writer]++;
	}
	return ASSERT_EQ(p - text->data, text->len, "length");
}

/* Read while they print. */
static bool order_with(struct stream_fd *skel, size_t chunk)
{
	struct pollfd p = { .fd = printer_open(skel, BOTH, NONBLOCK), .events = POLLIN };
	struct writer writers[NR_WRITERS];
	struct text text = {};
	int n, idle;
	bool ok;

	n = start_writers(skel, writers);
	for (idle = 0; idle < 5 && text.len < ALL_BYTES; ) {
		idle = poll(&p, 1, 400) == 1 ? 0 : idle + 1;
		if (!ASSERT_EQ(fd_read_all(p.fd, &text, chunk), -EAGAIN, "read"))
			break;
	}
	join_writers(writers, n);
	ok = ASSERT_EQ(text.len, ALL_BYTES, "bytes of all") &&
	     check_writers(&text, "writer %u number %u\n%n");
	text_free(&text);
	close(p.fd);
	return ok;
}

/* However small the steps of the reader; and for a while with one that is fast. */
static void test_order(void)
{
	__u64 end = get_time_ns() + stress_seconds() * 200000000ULL;
	struct stream_fd *skel;

	skel = stream_fd__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	order_with(skel, 5);
	order_with(skel, 100);
	do {
		if (!order_with(skel, 1 << 16))
			break;
	} while (get_time_ns() < end);
	stream_fd__destroy(skel);
}

/* A message of the text with stamps: its time, and whether it is in this list. */
struct stamped {
	double time;
	__u32 writer, nr;
};

static struct stamped stamped[NR_WRITERS * NR_MESSAGES];

/* Stamps of one CPU never go back, nor do those of different CPUs but by a hair. */
static bool check_stamps(const struct text *text)
{
	double last[NR_WRITERS] = {}, newest = 0, most = 0;
	const char *p = text->data;
	struct stamped *s;
	int i, len, back = 0;

	for (i = 0; i < ARRAY_SIZE(stamped); i++, p += len) {
		s = &stamped[i];
		if (sscanf(p, "[%lf] writer %u number %u\n%n", &s->time, &s->writer, &s->nr,
			   &len) != 3 || s->writer >= NR_WRITERS || s->time < last[s->writer]) {
			PRINT_FAIL("message %d is '%.60s'\n", i, p);
			return false;
		}
		last[s->writer] = s->time;
		back += s->time < newest;
		if (newest - s->time > most)
			most = newest - s->time;
		if (s->time > newest)
			newest = s->time;
	}
	printf("%d of %d messages were added late, by %.6f s at most\n", back, i, most);
	/* what an interrupt, or the host, can put between a stamp and the list */
	return ASSERT_LT(back, i / 10, "messages added late") &&
	       ASSERT_LT(most, 1.0, "time they were late");
}

static void test_order_of_stamps(void)
{
	struct writer writers[NR_WRITERS];
	struct stream_fd *skel;
	struct text text = {};
	int fd;

	skel = stream_fd__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	fd = printer_open(skel, BOTH, NONBLOCK | STAMPS);
	join_writers(writers, start_writers(skel, writers));
	if (ASSERT_EQ(fd_read_all(fd, &text, 1 << 16), -EAGAIN, "read"))
		check_stamps(&text);
	text_free(&text);
	close(fd);
	stream_fd__destroy(skel);
}

/* --- Programs come and go --- */

/* Open, wait, print, close, in all orders, and now and then the program goes. */
static void test_open_close(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int i, fd, epoll, kept = -1;
	struct stream_fd *skel = NULL;
	const long slack = 256;
	long before;

	before = direct_pages();
	epoll = epoll_create1(0);
	for (i = 0; i < 1000; i++) {
		if (i % 20 == 0) {
			stream_fd__destroy(skel);
			skel = stream_fd__open_and_load();
			if (!ASSERT_OK_PTR(skel, "open and load"))
				break;
		}
		fd = printer_open(skel, i % 3 + 1, i % 2 ? NONBLOCK : 0);
		if (fd < 0)
			break;
		if (i % 5 == 0)
			epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
		if (!print(skel, BOTH, 0, i % 7))
			break;
		if (i % 50 == 0) {
			close(kept);
			kept = fd;
		} else {
			close(fd);
		}
	}
	ASSERT_EQ(i, 1000, "rounds");
	stream_fd__destroy(skel);
	close(kept);
	close(epoll);
	ASSERT_LE(direct_pages_settled(before + slack), before + slack, "pages afterwards");
}

static volatile bool stop;

/* Reads one fd after the other to its end. */
struct follower {
	pthread_t thread;
	volatile int next;	/* fd, -1 if it wants one */
	long long bytes;
	int ends;
	int err;
};

static void *run_follower(void *arg)
{
	struct follower *f = arg;
	char buf[4096];
	int n;

	while (!stop || f->next >= 0) {
		if (f->next < 0) {
			usleep(1000);
			continue;
		}
		while ((n = fd_read(f->next, buf, sizeof(buf))) > 0)
			f->bytes += n;
		if (n)
			f->err = n;
		f->ends++;
		close(f->next);
		f->next = -1;
	}
	return NULL;
}

static bool is_waiting(const struct follower *f, int n)
{
	while (n--)
		if (f[n].next >= 0)
			return false;
	return true;
}

/* Readers that wait for more when the program goes get all of it, and its end. */
static void test_follow(void)
{
	struct follower followers[3] = {};
	long long bytes = 0, expected = 0;
	struct stream_fd *skel;
	int i, j, waited;

	stop = false;
	for (i = 0; i < 3; i++) {
		followers[i].next = -1;
		if (!ASSERT_OK(pthread_create(&followers[i].thread, NULL, run_follower,
					      &followers[i]), "thread"))
			exit(1);
	}
	for (i = 0; i < 40; i++) {
		skel = stream_fd__open_and_load();
		if (!ASSERT_OK_PTR(skel, "open and load"))
			break;
		for (j = 0; j < 3; j++)
			followers[j].next = printer_open(skel, BOTH, 0);
		if (i % 2)
			usleep(20000);
		print(skel, BOTH, 1000, 100);
		expected += 100 * strlen("writer 0 number 1000\n");
		if (i % 3)
			usleep(i % 3 * 5000);
		stream_fd__destroy(skel);
		for (waited = 0; waited < 20000 && !is_waiting(followers, 3); waited++)
			usleep(1000);
		if (!ASSERT_TRUE(is_waiting(followers, 3), "end of all"))
			exit(1);
	}
	stop = true;
	for (i = 0; i < 3; i++) {
		pthread_join(followers[i].thread, NULL);
		ASSERT_OK(followers[i].err, "follower");
		ASSERT_EQ(followers[i].ends, 40, "ends");
		bytes += followers[i].bytes;
	}
	ASSERT_EQ(bytes, expected, "bytes of all");
}

/* Serial: it counts the pages of the machine. */
void serial_test_stream_fd_stress(void)
{
	if (test__start_subtest("order"))
		test_order();
	if (test__start_subtest("order_of_stamps"))
		test_order_of_stamps();
	if (test__start_subtest("open_close"))
		test_open_close();
	if (test__start_subtest("follow"))
		test_follow();
}
