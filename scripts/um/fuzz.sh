#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# fuzz.sh SEED: CHUNK programs of the fuzzer, in a KERNEL of its own; the output becomes
# DIR/SEED+CHUNK if all is well, else it stays in DIR/SEED.log. 40 ms are what a program that takes
# the emulated kernel 500 has here.
. "$(dirname "$0")/../lib/lib.sh"

seed=$1 log=$DIR/$1.log
"$ROOT/scripts/um/run.sh" "$KERNEL" "$DIR/$seed.run" 3600 env FUZZ_SEED="$seed" \
	FUZZ_COUNT="${CHUNK:?}" FUZZ_USEC="${FUZZ_USEC:-40000}" FUZZ_RUN=0 FUZZ_FAILURES=1 \
	bash -c 'cd selftests && ./test_progs -v -t fuzz_programs' >"$log"
"$ROOT/scripts/lib/splat.sh" "$DIR/$seed.run/dmesg" >>"$log"
mv "$log" "$DIR/$seed+$CHUNK"
rm -r "$DIR/$seed.run"
