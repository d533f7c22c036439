// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What the fuzzer and its readers found to be accepted is refused. */
#include "test_progs.h"
#include "callback_fuzzed.skel.h"

void test_callback_fuzzed(void)
{
	RUN_TESTS(callback_fuzzed);
}
