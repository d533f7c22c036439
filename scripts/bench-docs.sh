#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# bench-docs.sh check|write: the numbers in tables of the pages below a comment
# ".. make bench:" are those of scripts/bench/bench.table. "check" says where they are not; "write"
# takes the results of the last "make bench" for that table, and writes it into the pages.
. "$(dirname "$0")/lib/lib.sh"

table=$ROOT/scripts/bench/bench.table results=$BUILD/bench/results.tsv
out=$(mktemp)
trap 'rm -f "$out"' EXIT
cd "$ROOT"
if [ "$1" = write ]; then
	[ -s "$results" ] || die "there are no results: run make bench"
	{ echo "# SPDX-License-Identifier: GPL-2.0-only" && cat "$results"; } >"$table"
fi
bad=
for page in $(overlay_files | grep '\.rst$' | xargs grep -l '^\.\. make bench:'); do
	awk -f scripts/bench/docs.awk "$table" "$page" >"$out" || die "$page does not fit $table"
	if [ "$1" = write ]; then
		cmp -s "$out" "$page" || cp "$out" "$page"
	else
		diff -u --label "$page" "$page" --label "make bench" "$out" || bad=1
	fi
done
[ -z "$bad" ] || die "numbers that no make bench gave: run make bench bench-docs"
