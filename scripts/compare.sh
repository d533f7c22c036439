#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# What stock 6.1, this kernel and a mainline one say of programs with loops: those of
# tools/testing/selftests/bpf/compare, of this series' own tests, and of 6.1's if "make
# regress" has built them. Only objects that are newer than the answer are asked about.
# scripts/compare/compare.expected says why a program may miss the goals; what it does not name fails.
. "$(dirname "$0")/lib/lib.sh"

s=$ROOT/scripts dir=$BUILD/compare tests=$BUILD/selftests
base=$BUILD/regress/src/tools/testing/selftests/bpf
command="for o in *.bpf.o; do echo @\$o; ./veristat -v -l 4 -o csv -e \
file,prog,verdict,insns,peak_states \$o 2>&1; echo @end; done"

objects() { all_objects | grep -e "${T:-.}"; }
all_objects() {
	ls "$tests"/compare/*.bpf.o "$tests"/{may_goto,may_goto_arena,may_goto_links,may_goto_timed}.bpf.o \
		"$tests"/{callback,arena_structs,arena_heap,arena_kv,arena_malloc}.bpf.o
	[ ! -d "$base" ] || ls "$base"/{bpf_loop,for_each_,find_vma,loop,pyperf,strobemeta,test_*_loop}*.bpf.o
}

# Of the objects those that a kernel was not asked about, since it or they were built
unanswered() { # IMAGE ANSWERS
	local object answer
	objects | while read -r object; do
		answer=$2/$(basename "$object" .bpf.o).txt
		[ "$answer" -nt "$object" ] && [ "$answer" -nt "$1" ] || echo "$object"
	done
}

# A kernel of Debian has nothing but an initramfs
boot() { # NAME IMAGE
	local -x SMP=1 APPEND="panic_on_warn=0 no_timer_check"
	case $2 in
	"$BUILD/peer/"*) LIMIT=7200 "$s/peer/boot.sh" "$2" "$command" "$dir/$1.work"/* ;;
	*) "$s/guest/guest.sh" "$2" "$dir/$1.run" 7200 sh -c "cd $dir/$1.work; $command" ;;
	esac
}

ask() { # NAME IMAGE
	local list work=$dir/$1.work
	mkdir -p "$dir/$1"
	mapfile -t list < <(unanswered "$2" "$dir/$1")
	[ ${#list[@]} != 0 ] || return 0
	say ASK "$1 about ${#list[@]} objects"
	rm -rf "$work" && mkdir "$work"
	cp "${list[@]}" "$tests/veristat" "$work"
	boot "$1" "$2" >"$dir/$1.log" || say NOTE "$1 did not come to the end, see $dir/$1.log"
	awk -v dir="$dir/$1" -f "$s/compare/split.awk" "$dir/$1.log"
}

"$s/selftests.sh" compare
mainline=$("$s/peer/mainline.sh")
stock=$("$s/peer/base.sh")
ask mainline "$mainline" &
ask stock "$stock" &
ask ours "$BUILD/bzImage"
wait
awk -f "$s/compare/compare.awk" "$s/compare/compare.expected" "$dir"/{stock,ours,mainline}/*.txt | tee "$dir/table"
! grep -q '^NEW' "$dir/table" || die "what $s/compare/compare.expected does not explain, see $dir/table"
