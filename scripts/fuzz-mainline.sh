#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# The programs of the fuzzer on this kernel and on a mainline one beside it: who accepts
# which? COUNT programs from SEED on, in chunks; those that were asked before are not asked
# again, unless the kernel or the fuzzer is newer. scripts/fuzz/mainline.expected says why
# what only this kernel accepts is safe; what it does not name is a failure.
. "$(dirname "$0")/lib/lib.sh"

seed=${SEED:-1} count=${COUNT:-100000} chunk=${CHUNK:-5000}
s=$ROOT/scripts dir=$BUILD/fuzz-mainline judge=$BUILD/selftests/fuzz_judge
mkdir -p "$dir"

peer=$("$s/peer/mainline.sh")

complete() { [ -e "$1" ] && [ "$1" -nt "$judge" ] && [ "$1" -nt "$2" ]; }
# Keep the verdicts, if it came to the end.
keep() {
	grep -E '^[0-9]+ [-+~] ' "$1.log" >"$1.new" || true
	grep -q '^end$' "$1.log" || die "no verdicts, see $1.log"
	mv "$1.new" "$1"
	rm "$1.log"
}

ask_ours() { # FROM COUNT
	local out=$dir/$1.ours
	! complete "$out" "$BUILD/vmlinux" || return 0
	SMP=1 "$s/guest/guest.sh" "$BUILD/bzImage" "$dir/ours" 7200 "$judge" "$1" "$2" >"$out.log"
	keep "$out"
}
ask_mainline() {
	local out=$dir/$1.mainline
	! complete "$out" "$peer" || return 0
	LIMIT=7200 "$s/peer/boot.sh" "$peer" "./fuzz_judge $1 $2" "$judge" >"$out.log"
	keep "$out"
}

say FUZZ "SEED=$seed COUNT=$count, beside $(basename "$(dirname "$peer")")"
for ((at = seed; at < seed + count; at += chunk)); do
	n=$((seed + count - at < chunk ? seed + count - at : chunk))
	ask_ours $at $n &
	ask_mainline $at $n || rc=1
	wait "$!" || rc=1
	[ -z "${rc-}" ] || die "a kernel did not answer, see $dir/*.log"
	paste "$dir/$at.ours" "$dir/$at.mainline"
done >"$dir/verdicts"
awk -v seed="$seed" -f "$s/fuzz/mainline.awk" "$s/fuzz/mainline.expected" "$dir/verdicts" | tee "$dir/table"
! grep -q '^NEW' "$dir/table" || die "a reason that $s/fuzz/mainline.expected does not name, see $dir/table"
