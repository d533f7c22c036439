#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Do the faults of "make mutate" and of "make prove" fit the sources as they are, and do the
# properties compile with the functions that they are about?
. "$(dirname "$0")/../lib/lib.sh"

s=$ROOT/scripts dir=$BUILD/prove/right bad=0
python3 "$s/mutate/source.py" "$s/mutate/mutants.list" "$LINUX/kernel/bpf/verifier.c" >/dev/null || bad=1
"$s/prove/extract.sh" "$dir"
# What belongs to the model checker is declared nowhere.
gcc -w -fsyntax-only -I"$dir" -I"$s" "$s/prove/prove.c" || bad=1
while IFS=$'\t' read -r property from to; do
	[[ $property != '#'* ]] || continue
	[ -n "$to" ] && [ "$(cat "$dir"/* | grep -cF "$from")" = 1 ] && continue
	echo "$property: not once in the sources, or nothing instead: $from"
	bad=1
done <"$s/prove/prove.list"
[ "$bad" = 0 ] || die "see scripts/mutate/mutants.list and scripts/prove/prove.list"
