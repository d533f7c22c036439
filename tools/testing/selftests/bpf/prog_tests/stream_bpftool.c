// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* bpftool prog tracelog { stdout | stderr | both } PROG and bpftool prog show. */

#define _GNU_SOURCE
#include <elf.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>
#include "stream_process.h"
#include "stream_bpftool.skel.h"

static __u32 id_of(const struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	ASSERT_OK(bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len), "prog info");
	return info.id;
}

/* Start bpftool with words that a space separates. %u is the id of the program. */
static bool start_prepared(struct process *p, const char *words, const struct bpf_program *prog,
			   void (*prepare)(void))
{
	char line[256], *argv[16], *word, *rest = line;
	int i = 0;

	argv[i++] = getenv("BPFTOOL") ?: "./bpftool";
	snprintf(line, sizeof(line), words, prog ? id_of(prog) : 0);
	while ((word = strsep(&rest, " ")) && i < ARRAY_SIZE(argv) - 1)
		argv[i++] = word;
	argv[i] = NULL;
	return ASSERT_OK(process_start(p, argv, prepare), words);
}

static bool start(struct process *p, const char *words, const struct bpf_program *prog)
{
	return start_prepared(p, words, prog, NULL);
}

/* Run bpftool to its end and return its status. */
static int run(struct process *p, const char *words, const struct bpf_program *prog)
{
	return start(p, words, prog) ? process_end(p) : -1;
}

static void prints(const char *words, const struct bpf_program *prog, const char *out,
		   const char *err)
{
	struct process p;

	ASSERT_EQ(run(&p, words, prog), 0, words);
	ASSERT_STREQ(process_stdout(&p), out, words);
	ASSERT_STREQ(process_stderr(&p), err, words);
	process_free(&p);
}

/* It ends with a status, not by a signal. */
static void fails(const char *words, const struct bpf_program *prog, const char *message)
{
	struct process p;
	int status = run(&p, words, prog);

	ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status), words);
	ASSERT_HAS_SUBSTR(process_stderr(&p), message, words);
	ASSERT_STREQ(process_stdout(&p), "", words);
	process_free(&p);
}

/* Thousands of times: says nothing of success. */
static bool say(struct stream_bpftool *skel, int stream, const char *bytes)
{
	int err;

	skel->bss->stream = stream;
	memcpy(skel->bss->bytes, bytes, sizeof(skel->bss->bytes));
	err = run_syscall(bpf_program__fd(skel->progs.stream_say), NULL, 0);
	err = err ?: skel->bss->err;
	return !err || ASSERT_OK(err, "say");
}

static bool alternate(struct stream_bpftool *skel)
{
	int fd = bpf_program__fd(skel->progs.stream_alternate);

	skel->bss->err = 0;
	return ASSERT_OK(run_syscall(fd, NULL, 0), "alternate") &&
	       ASSERT_OK(skel->bss->err, "bpf_stream_printk");
}

/* Print while bpftool waits, and unload the program right after it printed. */
static void waits(struct stream_bpftool **skel, const char *words, int stream, int output)
{
	struct process p;
	int i;

	if (!say(*skel, stream, "before.\n") || !start(&p, words, (*skel)->progs.stream_say))
		return;
	process_prints(&p, "before.\n");
	say(*skel, stream, "waiting\n");
	process_prints(&p, "waiting\n");
	for (i = 0; i < 1000; i++)
		say(*skel, stream, "at end.\n");
	say(*skel, stream, "no nl...");
	stream_bpftool__destroy(*skel);
	*skel = NULL;
	ASSERT_EQ(process_end(&p), 0, "status");
	ASSERT_EQ(p.text[output].len, 8 * 1003, "length of the output");
	ASSERT_EQ(p.text[!output].len, 0, "length of the other output");
	if (p.text[output].len > 24)
		ASSERT_STREQ(p.text[output].data + p.text[output].len - 16, "at end.\nno nl...",
			     "end of the output");
	process_free(&p);
}

static void test_wait_stdout(struct stream_bpftool **skel)
{
	waits(skel, "prog tracelog stdout id %u --wait", STDOUT, 0);
}

