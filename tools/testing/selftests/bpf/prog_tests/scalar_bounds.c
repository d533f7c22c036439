// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What is known of numbers that are computed from unknown ones, and compared with them. */
#include "test_progs.h"
#include "scalar_bounds.skel.h"
#include "scalar_bounds_fail.skel.h"

void test_scalar_bounds(void)
{
	RUN_TESTS(scalar_bounds);
	RUN_TESTS(scalar_bounds_fail);
}
