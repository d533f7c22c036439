// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Scalars that are known to differ by a constant, in loops and elsewhere. */
#include "test_progs.h"
#include "may_goto_links.skel.h"
#include "may_goto_links_fail.skel.h"

void test_may_goto_links(void)
{
	RUN_TESTS(may_goto_links);
	RUN_TESTS(may_goto_links_fail);
}
