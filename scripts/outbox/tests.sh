#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# tests.sh SERIES...: build the tests that these series name, from build/outbox/linux, which
# has them: build/outbox/tests/test_progs. A test that is not named like its file is given
# as FILE:TEST.
. "$(dirname "$0")/../lib/lib.sh"

dir=$BUILD/outbox out=$BUILD/outbox/tests
tests=$(for name; do sed -n 's/^\(new\|old\) //p' "$ROOT/outbox/$name/tests"; done |
	tr ' ' '\n' | sed 's/:.*//' | sort -u | paste -sd ' ')

mkdir -p "$out"
say TESTS "$tests"
make -C "$dir/linux/tools/testing/selftests/bpf" -f "$ROOT/scripts/outbox/tests.mk" -j"$JOBS" \
	--no-print-directory OUTPUT="$out" VMLINUX_BTF="$dir/vmlinux.btf" \
	BPFTOOL="$dir/bpftool.after/bootstrap/bpftool" TESTS="$tests" >"$out.log" 2>&1 ||
	{ tail -20 "$out.log"; die "the tests do not build, see $out.log"; }
