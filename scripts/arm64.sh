#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# build/arm64: libbpf.a, bpftool and the selftests for arm64, static. Debian's libelf and zlib
# for arm64 are unpacked, not installed.
. "$(dirname "$0")/lib/lib.sh"

out=$BUILD/arm64 stamp=$BUILD/arm64/tools.stamp t=$LINUX/tools
root=$BUILD/peer/bookworm-arm64/root
fresh "$stamp" "$t/lib" "$t/include" "$t/build" "$t/scripts" "$t/bpf" "$LINUX/kernel/bpf" \
	"$t/testing/selftests/bpf" "$out/vmlinux.btf" "$0" && exit 0
DEB_ARCH=arm64 "$ROOT/scripts/peer/fetch.sh" bookworm '^libelf-dev$' '^zlib1g-dev$'

# What is for any architecture comes last, behind the C library's.
include="-idirafter $root/usr/include"
library="-L$root/usr/lib/aarch64-linux-gnu"
# bpftool's Makefile hands HOSTCC on unquoted: ccache comes by the PATH here.
[ -z "$CCACHE" ] || export PATH=/usr/lib/ccache:$PATH
export CROSS_COMPILE=aarch64-linux-gnu-
tmake() { make -j"$JOBS" --no-print-directory ARCH=arm64 CC=${CROSS_COMPILE}gcc "$@"; }

stamp_begin "$stamp"
say TOOLS "libbpf, bpftool (arm64)"
mkdir -p "$out/libbpf" "$out/obj-bpftool"
tmake -C "$t/lib/bpf" OUTPUT="$out/libbpf/" DESTDIR="$out/libbpf" prefix= \
	EXTRA_CFLAGS="-g -O2 $include" "$out/libbpf/libbpf.a" install_headers ||
	die "libbpf does not build"
tmake -C "$t/bpf/bpftool" OUTPUT="$out/obj-bpftool/" VMLINUX_BTF="$out/vmlinux.btf" \
	EXTRA_CFLAGS="$include" EXTRA_LDFLAGS="-static $library" CLANG=clang-19 \
	LLVM_STRIP=llvm-strip-19 || die "bpftool does not build"
tmake -C "$t/testing/selftests/bpf" -f modern.mk TARGET_ARCH=arm64 OUTPUT="$out/selftests" \
	VMLINUX_BTF="$out/vmlinux.btf" BPFTOOL="$out/obj-bpftool/bootstrap/bpftool" LIBBPF="$out/libbpf" \
	EXTRA_CFLAGS="$include" LDFLAGS="-static $library" CLANG=clang-19 ||
	die "the selftests do not build"
stamp_end "$stamp"
