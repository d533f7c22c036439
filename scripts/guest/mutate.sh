#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# mutate.sh TESTS SEED COUNT MUTANT..., in the guest: for each mutant "@begin N", then
# "@result N", tests that fail, and what the fuzzer says after how many programs; tabs.
set -u
tests=$1 seed=$2 count=$3
shift 3
switch=/sys/module/verifier/parameters/mutant
cd "${GUEST_BUILD-$UM_BUILD}/selftests" || exit 1
export FUZZ_SEED=$seed FUZZ_COUNT=$count FUZZ_FAILURES=1 FUZZ_SHRINK=0

# Tests that fail, and the kernel's warnings
failures() {
	timeout 600 ./test_progs -t "$tests" ${DENY:+-b "$DENY"} >/tmp/log 2>&1
	local rc=$?
	sed -n 's/^#[0-9/]* *\([^ ]*\):FAIL$/\1/p' /tmp/log | sort -u | head -4 | paste -sd,
	[ $rc != 124 ] || echo "no end"
}
# How many programs until one is judged wrong; none says nothing.
fuzzed() {
	timeout 900 ./test_progs -v -t fuzz_programs >/tmp/log 2>&1
	sed -n 's/^\([A-Z]\{3,\}\): .*program with seed .*/\1/p' /tmp/log | head -1
	sed -n 's/^\([0-9]*\) programs: .*/\1/p' /tmp/log | tail -1
}

for mutant; do
	echo "@begin $mutant"
	dmesg -C
	echo "$mutant" >$switch
	failed=$(failures | paste -sd' ')
	found=
	[ -n "$failed" ] || found=$(fuzzed | paste -sd' ')
	echo 0 >$switch
	! dmesg | grep -q 'WARNING: \|BUG: ' || failed="${failed:+$failed, }warning of the kernel"
	printf '@result %s\t%s\t%s\n' "$mutant" "$failed" "$found"
done
