#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Costs on the stock kernel and on ours, side by side. One guest instruction is
# one nanosecond of guest time: this counts instructions, not cache misses.
. "$(dirname "$0")/lib/lib.sh"

dir=$BUILD/bench
bench() {
	say BENCH "$1"
	mkdir -p "$dir/$1"
	ACCEL=tcg,thread=single SMP=1 CPU=max,-erms,-fsrm QEMU_ARGS="-icount shift=0 -rtc clock=vm" \
		APPEND="tsc_early_khz=1000000 tsc=reliable clocksource=tsc norandmaps" \
		"$ROOT/scripts/guest/guest.sh" "$2" "$dir/$1" 1200 "$ROOT/scripts/guest/bench.sh" \
		>"$dir/$1.txt" || die "the $1 kernel failed, see $dir/$1.txt and $dir/$1/dmesg"
	"$ROOT/scripts/lib/splat.sh" "$dir/$1/dmesg" || die "the $1 kernel complained"
}

bench stock "$BUILD/stock/bzImage"
bench ours "$BUILD/bzImage"

awk -v OFS='\t' '
	NF != 3 || $2 !~ /^[0-9.]+$/ { next }
	FNR == NR { stock[$1] = $2; next }
	FNR == 1 { print "name", "stock", "ours", "ratio", "unit" }
	{
		ratio = $1 in stock && stock[$1] > 0 ? sprintf("%.2f", $2 / stock[$1]) : "-"
		print $1, ($1 in stock ? stock[$1] : "-"), $2, ratio, $3
	}' "$dir/stock.txt" "$dir/ours.txt" >"$dir/results.tsv"
[ -s "$dir/results.tsv" ] || die "no results, see $dir/ours.txt"
awk -F '\t' '{ printf "%-28s %10s %10s %8s  %s\n", $1, $2, $3, $4, $5 }' "$dir/results.tsv"
