#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# sdk.sh [PREFIX]: what BPF programs and their user space are built with, in one place
# (build/sdk): headers, vmlinux.h, libbpf with its pkg-config file, bpftool.
. "$(dirname "$0")/lib/lib.sh"

prefix=$(realpath -m "${1:-$BUILD/sdk}")
stamp=$BUILD/sdk${prefix//\//-}.stamp
t=$LINUX/tools
[ ! -e "$prefix/lib/pkgconfig/libbpf.pc" ] ||
	! fresh "$stamp" "$BUILD/tools.stamp" "$BUILD/vmlinux.btf" "$t/testing/selftests/bpf/"bpf_*.h \
	"$0" || exit 0

stamp_begin "$stamp"
say SDK "$prefix"
# It has the prefix in it.
rm -f "$BUILD/libbpf/libbpf.pc"
make -C "$t/lib/bpf" -j"$JOBS" --no-print-directory CC="${CCACHE}gcc" OUTPUT="$BUILD/libbpf/" \
	DESTDIR= prefix="$prefix" libdir="$prefix/lib" install >"$BUILD/sdk.log" 2>&1 ||
	die "libbpf does not install, see $BUILD/sdk.log"
# What user space has of <linux/bpf.h> may be older than this kernel.
install -Dt "$prefix/include/linux" -m 644 "$t"/include/uapi/linux/{bpf,bpf_common,btf}.h
for h in may_goto kfuncs arena_alloc arena_htab arena_list; do
	[ -e "$t/lib/bpf/bpf_$h.h" ] ||
		install -m 644 "$t/testing/selftests/bpf/bpf_$h.h" "$prefix/include/bpf/"
done
"$BUILD/bpftool" btf dump file "$BUILD/vmlinux.btf" format c >"$prefix/include/vmlinux.h"
install -Dt "$prefix/bin" "$BUILD/bpftool"
stamp_end "$stamp"
