#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# build/libbpf (libbpf.a, include/) and build/bpftool.
. "$(dirname "$0")/lib/lib.sh"

stamp=$BUILD/tools.stamp
t=$LINUX/tools
fresh "$stamp" "$t/lib" "$t/include" "$t/build" "$t/scripts" "$t/bpf" "$LINUX/kernel/bpf" \
	"$BUILD/vmlinux.btf" "$0" && exit 0

# bpftool's Makefile hands HOSTCC on unquoted: ccache comes by the PATH here.
[ -z "$CCACHE" ] || export PATH=/usr/lib/ccache:$PATH
tmake() { make -j"$JOBS" --no-print-directory CC="${CCACHE}gcc" "$@"; }

stamp_begin "$stamp"
say TOOLS "libbpf, bpftool"
mkdir -p "$BUILD/libbpf" "$BUILD/obj-bpftool"
tmake -C "$t/lib/bpf" OUTPUT="$BUILD/libbpf/" DESTDIR="$BUILD/libbpf" prefix= \
	all install_headers || die "libbpf does not build"
tmake -C "$t/bpf/bpftool" OUTPUT="$BUILD/obj-bpftool/" VMLINUX_BTF="$BUILD/vmlinux.btf" \
	CLANG=clang-19 LLVM_STRIP=llvm-strip-19 || die "bpftool does not build"
ln -sfr "$BUILD/obj-bpftool/bpftool" "$BUILD/bpftool"
stamp_end "$stamp"
