#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# bpftool.sh before|after: build the bpftool of build/outbox/linux, static, for guests that
# have no libraries: build/outbox/bpftool.NAME.
. "$(dirname "$0")/../lib/lib.sh"

out=$BUILD/outbox/bpftool.$1
tree=$(git -C "$BUILD/outbox/linux" rev-parse HEAD:tools/bpf/bpftool HEAD:tools/lib/bpf)
[ "$(cat "$out/.tree" 2>/dev/null)" != "$tree" ] || exit 0

mkdir -p "$out"
say BPFTOOL "$1"
# What needs other libraries, or types of the kernel, is of no use there.
make -C "$BUILD/outbox/linux/tools/bpf/bpftool" OUTPUT="$out/" -j"$JOBS" CLANG=clang-19 \
	EXTRA_LDFLAGS=-static SKIP_LLVM=1 SKIP_LIBBFD=1 SKIP_CRYPTO=1 feature-clang-bpf-co-re=0 \
	"$out/bpftool" "$out/bootstrap/bpftool" >"$out.log" 2>&1 ||
	{ tail -20 "$out.log"; die "bpftool ($1) does not build, see $out.log"; }
echo "$tree" >"$out/.tree"
