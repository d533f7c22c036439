#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Run the base's own selftests on the stock kernel and on ours, and say what differs,
# in results and in the cost of verification; scripts/regress/regress.expected holds what may.
# A test that differs runs again on both and counts if it differs again. A run that was
# interrupted goes on where it was, unless a kernel is newer.
. "$(dirname "$0")/lib/lib.sh"

s=$ROOT/scripts dir=$BUILD/regress
export SMP=2 MEM=3G APPEND=panic_on_warn=0

# tests NAME: the commands in NAME.list, on both
tests() {
	local kernel
	for kernel in ours stock; do
		"$s/regress/run.sh" $kernel "$1"
	done
}

# To be run again: of test_progs what begins with the name of the test, of test_verifier
# what has the number.
again_list() {
	awk -F '[/\t]' '
		$1 == "test_verifier" && $2 ~ /^[0-9]+$/ { print $1 " " $2 }
		$1 == "test_maps" { print $1 }
		$1 == "test_progs" { print $1 " -a " $2 }' "$dir/again" | sort -u
}

unfinished=$dir/unfinished
if ! fresh "$unfinished" "$BUILD"/{,stock/}bzImage "$dir/tests.stamp"; then
	rm -f "$dir"/{stock,ours}-{tests,again,cost}.{txt,dmesg} "$dir"/again*
	touch "$unfinished"
fi

{
	printf '%s\n' test_verifier test_maps
	sed -n 's/^DEFINE_TEST(\(.*\))$/test_progs -a \1/p' \
		"$dir/src/tools/testing/selftests/bpf/prog_tests/tests.h"
} >"$dir/tests.list"
tests tests
[ -e "$dir/again.list" ] || {
	: >"$dir/again"
	"$s/regress/results.sh" >/dev/null
	again_list >"$dir/again.list"
}
tests again
"$s/regress/cost.sh"
"$s/regress/results.sh" | tee "$dir/results.txt"
rm "$unfinished"
! grep -q ^DIFFERS "$dir/results.txt" || die "see $dir/results.txt"
