#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# The tests that need no code of x86, on the arm64 kernel: it boots from an initramfs. What
# is left out, and why, is in scripts/guest/arm64.deny. TAP lines, then "N passed, N failed";
# build/test-arm64/ keeps the results and the kernel log. T and STRESS as for the other tests.
. "$(dirname "$0")/lib/lib.sh"

dir=$BUILD/test-arm64 work=$BUILD/test-arm64/work
deny=$(sed -n 's/^\([^# ][^ ]*\) .*/\1/p' "$ROOT/scripts/guest/arm64.deny" | paste -sd,)
rm -rf "$dir"
mkdir -p "$work"
for program in selftests/test_progs obj-bpftool/bpftool; do
	aarch64-linux-gnu-strip -o "$work/${program##*/}" "$BUILD/arm64/$program"
done
cp "$ROOT/scripts/guest/arm64.sh" "$work"

point() { printf '#0 %s:%s\n' "$1" "$2"; }

run() {
	local rc
	DEB_ARCH=arm64 SMP=${SMP:-4} LIMIT=${LIMIT:-3600} APPEND="panic_on_warn=1 oops=panic" \
		"$ROOT/scripts/peer/boot.sh" "$BUILD/arm64/Image" \
		"sh ./arm64.sh ${STRESS:-15} -d '$deny' ${T:+-t \"$T\"}" "$work"/* | tee "$dir/console" |
		awk -W interactive '/^@dmesg/ { log_begins = 1 } !log_begins { print; fflush() }' || true
	sed -n '1,/^@dmesg/d; /^@end/q; p' "$dir/console" >"$dir/dmesg"
	rc=$(sed -n 's/^@end //p' "$dir/console")
	point "guest ended" "$([ -n "$rc" ] && echo OK || echo FAIL)"
	echo "@status ${rc:-125}"
	if "$ROOT/scripts/lib/splat.sh" "$dir/dmesg"; then
		point "kernel log is clean" OK
	else
		point "kernel log is clean" FAIL
	fi
}

say GUEST "test-arm64${T:+ T=$T}"
run | awk -W interactive -v summary="$dir/summary" -f "$ROOT/scripts/lib/tap.awk" |
	tee "$dir/results.tap"
read -r passed _ failed _ <"$dir/summary"
[ "$failed" = 0 ] || die "$failed of $((passed + failed)) tests failed, see $dir/console and results.tap"
