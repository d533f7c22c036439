#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# build/regress: the BPF selftests that the base brings, built from the base for the
# stock kernel, and the module that they test with, for each kernel.
. "$(dirname "$0")/lib/lib.sh"

dir=$BUILD/regress
src=$dir/src
t=$src/tools/testing/selftests/bpf

# They need a kernel with netfilter, which bpf-vm.config does without.
left_out="bpf_nf xdp_synproxy"
left_out_files="prog_tests/bpf_nf.c prog_tests/xdp_synproxy.c progs/test_bpf_nf.c
	progs/test_bpf_nf_fail.c progs/xdp_synproxy_kern.c"

# They build in their source tree, so they get one of their own.
copy() {
	rm -rf "$src"
	mkdir -p "$src/kernel"
	cp -a "$BASE"/{tools,include,scripts,Makefile} "$src"
	cp -a "$BASE/kernel/bpf" "$src/kernel"
	# shellcheck disable=SC2086 # a list of names
	(cd "$t" && rm $left_out_files)
	touch "$t/bpf_testmod.ko"
}

tests() {
	# The Makefile hands HOSTCC on unquoted: ccache comes by the PATH here.
	[ -z "$CCACHE" ] || local PATH=/usr/lib/ccache:$PATH
	make -C "$t" -j"$JOBS" --no-print-directory CLANG=clang-19 LLC=llc-19 \
		LLVM_STRIP=llvm-strip-19 LLD=bfd VMLINUX_BTF="$BUILD/stock/vmlinux" TRUNNER_EXTRA_FILES= \
		test_verifier test_maps test_progs veristat \
		"$t"/{urandom_read,liburandom_read.so,sign-file}
}

# module NAME SRC OBJ: an external module of the kernel in OBJ
module() {
	local m=$dir/bpf_testmod-$1 stamp=$dir/bpf_testmod-$1.stamp
	fresh "$stamp" "$3/.stamp" "$0" && return 0
	stamp_begin "$stamp"
	say MODULE "bpf_testmod ($1)"
	rm -rf "$m"
	cp -a "$BASE/tools/testing/selftests/bpf/bpf_testmod" "$m"
	{ kmake "$2" "$3" modules_prepare && kmake "$2" "$3" M="$m" \
		KBUILD_EXTRA_SYMBOLS="$3/vmlinux.symvers" modules; } >"$m.log" 2>&1 ||
		die "bpf_testmod does not build, see $m.log"
	stamp_end "$stamp"
}

stamp=$dir/tests.stamp
if ! fresh "$stamp" "$BUILD/base.version" "$BUILD/stock/vmlinux.btf" "$0"; then
	stamp_begin "$stamp"
	say TESTS "of the base, without $left_out"
	copy
	tests >"$dir/tests.log" 2>&1 || die "the base's selftests do not build, see $dir/tests.log"
	stamp_end "$stamp"
fi
module stock "$BASE" "$BUILD/stock-obj"
module ours "$LINUX" "$BUILD/obj"
