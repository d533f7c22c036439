# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Common to the scripts behind make targets: places, messages, stamps, make.
set -eu -o pipefail
export LC_ALL=C
# Sub-makes get their own -j; git must not see what a caller left behind.
unset MAKEFLAGS MFLAGS MAKELEVEL GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
BUILD=${BUILD:-$ROOT/build}
LINUX=$BUILD/linux
# shellcheck disable=SC2034 # for those who read this file
BASE=$BUILD/base
PATCHES=$ROOT/patches
JOBS=${JOBS:-$(nproc)}
export ROOT BUILD JOBS

say() { printf '  %-7s %s\n' "$1" "$2"; }
die() {
	local name=${0##*/}
	printf 'make: *** %s: %s\n' "${name%.sh}" "$*" >&2
	exit 1
}

. "$ROOT/scripts/lib/series.sh"

# fresh STAMP PATH...: nothing below the paths is newer than the stamp
fresh() {
	local stamp=$1
	shift
	[ -e "$stamp" ] && [ -z "$(find -L "$@" -newer "$stamp" -print -quit)" ]
}
# One of a kind at a time, should two makes run at once.
lock() { mkdir -p "$BUILD" && exec 9>"$BUILD/.$1.lock" && flock 9; }
# A stamp carries the time its stage began, so no edit is missed.
stamp_begin() {
	local name=${1#"$BUILD"/}
	mkdir -p "$(dirname "$1")"
	lock "${name//\//}"
	touch "$1.new"
}
stamp_end() { mv "$1.new" "$1"; }

if command -v ccache >/dev/null; then CCACHE="ccache "; else CCACHE=; fi

# kmake SRC OBJ ARGUMENT...: make in a kernel tree; the same source gives the same kernel.
# Where each local variable is takes a quarter of the compiler's time, and only debuggers
# ask for it.
kmake() {
	local src=$1 obj=$2
	shift 2
	make -C "$src" O="$obj" -j"$JOBS" --no-print-directory LOCALVERSION= CC="${CCACHE}${CROSS_COMPILE-}gcc" \
		KCFLAGS="-fno-var-tracking -fno-var-tracking-assignments" \
		KBUILD_BUILD_USER=bpf KBUILD_BUILD_HOST=vm KBUILD_BUILD_VERSION=1 \
		KBUILD_BUILD_TIMESTAMP=2026-01-01 "$@"
}
