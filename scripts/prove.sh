#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Prove what scripts/prove/prove.c says of the verifier's arithmetic, for all values, with cbmc
# (from sid, not installed); the functions are those of the very sources. Then each property
# has to notice the faults that scripts/prove/prove.list names for it. T=name for one property.
. "$(dirname "$0")/lib/lib.sh"

s=$ROOT/scripts dir=$BUILD/prove root=$BUILD/peer/sid/root
"$s/peer/fetch.sh" sid '^libc6$' '^libgcc-s1$' '^libstdc\+\+6$' '^cbmc$' '^minisat$'
"$s/prove/extract.sh" "$dir/right"

# cbmc with the C library that it was built for
cbmc() {
	local lib=$root/usr/lib/x86_64-linux-gnu
	"$lib/ld-linux-x86-64.so.2" --library-path "$lib:$root/usr/lib" "$root/usr/bin/cbmc" "$@"
}

# holds DIR PROPERTY: proved, with the functions in DIR (0), refuted (10), or an error
holds() {
	cbmc --function "prove_$2" --unwind 8 --unwindset memcmp.0:70,scalar_swap_bytes.0:9 --unwinding-assertions --no-standard-checks -I "$1" -I "$s" "$s/prove/prove.c" \
		>"$dir/$2.log" 2>&1
}

# broken FROM TO: the sources with that fault, in one place of one of them
broken() {
	rm -rf "$dir/broken"
	cp -r "$dir/right" "$dir/broken"
	[ "$(cat "$dir"/broken/* | grep -cF "$1")" = 1 ] || die "not once in the sources: $1"
	FROM=$1 TO=$2 perl -pi -e 's/\Q$ENV{FROM}\E/$ENV{TO}/' "$dir"/broken/*
}

failed=0
verdict() { # TEXT STATUS EXPECTED
	if [ "$2" = "$3" ]; then
		say OK "$1"
	else
		say FAIL "$1: cbmc ended with $2"
		failed=$((failed + 1))
	fi
}

while IFS=$'\t' read -r property from to; do
	[[ $property != '#'* && ( -z "${T-}" || $property = "${T-}" ) ]] || continue
	rc=0
	holds "$dir/right" "$property" || rc=$?
	verdict "$property" $rc 0
	broken "$from" "$to"
	rc=0
	holds "$dir/broken" "$property" || rc=$?
	verdict "$property notices: $to" $rc 10
done <"$s/prove/prove.list"
[ "$failed" = 0 ] || die "$failed properties do not hold, or notice nothing: see $dir"
