// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <ctype.h>
#include <sys/sysinfo.h>
#include "stream_helpers.h"
#include "stream.skel.h"
#include "stream_stress.skel.h"
#include "stream_nomem.skel.h"

/* --- Messages of writers on several CPUs --- */

#define NR_WRITERS	4
#define NR_RECORDS	1200	/* of each writer, together more than fit */

struct writer {
	pthread_t thread;
	struct stream_write w;
	int fd;
	int ret;
};

static void *run_writer(void *arg)
{
	struct writer *writer = arg;

	pin_to_cpu(writer->w.writer % get_nprocs());
	/* what does not fit now fits when the reader has been there */
	while (writer->w.first < NR_RECORDS) {
		writer->w.count = NR_RECORDS - writer->w.first;
		writer->w.err = 0;
		writer->ret = run_syscall(writer->fd, &writer->w, sizeof(writer->w));
		if (writer->ret || (writer->w.err && writer->w.err != -ENOSPC))
			break;
		writer->w.first += writer->w.accepted;
		usleep(1000);
	}
	return NULL;
}

/* Each record is whole, and each writer's are in order. */
static bool check_records(const char *data, size_t len, __u32 *next)
{
	char record[STREAM_MAX_MSG + 1], head[20];
	unsigned int writer, nr;

	for (; len; data += STREAM_MAX_MSG, len -= STREAM_MAX_MSG) {
		/* Apart, because sscanf() looks for the end of its string */
		snprintf(head, sizeof(head), "%.*s", (int)sizeof(head) - 1, data);
		if (len < STREAM_MAX_MSG || sscanf(head, "<%u.%u", &writer, &nr) != 2 ||
		    writer >= NR_WRITERS || nr != next[writer]) {
			PRINT_FAIL("unexpected record '%.*s'\n", STREAM_MAX_MSG, data);
			return false;
		}
		snprintf(record, sizeof(record), RECORD_FORMAT, writer, nr, nr, nr, nr, nr, writer,
			 nr);
		if (memcmp(data, record, STREAM_MAX_MSG)) {
			PRINT_FAIL("record %u of writer %u is not whole\n", nr, writer);
			return false;
		}
		next[writer]++;
	}
	return true;
}

static void test_records(void)
{
	struct writer writers[NR_WRITERS] = {};
	__u32 next[NR_WRITERS] = {};
	const size_t expected = (size_t)NR_WRITERS * NR_RECORDS * STREAM_MAX_MSG;
	struct text text = {};
	struct stream *skel;
	int i, started, idle = 0;

	skel = stream__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	for (started = 0; started < NR_WRITERS; started++) {
		struct writer *writer = &writers[started];

		writer->fd = bpf_program__fd(skel->progs.stream_write);
		writer->w = (struct stream_write) {
			.stream = STDERR,
			.msg = MSG_RECORD,
			.writer = started,
		};
		if (!ASSERT_OK(pthread_create(&writer->thread, NULL, run_writer, writer), "thread"))
			break;
	}
	while (text.len < expected && idle < 1000) {
		size_t before = text.len;

		if (!ASSERT_OK(text_read(&text, writers[0].fd, STDERR, 5000), "read"))
			break;
		if (text.len == before) {
			idle++;
			usleep(10000);
		} else {
			idle = 0;
		}
	}
	for (i = 0; i < started; i++) {
		pthread_join(writers[i].thread, NULL);
		ASSERT_OK(writers[i].ret, "run of a writer");
		ASSERT_EQ(writers[i].w.first, NR_RECORDS, "records of a writer");
	}
	ASSERT_EQ(text.len, expected, "length of all records");
	check_records(text.data, text.len, next);
	text_free(&text);
	stream__destroy(skel);
}

/* --- Several readers of one stream --- */

#define NR_READERS 3

static volatile bool stop;

struct reader {
	pthread_t thread;
	int fd;
	__u32 chunk;
	long long bytes;
	long long strange;	/* bytes that nobody prints */
	int err;
};

/* Not until the stream is empty: it may be filled faster than it is read. */
static void reader_read(struct reader *reader, int fd, int stream)
{
	static __thread char buf[1 << 16];
	int i, reads, n = 1;

	for (reads = 0; reads < 500 && n > 0; reads++) {
		n = bpf_prog_stream_read(fd, stream, buf, reader->chunk, NULL);
		for (i = 0; i < n; i++)
			if (!islower(buf[i]) && buf[i] != '\n')
				reader->strange++;
		reader->bytes += n > 0 ? n : 0;
	}
	if (n < 0)
		reader->err = n;
}

