// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What Documentation/bpf/troubleshooting.rst shows is what people see. */

#define _GNU_SOURCE
#include "stream_helpers.h"
#include "stream_trouble.skel.h"

/* Run the program and return what it has on the stream then. */
static char *stream_after(struct bpf_program *prog, int stream, struct text *text)
{
	int fd = bpf_program__fd(prog);

	*text = (struct text){};
	ASSERT_OK(run_syscall(fd, NULL, 0), "run");
	ASSERT_OK(text_read(text, fd, stream, 4096), "read");
	return text->data ?: "";
}

/* The member at offset 8 of NULL is read, and then written. */
static void test_null_pointer(struct stream_trouble *skel)
{
	struct text text;
	char *err = stream_after(skel->progs.null_pointer, STDERR, &text);

	ASSERT_HAS_SUBSTR(err, "ERROR: Arena READ access at unmapped address 0x100000000008\n",
			  "read");
	ASSERT_HAS_SUBSTR(err, "ERROR: Arena WRITE access at unmapped address 0x100000000008\n",
			  "write");
	ASSERT_HAS_SUBSTR(err, "_null_pointer+0x", "name of the program");
	ASSERT_HAS_SUBSTR(err, "  user->requests++;", "source line");
	ASSERT_HAS_SUBSTR(err, " @ stream_trouble.c:", "file");
	text_free(&text);
}

static void test_endless_loop(struct stream_trouble *skel)
{
	struct text text;
	char *err = stream_after(skel->progs.endless_loop, STDERR, &text);

	ASSERT_HAS_SUBSTR(err, "ERROR: Timeout detected for may_goto instruction\n", "report");
	ASSERT_HAS_SUBSTR(err, "can_loop", "source line of the loop");
	ASSERT_HAS_SUBSTR(err, "_endless_loop+0x", "name of the program");
	text_free(&text);
}

/* All is there that is not counted as lost. */
static void test_lost_message(struct stream_trouble *skel)
{
	int fd = bpf_program__fd(skel->progs.lost_message);
	long long lost, kept;

	ASSERT_OK(run_syscall(fd, NULL, 0), "run");
	lost = fdinfo_value(fd, "stdout_dropped_capacity");
	kept = fdinfo_value(fd, "stdout_messages");
	ASSERT_GT(lost, 0, "messages lost");
	ASSERT_EQ(kept + lost, 200000, "messages");
	ASSERT_EQ(stream_drain(fd, STDOUT), fdinfo_value(fd, "stdout_bytes"), "bytes read");
}

static const struct {
	const char *name;
	void (*run)(struct stream_trouble *skel);
} cases[] = {
	{ "null_pointer", test_null_pointer },
	{ "endless_loop", test_endless_loop },
	{ "lost_message", test_lost_message },
};

void test_stream_trouble(void)
{
	run_cases(stream_trouble, cases);
}
