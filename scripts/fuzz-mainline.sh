#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# The programs of the fuzzer on this kernel and on the mainline one of outbox/base.mk beside it,
# both in User Mode Linux: who accepts which? COUNT programs from SEED on, in chunks; those that
# were asked before are not asked again, unless the kernel or the fuzzer is newer.
# scripts/fuzz/mainline.expected says why what only this kernel accepts is safe; what it does not
# name is a failure.
. "$(dirname "$0")/lib/lib.sh"

seed=${SEED:-1} count=${COUNT:-100000} chunk=${CHUNK:-5000}
s=$ROOT/scripts dir=$BUILD/fuzz-mainline judge=$BUILD/selftests/fuzz_judge
mkdir -p "$dir"

"$s/outbox/source.sh"
git -C "$BUILD/outbox/linux" checkout -q base
"$s/um/kernel.sh" "$BUILD/outbox/linux" "$BUILD/um-mainline"

complete() { [ -e "$1" ] && [ "$1" -nt "$judge" ] && [ "$1" -nt "$2" ]; }
# Keep the verdicts, if it came to the end.
keep() {
	grep -E '^[0-9]+ [-+~] ' "$1.log" >"$1.new" || true
	grep -q '^end$' "$1.log" || die "no verdicts, see $1.log"
	mv "$1.new" "$1"
	rm "$1.log"
}

# Mainline warns of some programs, and loads others all the same.
ask() { # KERNEL NAME FROM COUNT
	local out=$dir/$3.$2
	! complete "$out" "$1" || return 0
	APPEND=panic_on_warn=0 "$s/um/run.sh" "$1" "$dir/$2" 7200 env FUZZ_USEC=40000 "$judge" \
		"$3" "$4" >"$out.log"
	keep "$out"
}

say FUZZ "SEED=$seed COUNT=$count, beside $OUTBOX_VERSION"
for ((at = seed; at < seed + count; at += chunk)); do
	n=$((seed + count - at < chunk ? seed + count - at : chunk))
	ask "$BUILD/um/vmlinux" ours $at $n &
	ask "$BUILD/um-mainline/vmlinux" mainline $at $n || rc=1
	wait "$!" || rc=1
	[ -z "${rc-}" ] || die "a kernel did not answer, see $dir/*.log"
	paste "$dir/$at.ours" "$dir/$at.mainline"
done >"$dir/verdicts"
awk -v seed="$seed" -f "$s/fuzz/mainline.awk" "$s/fuzz/mainline.expected" "$dir/verdicts" | tee "$dir/table"
! grep -q '^NEW' "$dir/table" || die "a reason that $s/fuzz/mainline.expected does not name, see $dir/table"
