// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What 6.1 takes pointers and results of hooks for. */
#include "test_progs.h"
#include "sound_pointers_fail.skel.h"
#include "sound_retval.skel.h"
#include "sound_retval_fail.skel.h"

void test_sound_pointers(void)
{
	RUN_TESTS(sound_pointers_fail);
}

void test_sound_retval(void)
{
	RUN_TESTS(sound_retval);
	RUN_TESTS(sound_retval_fail);
}
