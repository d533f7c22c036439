#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# test.sh test|test-debug|test-kcsan|test-up LIMIT: run the selftests in the guest. TAP lines, then
# "N passed, N failed"; build/<name>/ keeps the results and the kernel log, or build/<name>-PART/.
# T=name,... for some tests, T='!pattern,...' for all others.
. "$(dirname "$0")/lib/lib.sh"

name=$1 limit=$2
dir=$BUILD/$name${PART:+-$PART}
# Seconds of the stress tests: short where somebody waits for the verdict. LONG=1 and 60
# seconds have other tests take counts that need minutes.
stress=${STRESS:-15}
case $name in
test) kernel=$BUILD/bzImage ;;
test-debug)
	kernel=$BUILD/debug/bzImage stress=${STRESS:-60}
	export MEM=${MEM_DEBUG:-4G} APPEND="kmemleak=on page_owner=on mitigations=off rcupdate.rcu_cpu_stall_timeout=120" ;;
test-kcsan) kernel=$BUILD/kcsan/bzImage MEM=${MEM_DEBUG:-4G} && export MEM ;;
test-up) kernel=$BUILD/up/bzImage && export SMP=1 ;;
*) die "unknown run $name" ;;
esac

# Lines in the form of test_progs; tap.awk counts them with the others.
point() { printf '#0 %s:%s\n' "$1" "$2"; }

run() {
	local rc=0
	"$ROOT/scripts/guest/guest.sh" "$kernel" "$dir" "$limit" \
		"$ROOT/scripts/guest/test.sh" "${T-}" "$stress" "${LONG-}" || rc=$?
	case $rc in
	124) echo "the guest ran into the time limit of $limit s" && point "guest ended" FAIL ;;
	125) echo "the guest died" && point "guest ended" FAIL ;;
	*) point "guest ended" OK && echo "@status $rc" ;;
	esac
	if "$ROOT/scripts/lib/splat.sh" "$dir/dmesg"; then
		point "kernel log is clean" OK
	else
		point "kernel log is clean" FAIL
	fi
}

mkdir -p "$dir"
say GUEST "$name${T:+ T=$T}"
# mawk reads ahead unless it is told not to, and other awks do not know the option.
lines=(awk)
awk -W interactive '' </dev/null >/dev/null 2>&1 && lines+=(-W interactive)
run | "${lines[@]}" -v summary="$dir/summary" -f "$ROOT/scripts/lib/tap.awk" | tee "$dir/results.tap"
read -r passed _ failed _ <"$dir/summary"
[ "$failed" = 0 ] || die "$failed of $((passed + failed)) tests failed, see $dir/dmesg and results.tap"
