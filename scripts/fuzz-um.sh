#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Random programs against the verifier in User Mode Linux, where nothing
# runs them but the fuzzer's own interpreter: COUNT programs from SEED on, in whole chunks, JOBS at a
# time. A chunk that passed is not run again unless the kernel or the fuzzer is newer. Prints
# what became of them; fails if a program that was accepted is wrong.
. "$(dirname "$0")/lib/lib.sh"

seed=${SEED:-1} count=${COUNT:-1000000} chunk=${CHUNK:-10000}
export KERNEL=$BUILD/um/vmlinux DIR=$BUILD/fuzz-um
mkdir -p "$DIR"

remaining() {
	local at out
	for ((at = seed; at < seed + count; at += chunk)); do
		out=$DIR/$at+$chunk
		[ -e "$out" ] && fresh "$out" "$KERNEL" "$BUILD/selftests/test_progs" || echo "$at"
	done
}

say FUZZ "SEED=$seed COUNT=$count, $(remaining | wc -l) chunks of $chunk to run"
rc=0
remaining | CHUNK=$chunk xargs -r -P "$JOBS" -I{} "$ROOT/scripts/um/fuzz.sh" {} || rc=$?
[ "$rc" = 0 ] || die "a program failed, or its kernel did: see $DIR/*.log"
for ((at = seed; at < seed + count; at += chunk)); do
	sed -n 's/^\([0-9]* programs: .*\)/\1/p' "$DIR/$at+$chunk" | tail -1
done | awk -v seed="$seed" -f "$ROOT/scripts/fuzz/sum.awk"
