#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Put each fault of scripts/mutate/mutants.list into the verifier, and see whether the tests or the
# fuzzer (COUNT programs from SEED on) notice it. All faults are in one kernel, a parameter says
# which one is there. build/mutate/results has a line for each, and those that have one are not
# run again. T=test,... for other tests. Prints the table, and fails if a fault survives that
# scripts/mutate/mutants.expected does not name.
. "$(dirname "$0")/lib/lib.sh"
. "$(dirname "$0")/mutate/lib.sh"

s=$ROOT/scripts dir=$BUILD/mutate results=$BUILD/mutate/results
tests=${T:-callback_fail,callback_fuzzed,dynptr_sound_const,dynptr_sound_stack,dynptr_sound_global,dynptr_sound_slice,may_goto_fail,arena_verifier_fail,stream_fail,sections,iter_num_fail,res_lock_fail,sound_maps}

mutant_kernel "$dir" "$BUILD/obj" arch/x86/boot/bzImage kmake
touch "$results"
# Number 0 is no fault: nobody may notice it.
remaining() {
	{ echo 0; sed '/^#/d' "$s/mutate/mutants.list"; } | cut -f1 | grep -vxFf <(cut -f1 "$results") || true
}

# A guest that dies has been killed by the last mutant that it began.
run() {
	mapfile -t mutants < <(remaining)
	local rc=0
	SMP=1 APPEND="panic_on_warn=0 panic_on_oops=1" "$s/guest/guest.sh" "$dir/bzImage" "$dir" \
		"${LIMIT_MUTATE:-20000}" "$s/guest/mutate.sh" "$tests" "${SEED:-1}" \
		"${COUNT:-2000}" "${mutants[@]}" >"$dir/log" || rc=$?
	sed -n 's/^@result //p' "$dir/log" >>"$results"
	[ $rc = 0 ] || [ $rc = 125 ] || die "interrupted: run it again to go on"
	last=$(sed -n 's/^@begin //p' "$dir/log" | tail -1)
	[ -n "$last" ] || die "the guest did not begin, see $dir/dmesg"
	cut -f1 "$results" | grep -qx "$last" || printf '%s\tthe kernel dies\t\n' "$last" >>"$results"
}

# Most are noticed where programs are only loaded, in seconds.
remaining | grep -vx 0 | RESULTS=$results "$s/um/mutants.sh" "$dir/um"
say MUTATE "$(remaining | wc -l) of $(grep -vc '^#' "$s/mutate/mutants.list") to run"
while [ -n "$(remaining)" ]; do
	run
	grep -qE '^0	*[0-9]* *$' "$results" || die "without a fault: $(head -1 "$results")"
done
awk -f "$s/mutate/mutate.awk" "$s/mutate/mutants.expected" "$results" "$s/mutate/mutants.list" | tee "$dir/table"
! grep -q '^SURVIVES' "$dir/table" || die "a fault that nothing notices, see $dir/table"
