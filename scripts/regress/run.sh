#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# run.sh KERNEL NAME: run the commands in build/regress/NAME.list on KERNEL, stock
# or ours, output to KERNEL-NAME.txt. What has ended there is not run again, so a run that
# was interrupted goes on; and a command that takes the guest with it is the only one to
# fail, as the next guest begins after it.
. "$(dirname "$0")/../lib/lib.sh"

kernel=$1 name=$2
run=$BUILD/regress/$1-$2
list=$BUILD/regress/$name.list log=$run.txt
image=$BUILD/bzImage
[ "$kernel" = ours ] || image=$BUILD/$kernel/bzImage

begun() { grep -c '^@suite ' "$log" || true; }
ended() { grep -c '^@status ' "$log" || true; }
left() { awk 'FILENAME == ARGV[1] { if (sub(/^@suite /, "")) done[$0]; next } !($0 in done)' "$log" "$list"; }
progress() {
	local n of line item=
	n=$(begun)
	of=$(wc -l <"$list")
	while IFS= read -r line; do
		case $line in
		"@suite "*)
			item=${line#@suite }
			[ $((n++ % 20)) != 0 ] || say "$kernel" "$n of $of: $item"
			;;
		"@status 124" | "@status 137") say HUNG "$item ($kernel)" ;;
		esac
	done
}

# An interrupted run leaves a command without an end.
touch "$log"
tac "$log" | sed -n '/^@status /,$p' | tac >"$run.whole"
mv "$run.whole" "$log"
[ -s "$log" ] || : >"$run.dmesg"

while left | sed -n 1,60p >"$run.todo" && [ -s "$run.todo" ]; do
	before=$(begun) rc=0
	"$ROOT/scripts/guest/guest.sh" "$image" "$run" 7200 "$ROOT/scripts/guest/regress.sh" \
		"$kernel" "$run.todo" | tee -a "$log" | progress || rc=$?
	cat "$run/dmesg" >>"$run.dmesg"
	[ "$(begun)" -gt "$before" ] || die "the guest does nothing (status $rc), see $run/dmesg"
	[ "$(begun)" -gt "$(ended)" ] || continue
	say DIED "$(grep '^@suite ' "$log" | tail -n 1) ($kernel), see $run.dmesg"
	printf '\n@status died\n' >>"$log"
done