static void *run_reader(void *arg)
{
	struct reader *reader = arg;

	while (!stop && !reader->err) {
		reader_read(reader, reader->fd, STDOUT);
		usleep(1000);
	}
	return NULL;
}

/* Together they get every byte once. */
static void test_readers(void)
{
	static const __u32 chunks[NR_READERS] = { 13, 1000, 1 << 16 };
	const int count = 20000, rounds = 5;
	struct reader readers[NR_READERS] = {};
	long long bytes, expected = 0;
	struct stream *skel;
	int i, fd, started;

	skel = stream__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	fd = bpf_program__fd(skel->progs.stream_write);
	stop = false;
	for (started = 0; started < NR_READERS; started++) {
		readers[started].fd = fd;
		readers[started].chunk = chunks[started];
		if (!ASSERT_OK(pthread_create(&readers[started].thread, NULL, run_reader,
					      &readers[started]), "thread"))
			break;
	}
	for (i = 0; i < rounds; i++) {
		struct stream_write w = { .stream = STDOUT, .msg = MSG_LETTERS, .count = count };

		ASSERT_OK(run_syscall(fd, &w, sizeof(w)), "run");
		expected += (long long)w.accepted * 64;
	}
	stop = true;
	for (i = 0; i < started; i++)
		pthread_join(readers[i].thread, NULL);
	bytes = stream_drain(fd, STDOUT);
	for (i = 0; i < started; i++) {
		bytes += readers[i].bytes;
		ASSERT_OK(readers[i].err, "reader");
		ASSERT_EQ(readers[i].strange, 0, "strange bytes");
	}
	ASSERT_GT(expected, 0, "bytes printed");
	ASSERT_EQ(bytes, expected, "bytes of all readers");
	stream__destroy(skel);
}

/* --- The page allocator fails --- */

static void test_no_pages(void)
{
	const int most = STREAM_CAPACITY / 101;
	struct stream_nomem *skel;
	long long bytes;
	int fd, fd_again;

	skel = stream_nomem__open();
	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	skel->rodata->target_pid = gettid();
	if (!ASSERT_OK(stream_nomem__load(skel), "load") ||
	    !ASSERT_OK(stream_nomem__attach(skel), "attach"))
		goto out;
	fd = bpf_program__fd(skel->progs.print_lines);
	fd_again = bpf_program__fd(skel->progs.print_lines_again);

	/* some messages may go where there is a page already, no more */
	skel->bss->failing = 1;
	ASSERT_OK(run_syscall(fd, NULL, 0), "run without pages");
	ASSERT_EQ(skel->bss->err, -ENOMEM, "error without pages");
	ASSERT_GT(skel->bss->refused, 0, "allocations refused");
	ASSERT_LT(skel->bss->accepted, most / 2, "messages without pages");
	bytes = stream_drain(fd, STDOUT);
	ASSERT_EQ(bytes, skel->bss->accepted * 101LL, "text without pages");

	skel->bss->failed = 0;
	skel->bss->accepted = 0;
	ASSERT_OK(run_syscall(fd_again, NULL, 0), "second run without pages");
	ASSERT_EQ(skel->bss->failed + skel->bss->accepted, 20000, "second run's messages");
	ASSERT_GT(skel->bss->failed, 19000, "messages that failed");
	bytes = stream_drain(fd_again, STDOUT);
	ASSERT_EQ(bytes, skel->bss->accepted * 1001LL, "text of the second run");

	/* all of the capacity is there when there are pages again */
	skel->bss->failing = 0;
	skel->bss->accepted = 0;
	ASSERT_OK(run_syscall(fd, NULL, 0), "run with pages");
	ASSERT_EQ(skel->bss->err, -ENOSPC, "error with pages");
	ASSERT_EQ(skel->bss->accepted, (STREAM_CAPACITY - 1) / 101, "messages with pages");
	ASSERT_EQ(stream_drain(fd, STDOUT), skel->bss->accepted * 101LL, "text with pages");
	skel->bss->accepted = 0;
	ASSERT_OK(run_syscall(fd_again, NULL, 0), "second run with pages");
	ASSERT_EQ(skel->bss->accepted, (STREAM_CAPACITY - 1) / 1001, "second run's capacity");
out:
	stream_nomem__destroy(skel);
}

/* --- Writers, readers and unloads --- */

/*
 * The current generation of the programs. They are loaded again and again from
 * the same instructions, whose maps live as long as the skeleton.
 */
static struct {
	pthread_mutex_t lock;
	int task_fd;
	int irq_fd;
	int link_fd;
} current = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int load_again(struct bpf_program *prog, enum bpf_prog_type type)
{
	return bpf_prog_load(type, "stream_stress", "GPL", bpf_program__insns(prog),
			     bpf_program__insn_cnt(prog), NULL);
}

