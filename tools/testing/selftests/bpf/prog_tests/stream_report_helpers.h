/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_REPORT_HELPERS_H
#define __STREAM_REPORT_HELPERS_H

/* Take reports apart: each function takes what it names off the text, or fails the test. */

#include "stream_helpers.h"
#include "progs/stream_report.h"

#define REPORT_BURST 16	/* reports of one place in a second */
#define REPORT_SIZE 1023
#define MORE_FRAMES "  (more frames left out)\n"

static inline bool report_fail(const char *text, const char *expected)
{
	PRINT_FAIL("expected '%s', found '%.200s'\n", expected, text);
	return false;
}

static inline bool report_text(const char **text, const char *expected)
{
	size_t len = strlen(expected);

	if (strncmp(*text, expected, len))
		return report_fail(*text, expected);
	*text += len;
	return true;
}

static inline bool report_fault(const char **text, const char *direction, __u64 address)
{
	char line[128];

	snprintf(line, sizeof(line), "ERROR: Arena %s access at unmapped address 0x%llx\n",
		 direction, address);
	return report_text(text, line);
}

/* A report may tell of others that were not written. */
static inline void report_more(const char **text)
{
	int len = 0;

	if (sscanf(*text, "Seen %*u more times before%n", &len) != EOF && len)
		*text += len + 1;
}

/* The first line of text, for sscanf(), which would look for the end of all of it. */
static inline const char *report_line(const char *text)
{
	static char line[REPORT_SIZE];
	size_t len = strcspn(text, "\n");

	if (len >= sizeof(line))
		len = 0;
	memcpy(line, text, len);
	line[len] = 0;
	return line;
}

/* The lines before the frames. The name of a task may be anything. */
static inline bool report_head(const char **text, int pid)
{
	const char *line = report_line(*text);
	unsigned int cpu, uid;
	int found_pid, len;

	if (sscanf(line, "CPU: %u UID: %u PID: %d Comm: %n", &cpu, &uid, &found_pid, &len) != 3 ||
	    strlen(line + len) > 15 || uid || (pid && found_pid != pid))
		return report_fail(*text, "CPU: ...");
	*text += strlen(line);
	return report_text(text, "\nCall trace:\n");
}

/* A frame's first line. If it is not there, nothing is taken, and the name is empty. */
static inline const char *report_symbol(const char **text)
{
	const char *line = report_line(*text);
	static char name[256];
	unsigned long off, size;
	int len;

	if (sscanf(line, "%255[a-zA-Z0-9_.]+0x%lx/0x%lx%n", name, &off, &size, &len) != 3 ||
	    line[len] || off > size) {
		name[0] = 0;
		return name;
	}
	*text += len + 1;
	return name;
}

/* bpf_prog_<tag>_<name>. The kernel has functions that begin alike. */
#define TAG_DIGITS 16
#define NAME_AT (9 + TAG_DIGITS + 1)

static inline bool is_bpf_symbol(const char *symbol)
{
	return !strncmp(symbol, "bpf_prog_", 9) &&
	       strspn(symbol + 9, "0123456789abcdef") == TAG_DIGITS &&
	       symbol[9 + TAG_DIGITS] == '_';
}

/* A frame of BPF, and its line without what is before and behind it */
static inline bool report_frame(const char **text, const char *name, const char *line,
				const char *file, int number)
{
	const char *symbol = report_symbol(text);
	char expected[512];

	if (!is_bpf_symbol(symbol) || strcmp(symbol + NAME_AT, name)) {
		PRINT_FAIL("expected a frame of %s, found '%s' before '%.200s'\n", name, symbol,
			   *text);
		return false;
	}
	if (!line)
		return true;
	snprintf(expected, sizeof(expected), "  %s @ %s:%d\n", line, file, number);
	return report_text(text, expected);
}

static inline void report_skip_kernel(const char **text)
{
	const char *next = *text;

	while (*report_symbol(&next) && !is_bpf_symbol(*text))
		*text = next;
}

/* What is left: frames of the kernel, and the empty line. */
static inline bool report_end(const char **text)
{
	report_skip_kernel(text);
	if (**text == ' ' && !report_text(text, MORE_FRAMES))
		return false;
	return report_text(text, "\n");
}

/* Frames of any kind, and the empty line. */
static inline bool report_rest(const char **text)
{
	do {
		while (!strncmp(*text, "  ", 2)) {
			*text += strcspn(*text, "\n");
			*text += **text == '\n';
		}
	} while (*report_symbol(text));
	return report_text(text, "\n");
}

#endif
