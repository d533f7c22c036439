#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# selftests.sh [GOAL]: build/selftests, 6.1's test runner with the tests of this series, or
# what GOAL of modern.mk is.
. "$(dirname "$0")/lib/lib.sh"

goal=${1:-all} stamp=$BUILD/selftests-${1:-all}.stamp
dir=$LINUX/tools/testing/selftests/bpf
[ -f "$dir/modern.mk" ] || die "tools/testing/selftests/bpf/modern.mk is missing"
cpu=${BPF_CPU:-v3}
[ "$cpu" = "$(cat "$BUILD/selftests/bpf_cpu" 2>/dev/null)" ] &&
	fresh "$stamp" "$dir" "$BUILD/vmlinux.btf" "$BUILD/tools.stamp" "$0" && exit 0

stamp_begin "$stamp"
make -C "$dir" -f modern.mk "$goal" -j"$JOBS" --no-print-directory OUTPUT="$BUILD/selftests" \
	VMLINUX_BTF="$BUILD/vmlinux.btf" BPFTOOL="$BUILD/bpftool" LIBBPF="$BUILD/libbpf" \
	BPF_CPU="$cpu" CLANG=clang-19 CC="${CCACHE}gcc" || die "the selftests do not build"
stamp_end "$stamp"
