#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# What differs between the stock kernel and ours, in what "make regress" has run so far.
# build/regress/again gets the tests of these.
. "$(dirname "$0")/../lib/lib.sh"

s=$ROOT/scripts dir=$BUILD/regress

# What the kernel complained about, without numbers: some tests of the base provoke it.
complaints() {
	grep -ohE '(WARNING|BUG): .*|Oops.*|KASAN: .*' "$dir/$1"-{tests,again}.dmesg 2>/dev/null |
		sed -E 's/CPU: .* at [^ ]+ //; s/\+0x.*//; s/[0-9a-f]{8,}//g' | sort -u |
		sed 's/.*/kernel log: &\tseen/' || true
}

for kernel in ours stock; do
	{
		awk -f "$s/regress/regress.awk" "$dir/$kernel"-{tests,again}.txt
		complaints $kernel
		cat "$dir/$kernel-cost.tsv"
	} 2>/dev/null >"$dir/$kernel.tsv" || true
done
awk -v again="$dir/again" -f "$s/regress/diff.awk" of=expected "$s/regress/regress.expected" \
	of=stock "$dir/stock.tsv" of=ours "$dir/ours.tsv"