/* A reference of its own to a program that may be replaced at any time. */
static int get_current(int *fd)
{
	int ret;

	pthread_mutex_lock(&current.lock);
	ret = *fd < 0 ? -1 : dup(*fd);
	pthread_mutex_unlock(&current.lock);
	return ret;
}

static void put_generation(void)
{
	int task_fd, irq_fd, link_fd;

	pthread_mutex_lock(&current.lock);
	task_fd = current.task_fd;
	irq_fd = current.irq_fd;
	link_fd = current.link_fd;
	current.task_fd = -1;
	current.irq_fd = -1;
	current.link_fd = -1;
	pthread_mutex_unlock(&current.lock);
	close(link_fd);
	close(irq_fd);
	close(task_fd);
}

static int new_generation(struct stream_stress *skel)
{
	int task_fd, irq_fd, link_fd;

	task_fd = load_again(skel->progs.in_task, BPF_PROG_TYPE_RAW_TRACEPOINT);
	irq_fd = load_again(skel->progs.in_interrupt, BPF_PROG_TYPE_RAW_TRACEPOINT);
	link_fd = irq_fd < 0 ? -1 : bpf_raw_tracepoint_open("local_timer_entry", irq_fd);
	put_generation();
	pthread_mutex_lock(&current.lock);
	current.task_fd = task_fd;
	current.irq_fd = irq_fd;
	current.link_fd = link_fd;
	pthread_mutex_unlock(&current.lock);
	return task_fd < 0 || link_fd < 0 ? -1 : 0;
}

static void *stress_write(void *arg)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int fd, *err = arg;

	while (!stop) {
		fd = get_current(&current.task_fd);
		if (fd < 0)
			continue;
		if (bpf_prog_test_run_opts(fd, &opts))
			*err = -errno;
		close(fd);
	}
	return NULL;
}

static void *stress_read(void *arg)
{
	struct reader *reader = arg;
	int i, fd;

	for (i = 0; !stop; i++) {
		fd = get_current(i % 2 ? &current.task_fd : &current.irq_fd);
		if (fd < 0)
			continue;
		reader_read(reader, fd, i % 4 < 2 ? STDOUT : STDERR);
		close(fd);
	}
	return NULL;
}

static void test_unload_in_use(void)
{
	const long slack = 1024;
	struct reader readers[2] = { { .chunk = 100 }, { .chunk = 1 << 16 } };
	__u64 end, cycles = 0;
	pthread_t writers[2];
	int i, errs[2] = {};
	struct stream_stress *skel;
	long before;

	skel = stream_stress__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	current.task_fd = -1;
	current.irq_fd = -1;
	current.link_fd = -1;
	stop = false;
	before = direct_pages();
	for (i = 0; i < 2; i++) {
		if (!ASSERT_OK(pthread_create(&writers[i], NULL, stress_write, &errs[i]), "writer"))
			exit(1);
		if (!ASSERT_OK(pthread_create(&readers[i].thread, NULL, stress_read, &readers[i]),
			       "reader"))
			exit(1);
	}
	end = get_time_ns() + stress_seconds() * 1000000000ULL;
	/* However slow the machine, a few generations belong to it */
	while (get_time_ns() < end || cycles <= 10) {
		if (!ASSERT_OK(new_generation(skel), "load"))
			break;
		cycles++;
		usleep(cycles % 8 * 1000);
	}
	put_generation();
	stop = true;
	for (i = 0; i < 2; i++) {
		pthread_join(writers[i], NULL);
		pthread_join(readers[i].thread, NULL);
		ASSERT_OK(errs[i], "writer");
		ASSERT_OK(readers[i].err, "reader");
		ASSERT_GT(readers[i].bytes, 0, "bytes read");
		ASSERT_EQ(readers[i].strange, 0, "strange bytes");
	}
	ASSERT_GT(cycles, 10, "programs loaded");
	ASSERT_GT(skel->bss->task_messages, 0, "messages of tasks");
	ASSERT_GT(skel->bss->irq_messages, 0, "messages of interrupts");
	ASSERT_EQ(skel->bss->strange_errors, 0, "errors other than a full stream");
	ASSERT_LE(direct_pages_settled(before + slack), before + slack, "pages afterwards");
	printf("%llu generations of programs\n", cycles);
	stream_stress__destroy(skel);
}

void serial_test_stream_stress(void)
{
	if (test__start_subtest("records"))
		test_records();
	if (test__start_subtest("readers"))
		test_readers();
	if (test__start_subtest("no_pages"))
		test_no_pages();
	if (test__start_subtest("unload_in_use"))
		test_unload_in_use();
}
