// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What 6.1 takes pointers and results of hooks for. */
#include "test_progs.h"
#include "cap_helpers.h"
#include "sound_mtu_fail.skel.h"
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

/* Who has CAP_PERFMON may read what is not initialised. */
void test_sound_mtu(void)
{
	__u64 caps = 1ULL << CAP_SYS_ADMIN | 1ULL << CAP_PERFMON;

	if (!ASSERT_OK(cap_disable_effective(caps, &caps), "drop of capabilities"))
		return;
	RUN_TESTS(sound_mtu_fail);
	ASSERT_OK(cap_enable_effective(caps, NULL), "restore of capabilities");
}
