/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __MESSAGE_HELPERS_H
#define __MESSAGE_HELPERS_H

/* What libbpf warns of, for tests that look at the words. */
#include "test_progs.h"

static char messages[65536];

static int collect(enum libbpf_print_level level, const char *fmt, va_list args)
{
	size_t len = strlen(messages);

	if (level == LIBBPF_WARN)
		vsnprintf(messages + len, sizeof(messages) - len, fmt, args);
	return 0;
}

/* Begin to collect; returns who printed before. */
static libbpf_print_fn_t collect_messages(void)
{
	messages[0] = 0;
	return libbpf_set_print(collect);
}

#endif