static void test_wait_stderr(struct stream_bpftool **skel)
{
	waits(skel, "prog tracelog stderr id %u -w", STDERR, 1);
}

static void test_wait_both(struct stream_bpftool **skel)
{
	waits(skel, "--wait prog tracelog both id %u", STDERR, 0);
}

/* More than bpftool reads at once, and all of it before bpftool is there. */
static void test_wait_backlog(struct stream_bpftool **skel)
{
	const int count = 20000;
	struct process p;
	char line[16];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "%07d\n", i);
		if (!say(*skel, STDOUT, line))
			return;
	}
	if (!start(&p, "prog tracelog stdout id %u --wait", (*skel)->progs.stream_say))
		return;
	process_prints(&p, "0000000\n");
	stream_bpftool__destroy(*skel);
	*skel = NULL;
	ASSERT_EQ(process_end(&p), 0, "status");
	if (!ASSERT_EQ(p.text[0].len, 8 * count, "length of the output"))
		goto out;
	for (i = 0; i < count; i++)
		if (atoi(p.text[0].data + 8 * i) != i)
			break;
	ASSERT_EQ(i, count, "lines in order");
out:
	process_free(&p);
}

/* bpftool ends well, and the program has lost nothing but what was printed. */
static void signal_ends(struct stream_bpftool *skel, int signal)
{
	struct process p;

	if (!say(skel, STDOUT, "before.\n") ||
	    !start(&p, "prog tracelog stdout id %u --wait", skel->progs.stream_say))
		return;
	process_prints(&p, "before.\n");
	kill(p.pid, signal);
	ASSERT_EQ(process_end(&p), 0, "status");
	ASSERT_STREQ(process_stdout(&p), "before.\n", "output");
	process_free(&p);
	say(skel, STDOUT, "later..\n");
	prints("prog tracelog stdout id %u", skel->progs.stream_say, "later..\n", "");
}

static void test_signals(struct stream_bpftool **skel)
{
	signal_ends(*skel, SIGINT);
	signal_ends(*skel, SIGTERM);
	signal_ends(*skel, SIGHUP);
}

/* As nohup does. */
static void ignore_hangup(void)
{
	signal(SIGHUP, SIG_IGN);
}

static void test_ignored_signal(struct stream_bpftool **skel)
{
	struct process p;

	if (!start_prepared(&p, "prog tracelog stdout id %u --wait", (*skel)->progs.stream_say,
			    ignore_hangup))
		return;
	say(*skel, STDOUT, "before.\n");
	process_prints(&p, "before.\n");
	kill(p.pid, SIGHUP);
	say(*skel, STDOUT, "after..\n");
	process_prints(&p, "after..\n");
	kill(p.pid, SIGTERM);
	ASSERT_EQ(process_end(&p), 0, "status");
	process_free(&p);
}

/* Of 64 KiB */
#define PIPE_ALMOST_FULL 60000

