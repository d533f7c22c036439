#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# What the programs of the base's selftests cost to verify, on the stock kernel and on
# ours: build/regress/cost.txt for people, *-cost.tsv to be compared. With -icount, time
# is instructions of the guest.
. "$(dirname "$0")/../lib/lib.sh"

s=$ROOT/scripts dir=$BUILD/regress
export ACCEL=tcg,thread=single SMP=1 CPU=max,-erms,-fsrm MEM=3G
export QEMU_ARGS="-icount shift=0 -rtc clock=vm"
export APPEND="panic_on_warn=0 tsc_early_khz=1000000 tsc=reliable clocksource=tsc norandmaps"

(cd "$dir/src/tools/testing/selftests/bpf" &&
	printf 'veristat -q -o csv -e file,prog,verdict,insns,states,duration %s\n' *.bpf.o) \
	>"$dir/cost.list"
for kernel in ours stock; do
	"$s/regress/run.sh" $kernel cost
done
rm -f "$dir"/{stock,ours}-cost.tsv
awk -v dir="$dir" -f "$s/regress/cost.awk" of=stock "$dir"/stock-cost.txt of=ours \
	"$dir"/ours-cost.txt >"$dir/cost.txt"
