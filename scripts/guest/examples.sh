#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# examples.sh [FILTER]: in the guest, run the commands that "expected" of each example
# has behind a "$ ", and compare. FILTER is that of test_progs, names are example_NAME. The
# exit status is 2 if no example has such a name, as that of test_progs is.
set -u

matches() {
	local pattern patterns
	IFS=, read -ra patterns <<<"$2"
	[ -n "$2" ] || return 0
	for pattern in "${patterns[@]}"; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ $1 != *${pattern%%/*}* ]] || return 0
	done
	return 1
}

transcript() {
	sed -n 's/^\$ //p' expected | while IFS= read -r command; do
		printf '$ %s\n' "$command"
		timeout 120 sh -c "$command" </dev/null 2>&1 || echo "(exit status $?)"
	done
}

nr=0 rc=0
echo "@pass"
for dir in "$GUEST_BUILD"/examples/*/; do
	name=example_$(basename "$dir")
	matches "$name" "${1-}" || continue
	cd "$dir" || exit
	nr=$((nr + 1))
	if grep -q '^\$ ' expected && transcript | diff -u <(grep -v '^#' expected) -; then
		echo "#$nr $name:OK"
	else
		echo "#$nr $name:FAIL"
		rc=1
	fi
done
[ $nr != 0 ] || rc=2
exit $rc