static int count_of(const char *text, const char *what)
{
	int n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

/*
 * A signal also ends it where nobody takes what it prints. What it has taken from
 * the kernel is in the pipe, and the rest is still in the stream.
 */
static void ends_in_write(struct stream_bpftool *skel, const char *words)
{
	const int count = 20000;
	int queued = 0, i;
	struct process p;
	long long rest;

	for (i = 0; i < count; i++)
		say(skel, STDOUT, "abcdefg\n");
	if (!start(&p, words, skel->progs.stream_say))
		return;
	for (i = 0; i < 300 && queued < PIPE_ALMOST_FULL; i++) {
		usleep(100000);
		ioctl(p.fds[0], FIONREAD, &queued);
	}
	kill(p.pid, SIGTERM);
	for (i = 0; i < 300 && !process_has_ended(&p); i++)
		usleep(100000);
	ASSERT_LT(i, 300, words);
	rest = stream_drain(bpf_program__fd(skel->progs.stream_say), STDOUT);
	ASSERT_GT(rest, 0, "text left in the stream");
	ASSERT_EQ(process_end(&p), 0, "status");
	ASSERT_EQ(count_of(process_stdout(&p), "abcdefg") * 8 + rest, count * 8, "text");
	process_free(&p);
}

static void test_full_pipe(struct stream_bpftool **skel)
{
	ends_in_write(*skel, "prog tracelog stdout id %u --wait");
	ends_in_write(*skel, "prog tracelog stdout id %u --wait -j");
}

/* Without --wait a signal kills, and takes no text with it either. */
static void test_killed_in_write(struct stream_bpftool **skel)
{
	const int count = 20000;
	int queued = 0, i;
	struct process p;
	long long rest;

	for (i = 0; i < count; i++)
		say(*skel, STDOUT, "abcdefg\n");
	if (!start(&p, "prog tracelog stdout id %u", (*skel)->progs.stream_say))
		return;
	for (i = 0; i < 300 && queued < PIPE_ALMOST_FULL; i++) {
		usleep(100000);
		ioctl(p.fds[0], FIONREAD, &queued);
	}
	kill(p.pid, SIGINT);
	ASSERT_EQ(WTERMSIG(process_end(&p)), SIGINT, "signal");
	rest = stream_drain(bpf_program__fd((*skel)->progs.stream_say), STDOUT);
	ASSERT_EQ(p.text[0].len + rest, count * 8, "text");
	process_free(&p);
}

/* When nobody reads its output any more it goes, before it has taken text. */
static void test_dead_reader(struct stream_bpftool **skel)
{
	struct process p;

	say(*skel, STDOUT, "before.\n");
	if (!start(&p, "prog tracelog stdout id %u --wait", (*skel)->progs.stream_say))
		return;
	process_prints(&p, "before.\n");
	close(p.fds[0]);
	p.fds[0] = -1;
	ASSERT_EQ(WTERMSIG(process_end(&p)), SIGPIPE, "signal");
	process_free(&p);
	say(*skel, STDOUT, "later..\n");
	prints("prog tracelog stdout id %u", (*skel)->progs.stream_say, "later..\n", "");
}

/* The commands of a batch that follow know nothing of the signal. */
static void test_batch_signal(struct stream_bpftool **skel)
{
	__u32 id = id_of((*skel)->progs.stream_say);
	char path[] = "/tmp/stream_batchXXXXXX", line[64];
	int fd = mkstemp(path), i;
	struct process p;

	dprintf(fd, "prog tracelog stdout id %u\n", id);
	dprintf(fd, "prog tracelog stderr id %u\n", id);
	close(fd);
	snprintf(line, sizeof(line), "--wait batch file %s", path);
	say(*skel, STDOUT, "first..\n");
	if (!start(&p, line, NULL))
		return;
	process_prints(&p, "first..\n");
	kill(p.pid, SIGINT);
	say(*skel, STDERR, "second.\n");
	process_prints(&p, "second.\n");
	/* longer than it once had */
	for (i = 0; i < 15 && !process_has_ended(&p); i++)
		usleep(100000);
	ASSERT_EQ(i, 15, "still waits");
	kill(p.pid, SIGINT);
	ASSERT_EQ(process_end(&p), 0, "status");
	ASSERT_HAS_SUBSTR(process_stdout(&p), "processed 2 commands", "batch");
	process_free(&p);
	unlink(path);
}

static void test_both(struct stream_bpftool **skel)
{
	const char *order = "line 0\nline 1\nline 2\nline 3\nline 4\nline 5\nline 6\nline 7\n";
	struct bpf_program *prog = (*skel)->progs.stream_alternate;

	alternate(*skel);
	prints("prog tracelog both id %u", prog, order, "");
	prints("prog tracelog both id %u", prog, "", "");
	alternate(*skel);
	prints("prog tracelog stderr id %u", prog, "", "line 1\nline 3\nline 5\nline 7\n");
	prints("prog tracelog both name stream_alternate", prog,
	       "line 0\nline 2\nline 4\nline 6\n", "");
}

/* Each line has the name of its stream; a stream does not go on in a line of the other. */
static void test_labels(struct stream_bpftool **skel)
{
	struct bpf_program *prog = (*skel)->progs.stream_say;

	say(*skel, STDOUT, "1234567\n");
	say(*skel, STDOUT, "one\ntwo\n");
	say(*skel, STDERR, "no line ");
	say(*skel, STDERR, "and end\n");
	say(*skel, STDERR, "stopped ");
	say(*skel, STDOUT, "abcdefg\n");
	prints("prog tracelog both id %u --labels", prog,
	       "stdout: 1234567\nstdout: one\nstdout: two\nstderr: no line and end\n"
	       "stderr: stopped \nstdout: abcdefg\n", "");
	say(*skel, STDERR, "1234567\n");
	prints("--labels prog tracelog stderr id %u", prog, "", "stderr: 1234567\n");
}

static void test_labels_json(struct stream_bpftool **skel)
{
	struct bpf_program *prog = (*skel)->progs.stream_say;

	say(*skel, STDERR, "no line ");
	say(*skel, STDERR, "an\nends\n");
	say(*skel, STDERR, "stopped ");
	say(*skel, STDOUT, "abcdefg\n");
	prints("-j prog tracelog both id %u", prog,
	       "{\"stream\":\"stderr\",\"text\":\"no line an\\n\"}\n"
	       "{\"stream\":\"stderr\",\"text\":\"ends\\n\"}\n"
	       "{\"stream\":\"stderr\",\"text\":\"stopped \"}\n"
	       "{\"stream\":\"stdout\",\"text\":\"abcdefg\\n\"}\n", "");
}

static int open_stream(const struct bpf_program *prog, __u32 stream)
{
	int fd = bpf_prog_stream_open(bpf_program__fd(prog), stream, NULL);

	ASSERT_GE(fd, 0, "open");
	return fd;
}

/* The other reader may take what this one waits for. */
static void test_other_reader(struct stream_bpftool **skel)
{
	struct bpf_program *prog = (*skel)->progs.stream_say;
	const char *warning = "Warning: stderr has 1 other reader(s): what one of them reads "
			      "is not printed here\n";
	int fd = open_stream(prog, STDERR);

	say(*skel, STDOUT, "1234567\n");
	prints("prog tracelog stdout id %u", prog, "1234567\n", "");
	say(*skel, STDOUT, "1234567\n");
	prints("prog tracelog both id %u", prog, "1234567\n", warning);
	prints("-j prog tracelog stderr id %u", prog, "", warning);
	close(fd);
	prints("prog tracelog both id %u", prog, "", "");
}

/* The usage of this command, and nothing of the others */
static void usage(const char *words, const struct bpf_program *prog, bool expected)
{
	struct process p;

	ASSERT_NEQ(run(&p, words, prog), 0, words);
	ASSERT_EQ(!!strstr(process_stderr(&p), " prog tracelog [{ stdout | stderr | both } PROG]"),
		  expected, words);
	ASSERT_NULL(strstr(process_stderr(&p), " prog attach "), words);
	process_free(&p);
}

static void test_usage(struct stream_bpftool **skel)
{
	struct bpf_program *prog = (*skel)->progs.stream_say;

	usage("prog tracelog stdlog id %u", prog, true);
	usage("prog tracelog both", NULL, true);
	usage("prog tracelog both %u", prog, true);
	usage("prog tracelog both number %u", prog, true);
	usage("prog tracelog both id %u forever", prog, true);
	usage("prog tracelog both id 4294967295", NULL, false);
	usage("-j prog tracelog stdlog id %u", prog, false);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* The stamps go up from one time to another, to the microsecond they are cut at. */
static void check_stamps(const char *text, double from, double to)
{
	int i, n, usec, digits, fields;
	unsigned long sec;
	double stamp;

	from -= 1e-6;
	for (i = 0; i < 8; i++, text += n) {
		char line[16];

		n = 0;
		snprintf(line, sizeof(line), " %d\n", i);
		fields = sscanf(text, "[%5lu.%n%6d] line%n", &sec, &digits, &usec, &n);
		if (!ASSERT_EQ(fields, 2, "time stamp") || !ASSERT_EQ(digits, 7, "width") ||
		    !ASSERT_GT(n, 0, "form of the line") ||
		    !ASSERT_OK(strncmp(text + n, line, strlen(line)), "text of the line"))
			return;
		n += strlen(line);
		stamp = sec + usec / 1e6;
		ASSERT_TRUE(stamp >= from && stamp <= to, "time stamp");
		from = stamp;
	}
	ASSERT_STREQ(text, "", "rest of the output");
}

static void test_timestamps(struct stream_bpftool **skel)
{
	struct bpf_program *prog = (*skel)->progs.stream_alternate;
	double start = now(), end;
	struct process p;

	alternate(*skel);
	end = now();
	ASSERT_EQ(run(&p, "prog tracelog both id %u --timestamps", prog), 0, "status");
	check_stamps(process_stdout(&p), start, end);
	process_free(&p);
}

static void test_timestamps_json(struct stream_bpftool **skel)
{
	struct bpf_program *prog = (*skel)->progs.stream_alternate;
	double start = now(), end, stamp;
	struct process p;
	const char *line;
	char text[32];
	int i, n, fields;

	alternate(*skel);
	end = now();
	ASSERT_EQ(run(&p, "prog tracelog both id %u --timestamps -j", prog), 0, "status");
	line = process_stdout(&p);
	for (i = 0; i < 8; i++, line += n) {
		n = 0;
		snprintf(text, sizeof(text), ",\"text\":\"line %d\\n\"}\n", i);
		fields = sscanf(line, i & 1 ? "{\"stream\":\"stderr\",\"timestamp\":%lf%n" :
				"{\"stream\":\"stdout\",\"timestamp\":%lf%n", &stamp, &n);
		if (!ASSERT_EQ(fields, 1, "time stamp") ||
		    !ASSERT_OK(strncmp(line + n, text, strlen(text)), "text of the line"))
			break;
		n += strlen(text);
		ASSERT_TRUE(stamp > start - 1e-6 && stamp <= end, "time stamp");
		start = stamp;
	}
	ASSERT_STREQ(line, "", "rest of the output");
	process_free(&p);
}

static const struct {
	const char *bytes;
	const char *json;
} json_texts[] = {
	{ "a\"b\\c\td\n", "a\\\"b\\\\c\\td\\n" },
	{ "\x01\x1f\x7f\0ABC\n", "\\u0001\\u001f\x7f\\u0000ABC\\n" },
	{ "\xc3\xa4\xe2\x82\xacxy\n", "\xc3\xa4\xe2\x82\xacxy\\n" },
	{ "\xf0\x9f\x98\x80" "abc\n", "\xf0\x9f\x98\x80" "abc\\n" },
	/* bytes that begin nothing, or nothing that goes on */
	{ "\xff\xc3(\xe2\x82z\x80\n", "\\ufffd\\ufffd(\\ufffd\\ufffdz\\ufffd\\n" },
	/* a surrogate, a long form, a character beyond the last one */
	{ "\xed\xa0\x80\xc0\xaf" "ab\n", "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffdab\\n" },
	{ "\xf4\x8f\xbf\xbf\xf4\x90\x80\x80", "\xf4\x8f\xbf\xbf\\ufffd\\ufffd\\ufffd\\ufffd" },
};

static void test_json_text(struct stream_bpftool **skel)
{
	char expected[128];
	int i;

	for (i = 0; i < ARRAY_SIZE(json_texts); i++) {
		say(*skel, STDERR, json_texts[i].bytes);
		snprintf(expected, sizeof(expected), "{\"stream\":\"stderr\",\"text\":\"%s\"}\n",
			 json_texts[i].json);
		prints("-j prog tracelog stderr id %u", (*skel)->progs.stream_say, expected, "");
	}
}

#define LINE_JSON "{\"stream\":\"stdout\",\"text\":\"line %d\\n\"}\n"

static void test_json_lines(struct stream_bpftool **skel)
{
	struct bpf_program *prog = (*skel)->progs.stream_alternate;
	char expected[256];
	struct process p;
	int n = 0, i;

	prints("-j prog tracelog stdout id %u", prog, "", "");
	for (i = 0; i < 8; i += 2)
		n += snprintf(expected + n, sizeof(expected) - n, LINE_JSON, i);
	alternate(*skel);
	if (!start(&p, "-j prog tracelog stdout id %u --wait", prog))
		return;
	process_prints(&p, expected);
	alternate(*skel);
	stream_bpftool__destroy(*skel);
	*skel = NULL;
	ASSERT_EQ(process_end(&p), 0, "status");
	ASSERT_EQ(p.text[0].len, 2 * n, "length of the output");
	ASSERT_STREQ(process_stdout(&p) + n, expected, "second half of the output");
	process_free(&p);
}

static void test_json_pretty(struct stream_bpftool **skel)
{
	say(*skel, STDOUT, "1234567\n");
	say(*skel, STDOUT, "no line!");
	prints("-p prog tracelog stdout id %u", (*skel)->progs.stream_say,
	       "{\n    \"stream\": \"stdout\",\n    \"text\": \"1234567\\n\"\n}\n"
	       "{\n    \"stream\": \"stdout\",\n    \"text\": \"no line!\"\n}\n", "");
}

/* In a batch, the objects are a part of one document. */
static void test_json_batch(struct stream_bpftool **skel)
{
	const char *path = "/tmp/stream_bpftool_batch";
	__u32 id = id_of((*skel)->progs.stream_say);
	char expected[256], cmd[64], words[128];

	say(*skel, STDOUT, "1234567\n");
	say(*skel, STDOUT, "abcdefg\n");
	snprintf(cmd, sizeof(cmd), "prog tracelog stdout id %u\n", id);
	unlink(path);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	ASSERT_OK(write_text(path, cmd), "write of the batch file");
	snprintf(words, sizeof(words), "-j batch file %s", path);
	snprintf(expected, sizeof(expected),
		 "[{\"command\":[\"prog\",\"tracelog\",\"stdout\",\"id\",\"%u\"],\"output\":"
		 "[{\"stream\":\"stdout\",\"text\":\"1234567\\n\"},"
		 "{\"stream\":\"stdout\",\"text\":\"abcdefg\\n\"}]}]\n", id);
	prints(words, NULL, expected, "");
	unlink(path);
}

static void test_errors(struct stream_bpftool **skel)
{
	struct bpf_program *prog = (*skel)->progs.stream_say;
	struct stream_bpftool *second;
	struct process p;

	fails("prog tracelog stdout id 4294967295", NULL, "Error: get by id (4294967295)");
	fails("prog tracelog stdout id 4294967295 --wait", NULL, "Error: get by id (4294967295)");
	fails("prog tracelog both name no_such_name", NULL, "Error: ");
	fails("prog tracelog stdlog id %u", prog, "Error: expected 'stdout', 'stderr' or 'both'");
	fails("prog tracelog both", NULL, "Error: 'both' needs at least 2 arguments, 0 found");
	fails("prog tracelog both id %u forever", prog, "Error: what is 'forever'?");
	fails("prog tracelog both id %u --forever", prog, "Error: unrecognized option");

	prog = (*skel)->progs.stream_mute;
	fails("prog tracelog stdout id %u", prog, "Error: program has no streams");
	fails("prog tracelog both id %u --wait", prog, "Error: program has no streams");
	ASSERT_NEQ(run(&p, "-j prog tracelog stderr id %u --wait", prog), 0, "status");
	ASSERT_STREQ(process_stdout(&p),
		     "{\"error\":\"program has no streams: nothing in it prints\"}\n", "JSON");
	process_free(&p);

	second = stream_bpftool__open_and_load();
	if (!ASSERT_OK_PTR(second, "second load"))
		return;
	fails("prog tracelog stdout name stream_say --wait", NULL, "Error: several programs match");
	stream_bpftool__destroy(second);
}

static void test_show(struct stream_bpftool **skel)
{
	int fd = bpf_program__fd((*skel)->progs.stream_alternate), reader;
	char expected[128];
	struct process p;

	alternate(*skel);
	say(*skel, STDERR, "1234567\n");
	ASSERT_EQ(stream_drain(bpf_program__fd((*skel)->progs.stream_alternate), STDERR), 28,
		  "bytes read");

	ASSERT_EQ(run(&p, "prog show id %u", (*skel)->progs.stream_alternate), 0, "status");
	snprintf(expected, sizeof(expected), "\n\tstdout  queued 28  memory %lld  bytes 28  "
		 "messages 4  dropped_capacity 0  dropped_memory 0  dropped_size 0",
		 fdinfo_value(fd, "stdout_memory"));
	ASSERT_HAS_SUBSTR(process_stdout(&p), expected, "stdout");
	ASSERT_GE(fdinfo_value(fd, "stdout_memory"), 4096, "memory of stdout");
	ASSERT_HAS_SUBSTR(process_stdout(&p), "\n\tstderr  queued 0  memory ", "stderr");
	ASSERT_HAS_SUBSTR(process_stdout(&p), "  bytes 28  messages 4  dropped_capacity 0  "
			  "dropped_memory 0  dropped_size 0  dropped_busy 0  "
			  "dropped_permission 0  dropped_invalid 0  suppressed 0  readers 0",
			  "stderr");
	ASSERT_NULL(strstr(process_stdout(&p), "no_stream"), "messages for no stream");
	process_free(&p);

	ASSERT_EQ(run(&p, "-j prog show id %u", (*skel)->progs.stream_alternate), 0, "status");
	ASSERT_HAS_SUBSTR(process_stdout(&p), ",\"streams\":{\"stdout\":{\"queued\":28,"
			  "\"memory\":", "stdout");
	ASSERT_HAS_SUBSTR(process_stdout(&p), ",\"bytes\":28,\"messages\":4,"
			  "\"dropped_capacity\":0,\"dropped_memory\":0,\"dropped_size\":0",
			  "stdout");
	ASSERT_HAS_SUBSTR(process_stdout(&p), "},\"stderr\":{\"queued\":0,\"memory\":", "stderr");
	ASSERT_HAS_SUBSTR(process_stdout(&p), ",\"readers\":0},\"dropped_no_stream\":0}",
			  "end");
	process_free(&p);

	reader = open_stream((*skel)->progs.stream_say, STDOUT);
	(*skel)->bss->stream = 3;
	ASSERT_OK(run_syscall(bpf_program__fd((*skel)->progs.stream_say), NULL, 0), "run");
	ASSERT_EQ((*skel)->bss->err, -ENOENT, "stream 3");
	ASSERT_EQ(run(&p, "prog show id %u", (*skel)->progs.stream_say), 0, "status");
	ASSERT_HAS_SUBSTR(process_stdout(&p), "suppressed 0  readers 1\n\tstderr", "reader");
	ASSERT_HAS_SUBSTR(process_stdout(&p), "\n\tno such stream  dropped_no_stream 1\n",
			  "message for no stream");
	process_free(&p);
	close(reader);

	ASSERT_EQ(run(&p, "prog show id %u", (*skel)->progs.stream_mute), 0, "status");
	ASSERT_NULL(strstr(process_stdout(&p), "queued"), "counters of a program without streams");
	process_free(&p);
}

static void be_traced(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

/* A system call of a traced process: its number, its first argument, what it returns. */
#ifdef __aarch64__
#define CALL_NR(r)	((r)->regs[8])
#define CALL_ARG(r)	((r)->regs[0])
#define CALL_RET(r)	((r)->regs[0])
#else
#define CALL_NR(r)	((r)->orig_rax)
#define CALL_ARG(r)	((r)->rdi)
#define CALL_RET(r)	((r)->rax)
#endif

static void call_refuse(pid_t pid, struct user_regs_struct *regs)
{
	struct iovec io = { regs, sizeof(*regs) };
#ifdef __aarch64__
	int none = -1;
	struct iovec nr = { &none, sizeof(none) };

	ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &nr);
#else
	regs->orig_rax = -1;
#endif
	CALL_RET(regs) = -EINVAL;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io);
}

/* Let the commands of bpf(2) in the mask fail as a kernel does that has none of them. */
static int refuse_commands(pid_t pid, __u64 commands)
{
	bool entry = true, refused = false;
	struct user_regs_struct regs;
	struct iovec io = { &regs, sizeof(regs) };
	int status;

	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	while (!ptrace(PTRACE_SYSCALL, pid, NULL, NULL) && waitpid(pid, &status, 0) == pid &&
	       WIFSTOPPED(status)) {
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue;
		ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io);
		if (entry)
			refused = CALL_NR(&regs) == __NR_bpf && commands & 1ULL << CALL_ARG(&regs);
		if (refused)
			call_refuse(pid, &regs);
		entry = !entry;
	}
	return status;
}

