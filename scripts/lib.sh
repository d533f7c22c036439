# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Common to the scripts behind make targets: places, messages, the overlay.
set -eu -o pipefail
export LC_ALL=C
# Sub-makes get their own -j; git must not see what a caller left behind.
unset MAKEFLAGS MFLAGS MAKELEVEL GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BUILD=${BUILD:-$ROOT/build}
LINUX=$BUILD/linux
# shellcheck disable=SC2034 # for those who read this file
BASE=$BUILD/base
PATCHES=$ROOT/patches
JOBS=${JOBS:-$(nproc)}
OVERLAY_DIRS="arch block Documentation drivers fs include init kernel lib mm
	net samples security tools"
export ROOT BUILD JOBS

say() { printf '  %-7s %s\n' "$1" "$2"; }
die() {
	local name=${0##*/}
	printf 'make: *** %s: %s\n' "${name%.sh}" "$*" >&2
	exit 1
}

# Files that this project adds to the kernel tree, at their in-tree paths.
overlay_files() {
	# shellcheck disable=SC2086 # a list of directories
	git -C "$ROOT" ls-files --cached --others --exclude-standard -- $OVERLAY_DIRS |
		sort -u | while read -r f; do [ ! -f "$ROOT/$f" ] || echo "$f"; done
}

# Patch files in apply order, and "patch<TAB>overlay file" for every claim.
series_patches() { sed -n '/^[^#+ ]/p' "$PATCHES/series"; }
series_claims() {
	awk '/^\+ / { print patch "\t" $2; next } /^[^# ]/ { patch = $1 }' "$PATCHES/series"
}
series_hash() {
	(cd "$PATCHES" && { cat series; series_patches | xargs -r cat; }) | sha256sum
}

# git in build/linux, whatever the user's own configuration says
kgit() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -C "${KGIT_DIR:-$LINUX}" \
		-c advice.detachedHead=false -c gc.auto=0 "$@"
}

# fresh STAMP PATH...: nothing below the paths is newer than the stamp
fresh() {
	local stamp=$1
	shift
	[ -e "$stamp" ] && [ -z "$(find -L "$@" -newer "$stamp" -print -quit)" ]
}
# A stamp carries the time its stage began, so no edit is missed.
stamp_begin() { mkdir -p "$(dirname "$1")" && touch "$1.new"; }
stamp_end() { mv "$1.new" "$1"; }

if command -v ccache >/dev/null; then CCACHE="ccache "; else CCACHE=; fi
export CCACHE
