#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Run mainline's own BPF selftests on this kernel, as they are: built here from the newest source
# that Debian has (PEER_SUITE), for mainline's types, each test in a process of its own. What a
# test expects to be refused and is accepted here has to be in upstream.expected, with why that
# is safe. T=pattern for some; a run that was interrupted goes on where it was.
. "$(dirname "$0")/lib/lib.sh"

s=$ROOT/scripts dir=$BUILD/upstream suite=${PEER_SUITE:-experimental}
out=$dir/out src=$dir/src
bpf=$src/tools/testing/selftests/bpf
# Files of prog_tests; of progs/ all that is for test_loader alone
others="stream arena_atomics arena_direct_value arena_htab arena_list arena_spin_lock arena_strsearch
	bpf_loop dynptr for_each iters preempt_lock rcu_read_lock res_spin_lock user_ringbuf"

fetch() {
	local package
	"$s/peer/fetch.sh" "$suite" '^linux-source-[0-9.]+$'
	package=$(find "$BUILD/peer/$suite/root/usr/src" -name 'linux-source-*.tar.xz' | sort -V | tail -1)
	[ "$src.stamp" -nt "$package" ] && return
	say UNPACK "$(basename "$package" .tar.xz)"
	rm -rf "$dir" && mkdir -p "$src" "$out/prog_tests"
	tar -C "$src" --strip-components=1 --wildcards -xJf "$package" '*/tools' '*/include/uapi' '*/scripts' \
		'*/kernel/bpf/disasm.[ch]'
	bash "$src/scripts/extract-vmlinux" "$("$s/peer/mainline.sh")" >"$dir/vmlinux" 2>/dev/null
	objcopy --dump-section .BTF="$dir/vmlinux.btf" "$dir/vmlinux" /dev/null
	# Of the key that the runner adds, see upstream.mk
	echo 'unsigned char test_progs_verification_cert[1]; unsigned int test_progs_verification_cert_len;' \
		>"$out/verification_cert.h"
	touch "$src.stamp"
}

# What does not build is left out, and the table lacks it.
build() {
	local list
	list=$(cd "$bpf/progs" && printf '%s ' irq.c verifier_*.c | sed 's/\.c\>//g')
	make_tests() { make -j"$JOBS" -f "$s/upstream/upstream.mk" SRC="$src" OUT="$out" BTF="$dir/vmlinux.btf" "$@"; }
	make_tests -k TESTS="$list $others" >"$dir/build.log" 2>&1 || say NOTE "not all builds, see $dir/build.log"
	for f in "$out"/*.test.o; do
		name=$(basename "$f" .test.o)
		source=$out/$name.test.c
		[ -e "$source" ] || source=$bpf/prog_tests/$name.c
		sed -nE 's/^void (serial_)?test_(\w+)\((void)?\).*/DEFINE_TEST(\2)/p' "$source"
	done | sort -u >"$out/prog_tests/tests.new"
	cmp -s "$out"/prog_tests/tests.{new,h} || mv "$out"/prog_tests/tests.{new,h}
	make_tests link >>"$dir/build.log" 2>&1 || die "the runner does not build, see $dir/build.log"
	sed -nE 's/^DEFINE_TEST\((.*)\)/\1/p' "$out/prog_tests/tests.h" >"$dir/tests"
}

fetch
build
[ "$dir/log" -nt "$BUILD/bzImage" ] || : >"$dir/log"
export SMP=2 MEM=3G APPEND=panic_on_warn=0
while grep -e "${T:-.}" "$dir/tests" | grep -vxFf <(sed -n 's/^@test //p' "$dir/log") >"$dir/todo"; do
	say RUN "$(wc -l <"$dir/todo") tests"
	"$s/guest/guest.sh" "$BUILD/bzImage" "$dir/run" 7200 "$s/guest/upstream.sh" "$dir" >>"$dir/log" || say DIED "see $dir/run/dmesg"
done
awk -f "$s/upstream/upstream.awk" "$s/upstream/upstream.expected" "$dir/log" | tee "$dir/table"
! grep -q '^NEW' "$dir/table" || die "accepted here and not by mainline, see $dir/table"