static void on_old_kernel(__u64 missing, const char *words, const struct bpf_program *prog,
			  const char *out, const char *err)
{
	struct process p;
	int status;

	if (!start_prepared(&p, words, prog, be_traced))
		return;
	status = refuse_commands(p.pid, missing);
	process_end(&p);
	ASSERT_EQ(!status, !*err, "status");
	ASSERT_TRUE(WIFEXITED(status), "end by exit");
	ASSERT_STREQ(process_stdout(&p), out, words);
	ASSERT_HAS_SUBSTR(process_stderr(&p), err, words);
	process_free(&p);
}

static void test_old_kernel(struct stream_bpftool **skel)
{
	const __u64 open = 1ULL << BPF_PROG_STREAM_OPEN;
	const __u64 any = open | 1ULL << BPF_PROG_STREAM_READ_BY_FD;
	const char *cannot_open = "Error: kernel cannot open streams";
	struct bpf_program *prog = (*skel)->progs.stream_say;

	say(*skel, STDOUT, "1234567\n");
	on_old_kernel(open, "prog tracelog stdout id %u", prog, "1234567\n", "");
	on_old_kernel(open, "prog tracelog stdout id %u", (*skel)->progs.stream_mute, "", "");
	on_old_kernel(open, "prog tracelog both id %u", prog, "", cannot_open);
	on_old_kernel(open, "prog tracelog stdout id %u --wait", prog, "", cannot_open);
	on_old_kernel(open, "prog tracelog stdout id %u --timestamps", prog, "", cannot_open);
	on_old_kernel(any, "prog tracelog stdout id %u", prog, "",
		      "Error: kernel has no BPF streams");
}

