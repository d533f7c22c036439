#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Apply a series on the base and print the tip: patches/series by default, or the
# patch files given. Works in a scratch worktree that holds only the files the
# patches touch; fuzz 0 first, three-way if that fails.
. "$(dirname "$0")/lib.sh"

lock import
work=$BUILD/import.tmp
trap 'kgit worktree remove --force "$work" 2>/dev/null || true' EXIT

if [ $# = 0 ]; then
	cd "$PATCHES"
	# shellcheck disable=SC2046 # paths without blanks
	set -- $(series_patches)
fi
if [ $# = 0 ]; then
	kgit rev-parse base
	exit 0
fi
for p in "$@"; do [ -f "$p" ] || die "no such patch: $p"; done

rm -rf "$work"
kgit worktree prune
kgit worktree add -q --detach --no-checkout "$work" base >&2
kgit -C "$work" sparse-checkout set --no-cone --stdin < <(
	sed -n 's,^\(+++ b\|--- a\)/,/,p' "$@" | sort -u) >&2
kgit -C "$work" checkout -q --detach base >&2

apply() {
	kgit -C "$work" am -q --committer-date-is-author-date --whitespace=nowarn \
		"$@" >"$BUILD/import.log" 2>&1
}
for p in "$@"; do
	f=$(realpath "$p")
	apply "$f" && continue
	kgit -C "$work" am --abort 2>/dev/null || true
	apply -3 "$f" || die "patch $p does not apply to $(sed -n 2p "$BUILD/base.version"), see $BUILD/import.log"
	say 3-WAY "$p" >&2
done
kgit -C "$work" rev-parse HEAD
