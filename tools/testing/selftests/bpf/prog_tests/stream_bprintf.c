// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <pthread.h>
#include "stream_helpers.h"
#include "stream_bprintf.skel.h"

/* The formatting that all of bpf_snprintf(), bpf_trace_printk() and streams use. */
static void test_formats(struct stream_bprintf *skel)
{
	static const struct {
		const char *text;
		long ret;	/* if not the length of text, a NUL included */
	} expected[] = {
		{ "192.168.000.001 192.168.0.1 192.168.0.1|" },
		{ "2001:0db8:0000:0000:0000:0000:0000:0001 20010db8000000000000000000000001" },
		{ "word   abc abc  |word" },
		{ "ffff000000abcdef   abcdef" },
		{ NULL },
		{ "[ 7] [+7    ] [0000ab] [ab    ] [    -7]" },
		{ "a  bc  |" },
		{ "192.168.0.1 0000000000000001|" },
		{ "word an", 14 },
		{ "123", 7 },
		{ " 0.0.0.0" },
		{ "100% 5%" },
		{ "3 ffffffff" },
		{ "", 8 },
	};
	int i;

	if (!ASSERT_OK(run_syscall(bpf_program__fd(skel->progs.print), NULL, 0), "run"))
		return;
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		const char *text = skel->bss->out[i];

		if (!expected[i].text) {
			ASSERT_STRNEQ(text, "schedule schedule+0x0/", 22, "symbols");
			continue;
		}
		ASSERT_STREQ(text, expected[i].text, "text");
		ASSERT_EQ(skel->bss->ret[i], expected[i].ret ?: strlen(expected[i].text) + 1,
			  "length");
	}
}

static volatile bool done;

static void *change_format(void *arg)
{
	static const char formats[][4] = { "%d", "%s", "%c%", "%pI", "%%%", "%5d" };
	volatile char *fmt = arg;
	int i;

	for (i = 0; !done; i++) {
		fmt[1] = formats[i % ARRAY_SIZE(formats)][1];
		fmt[2] = formats[i % ARRAY_SIZE(formats)][2];
		fmt[3] = i % 8 ? 0 : '%';
	}
	return NULL;
}

/* What was checked is what is printed, and nothing behind the format is read. */
static void test_changing_format(struct stream_bprintf *skel)
{
	pthread_t thread;

	done = false;
	if (!ASSERT_OK(pthread_create(&thread, NULL, change_format, skel->data->changing),
		       "pthread_create"))
		return;
	ASSERT_OK(run_syscall(bpf_program__fd(skel->progs.changing_format), NULL, 0), "run");
	done = true;
	pthread_join(thread, NULL);
}

static void test_too_wide(void)
{
	struct stream_bprintf *skel = stream_bprintf__open();

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_program__set_autoload(skel->progs.print, false);
	bpf_program__set_autoload(skel->progs.too_wide, true);
	ASSERT_EQ(stream_bprintf__load(skel), -EINVAL, "load");
	stream_bprintf__destroy(skel);
}

void test_stream_bprintf(void)
{
	struct stream_bprintf *skel;

	if (test__start_subtest("formats")) {
		skel = stream_bprintf__open_and_load();
		if (ASSERT_OK_PTR(skel, "open_and_load"))
			test_formats(skel);
		stream_bprintf__destroy(skel);
	}
	if (test__start_subtest("changing_format")) {
		skel = stream_bprintf__open_and_load();
		if (ASSERT_OK_PTR(skel, "open_and_load"))
			test_changing_format(skel);
		stream_bprintf__destroy(skel);
	}
	if (test__start_subtest("too_wide"))
		test_too_wide();
}