static const struct {
	const char *name;
	void (*run)(struct stream_bpftool **skel);
} cases[] = {
	{ "wait_stdout", test_wait_stdout },
	{ "wait_stderr", test_wait_stderr },
	{ "wait_both", test_wait_both },
	{ "wait_backlog", test_wait_backlog },
	{ "signals", test_signals },
	{ "ignored_signal", test_ignored_signal },
	{ "full_pipe", test_full_pipe },
	{ "killed_in_write", test_killed_in_write },
	{ "dead_reader", test_dead_reader },
	{ "batch_signal", test_batch_signal },
	{ "both", test_both },
	{ "labels", test_labels },
	{ "labels_json", test_labels_json },
	{ "other_reader", test_other_reader },
	{ "usage", test_usage },
	{ "timestamps", test_timestamps },
	{ "timestamps_json", test_timestamps_json },
	{ "json_text", test_json_text },
	{ "json_lines", test_json_lines },
	{ "json_pretty", test_json_pretty },
	{ "json_batch", test_json_batch },
	{ "errors", test_errors },
	{ "old_kernel", test_old_kernel },
	{ "show", test_show },
};

/* Serial: it names programs. The cases that unload the programs clear skel. */
void serial_test_stream_bpftool(void)
{
	struct stream_bpftool *skel;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!test__start_subtest(cases[i].name))
			continue;
		skel = stream_bpftool__open_and_load();
		if (!ASSERT_OK_PTR(skel, "open and load"))
			continue;
		cases[i].run(&skel);
		stream_bpftool__destroy(skel);
	}
}
