#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# run.sh before|after SERIES...: boot this kernel, and run the tests of the series there with
# the bpftool of before or after. build/outbox/results.NAME gets "TEST RESULT" for each test
# and subtest, and "kernel SPLAT" if the kernel complained.
. "$(dirname "$0")/../lib/lib.sh"

when=$1 dir=$BUILD/outbox
log=$dir/log.$1 results=$dir/results.$1
shift
tests=$(for name; do sed -n 's/^\(new\|old\) //p' "$ROOT/outbox/$name/tests"; done |
	tr ' ' '\n' | sed 's/.*://' | paste -sd ',')

say BOOT "$when: $tests"
# A test has to be given by its whole name, or others that begin so run, too.
APPEND="no_timer_check tsc=reliable" LIMIT=${LIMIT:-1800} "$ROOT/scripts/peer/boot.sh" \
	"$(cat "$dir/$when")" "mkdir -p /mnt; BPFTOOL=./bpftool ./test_progs --watchdog-timeout 600 --no-error-summary -a $tests 2>&1; reboot -f" \
	"$dir/tests/test_progs" "$dir/bpftool.$when/bpftool" >"$log" || true
grep -q '^Summary: ' "$log" || { tail -20 "$log"; die "the tests did not end, see $log"; }
sed -nE 's,^#[0-9]+(/[0-9]+)? +([^ :]+):(OK|FAIL|SKIP).*,\2 \3,p' "$log" >"$results"
! grep -qE 'BUG:|WARNING: .* at |Oops|Call Trace' "$log" || echo "kernel SPLAT" >>"$results"
