#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# mutate.sh DIR MUTANT: see whether tests that only load programs, or the fuzzer, notice a mutant
# in the kernel DIR/vmlinux. If so, it gets its line in RESULTS; so it does if the kernel dies.
# Arenas cannot be freed in User Mode Linux, and the tests of DENY attach programs.
. "$(dirname "$0")/../lib/lib.sh"

dir=$1 mutant=$2 rc=0
tests=callback_fail,callback_fuzzed,dynptr_sound_const,dynptr_sound_stack,dynptr_sound_global
tests=$tests,dynptr_sound_slice_fail,may_goto_fail,stream_fail,sections,iter_num_fail,iter_num_perfmon
tests=$tests,res_lock_fail,scalar,sound_pointers,sound_retval,sound_maps,sound_rdonly,sound_perfmon
APPEND=panic_on_warn=0 "$ROOT/scripts/um/run.sh" "$dir/vmlinux" "$dir/$mutant" 600 env \
	DENY=callback_fail/vma_kept,sections_ext FUZZ_RUN=0 FUZZ_USEC=40000 \
	"$ROOT/scripts/guest/mutate.sh" "$tests" "${SEED:-1}" "${COUNT:-5000}" "$mutant" \
	>"$dir/$mutant.log" 2>&1 || rc=$?
exec 9>>"$RESULTS"
line=$(sed -n 's/^@result //p' "$dir/$mutant.log" | awk -F '\t' '$2 != "" || $3 ~ /^[A-Z]/')
[ "$rc" = 0 ] || [ -n "$line" ] || line=$(printf '%s\tthe kernel dies\t' "$mutant")
rm -r "${dir:?}/$mutant"
[ -n "$line" ] || exit 0
flock 9
echo "$line" >&9
