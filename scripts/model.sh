#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Run the litmus tests, each as it is and without its barrier. herd7 is that of the
# machine, else Debian sid's, unpacked below build/ with the C library it needs.
. "$(dirname "$0")/lib/lib.sh"

tests=$ROOT/tools/testing/selftests/bpf/litmus
model=$LINUX/tools/memory-model
sid=$BUILD/peer/sid
bad=0

fetch() {
	local uri name opts
	uri=$(grep -hoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d/* \
		2>/dev/null | head -1 | tr -d ' ' || true)
	mkdir -p "$sid"/apt/{lists/partial,cache/archives/partial} "$sid/deb" "$sid/root"
	printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s sid main\n' \
		"${uri:-http://deb.debian.org/debian}" >"$sid/apt/sources.list"
	opts=(-qq -o "Dir::Etc::sourcelist=$sid/apt/sources.list" -o Dir::Etc::sourceparts=/nonexistent
		-o "Dir::State::lists=$sid/apt/lists" -o "Dir::Cache=$sid/apt/cache"
		-o APT::Sandbox::User=root)
	apt-get "${opts[@]}" update
	for name in libc6 herdtools7; do
		(cd "$sid/deb" && apt-get "${opts[@]}" download "$name/sid")
		dpkg -x "$(find "$sid/deb" -name "${name}_*.deb" | sort -V | tail -1)" "$sid/root"
	done
}

herd() {
	local lib=$sid/root/usr/lib/x86_64-linux-gnu
	if command -v herd7 >/dev/null; then
		herd7 "$@"
	else
		"$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$sid/root/usr/bin/herd7" \
			-set-libdir "$sid/root/usr/share/herdtools7/herd" "$@"
	fi
}

# judge NAME EXPECTED: the test on stdin
judge() {
	local found
	cat >"$BUILD/model.litmus"
	found=$(cd "$model" && herd -conf linux-kernel.cfg "$BUILD/model.litmus" |
		sed -n 's/^Observation [^ ]* \([A-Z][a-z]*\) .*/\1/p')
	[ "$found" != "$2" ] || { say "$2" "$1" && return; }
	say FAIL "$1: expected $2, found ${found:-nothing}"
	bad=1
}

command -v herd7 >/dev/null || [ -x "$sid/root/usr/bin/herd7" ] || fetch
for t in "$tests"/*.litmus; do
	weaker=$(sed -n 's/^ \* Weaker: //p' "$t")
	name=${t##*/}
	judge "${name%.litmus}" Never <"$t"
	judge "the same without its barrier" Sometimes < <(sed "/^(\*/,/^ \*)/d; $weaker" "$t")
done
[ "$bad" = 0 ] || die "the litmus tests fail"
