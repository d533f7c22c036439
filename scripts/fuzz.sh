#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# fuzz.sh fuzz|fuzz-debug: random programs against the verifier, until one fails or
# COUNT of them passed. Program n of a run is program 0 of one with SEED + n.
. "$(dirname "$0")/lib/lib.sh"

name=$1
dir=$BUILD/$name
seed=${SEED:-$(date +%s)000000} count=${COUNT:-100000}
case $name in
fuzz) kernel=$BUILD/bzImage ;;
fuzz-debug) kernel=$BUILD/debug/bzImage && export MEM=${MEM_DEBUG:-4G} ;;
*) die "unknown run $name" ;;
esac

# A loop without end is an error as well.
export APPEND="sysctl.kernel.panic_on_rcu_stall=1 rcupdate.rcu_cpu_stall_timeout=60"
say FUZZ "SEED=$seed COUNT=$count"
mkdir -p "$dir"
rc=0
"$ROOT/scripts/guest/guest.sh" "$kernel" "$dir" "${LIMIT_FUZZ:-86400}" \
	"$ROOT/scripts/guest/fuzz.sh" "$seed" "$count" "${FAILURES:-1}" "${TRACE:-0}" | tee "$dir/log" || rc=$?
"$ROOT/scripts/lib/splat.sh" "$dir/dmesg" || die "the kernel complained, see $dir/dmesg"
[ "$rc" = 0 ] || die "a program failed, see $dir/log"
