#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Everything that can be said of the series without booting it: a line for each check,
# the output of those that fail, then "N passed, N failed".
. "$(dirname "$0")/lib/lib.sh"

dir=$BUILD/check
scripts=("$ROOT"/scripts/{,*/}*.sh "$ROOT/scripts/guest/init" "$ROOT/scripts/um/init" "$ROOT/.ci/run")
passed=0 failed=0

files() { git -C "$ROOT" ls-files --cached --others --exclude-standard; }
finds() { sed "s|\$|: $1|"; }
# Tests that modern.mk builds, and that there are
tests() {
	local dir=tools/testing/selftests/bpf
	make -s -C "$ROOT/$dir" -f modern.mk sources | sed "s,^,$dir/," | sort |
		comm -13 - <(overlay_files | grep "^$dir/.*\.c$")
}
findings() {
	cd "$ROOT"
	files | grep -vE '^(COPYING|README\.md|MAINTAINERS|base\.mk|\.[^/]*|(patches|outbox)/.*|.*\.config)$' |
		xargs grep -L 'SPDX-License-Identifier: ' | finds "no license line"
	overlay_files | grep -E '\.[chS]$' | xargs -r grep -L \
		'Copyright (c) 2026 the Modern BPF for Linux 6\.1 project' | finds "no copyright line"
	files | xargs grep -nE '\b(TODO|FIXME)\b' | grep -v '^scripts/check' | finds "unfinished"
	tests | finds "begins with no part of modern.mk, and is not built"
	files | xargs grep -lF "$ROOT/" | finds "names a directory of this machine"
	wc -l "${scripts[@]}" | awk '$2 != "total" && $1 > 60 { print $2 }' | finds "over 60 lines"
}
text() { ! (set +e +o pipefail; findings) | grep .; }

check() {
	local name=$1
	shift
	mkdir -p "$dir"
	if ("$@") >"$dir/$name.log" 2>&1; then
		passed=$((passed + 1))
		say OK "$name"
	else
		failed=$((failed + 1))
		say FAIL "$name"
		sed 's/^/          /' "$dir/$name.log"
	fi
}

check shellcheck shellcheck "${scripts[@]}"
check text text
check patches "$ROOT/scripts/check-patches.sh"
check docs "$ROOT/scripts/check/docs.sh"
check numbers "$ROOT/scripts/bench-docs.sh" check
check states "$ROOT/scripts/check/states.sh"
check mutants "$ROOT/scripts/check/mutants.sh"
check outbox "$ROOT/scripts/check/outbox.sh"
check outgoing "$ROOT/scripts/outgoing.sh"
check checkpatch "$ROOT/scripts/check/checkpatch.sh"
check warnings "$ROOT/scripts/check/objects.sh"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] || die "$failed of $((passed + failed)) checks failed, see $dir"
