#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Run the base's own selftests on the stock kernel and on ours, and say what differs,
# in results and in the cost of verification; scripts/regress.expected holds what may.
# A test that differs runs again on both and counts if it differs again.
. "$(dirname "$0")/lib.sh"

s=$ROOT/scripts dir=$BUILD/regress
declare -A kernel=([stock]=$BUILD/stock/bzImage [ours]=$BUILD/bzImage)

# guest NAME KERNEL ARGUMENT...: what the guest prints goes to NAME.txt
guest() {
	local log=$dir/$1 rc=0
	"$s/guest.sh" "${kernel[$2]}" "$log" 7200 "$s/guest-regress.sh" "${@:3}" | tee "$log.txt" |
		awk '/^@suite/ && !seen[$2]++ { printf "          %s\n", $2; fflush() }' || rc=$?
	[ "$rc" = 0 ] || [ "$2" = ours ] || die "the stock kernel ended early, see $log/dmesg"
	[ "$rc" = 0 ] || say NOTE "our kernel ended early (status $rc), see $log/dmesg and $log.txt"
}

# What the kernel complained about, without numbers: some tests of the base provoke it.
complaints() {
	grep -oE '(WARNING|BUG): .*|Oops.*|KASAN: .*' "$1" |
		sed -E 's/CPU: .* at [^ ]+ //; s/\+0x.*//; s/[0-9a-f]{8,}//g' | sort -u |
		sed 's/.*/kernel log: &\tseen/' || true
}

tests() {
	local name=$1${2:+-again}
	say TESTS "$1 kernel${2:+, again}"
	SMP=2 MEM=3G APPEND=panic_on_warn=0 guest "$name" "$1" "$1" ${2:+"$2"}
	{ awk -f "$s/regress.awk" "$dir/$name.txt" && complaints "$dir/$name/dmesg"; } >>"$dir/$1.tsv"
}

# With -icount, time is instructions of the guest.
cost() {
	say COST "$1 kernel"
	ACCEL=tcg,thread=single SMP=1 CPU=max,-erms,-fsrm MEM=3G \
		QEMU_ARGS="-icount shift=0 -rtc clock=vm" \
		APPEND="panic_on_warn=0 tsc_early_khz=1000000 tsc=reliable clocksource=tsc norandmaps" \
		guest "$1-cost" "$1" cost
}

compare() {
	awk -v again="$dir/again" -f "$s/regress-diff.awk" of=expected "$s/regress.expected" \
		of=stock "$dir/stock.tsv" of=ours "$dir/ours.tsv"
}

rm -f "$dir"/{stock,ours}.tsv "$dir/again"
for k in stock ours; do tests $k; done
compare >"$dir/results.txt"
if [ -s "$dir/again" ]; then
	mv "$dir/again" "$dir/list"
	for k in stock ours; do tests $k "$dir/list"; done
fi
for k in stock ours; do cost $k; done
awk -v dir="$dir" -f "$s/regress-cost.awk" of=stock "$dir"/stock-cost.txt of=ours \
	"$dir"/ours-cost.txt | tee "$dir/cost.txt"
compare | tee "$dir/results.txt"
! grep -q ^DIFFERS "$dir/results.txt" || die "see $dir/results.txt"
