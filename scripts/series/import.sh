#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Apply patches/series, or the patches given, on the base and print the tip. Works in a
# scratch worktree of the files they touch; fuzz 0 first, then three-way. Never with less
# context: a hunk of one function once went into its neighbour, without a word.
. "$(dirname "$0")/../lib/lib.sh"

lock import
work=$BUILD/import.tmp
trap 'kgit worktree remove --force "$work" 2>/dev/null || true' EXIT

origin=
if [ $# = 0 ]; then
	cd "$PATCHES"
	origin=${OBJECTS_OF-}
	# shellcheck disable=SC2046 # paths without blanks
	set -- $(series_patches)
fi
[ $# != 0 ] || { kgit rev-parse base; exit 0; }
for p in "$@"; do [ -f "$p" ] || die "no such patch: $p"; done

rm -rf "$work"
kgit worktree prune
kgit worktree add -q --detach --no-checkout "$work" base >&2
kgit -C "$work" sparse-checkout set --no-cone --stdin < <(
	sed -n 's,^\(+++ b\|--- a\)/,/,p' "$@" | sort -u) >&2
kgit -C "$work" checkout -q --detach base >&2

# A patch may be empty: it says what overlay files are for.
apply() {
	kgit -C "$work" am -q --empty=keep --committer-date-is-author-date --whitespace=nowarn \
		"$@" >"$BUILD/import.log" 2>&1
}
# Blob ids in patches/ may be old, see refresh.sh. The tree that the series comes from has
# the commit, with all that a three-way merge needs.
merge() {
	[ -n "$origin" ] || return 1
	local c
	c=$(kgit -C "$origin" rev-list --reverse base..refs/project/synced | sed -n "$1p")
	[ -n "$c" ] && kgit -C "$work" cherry-pick --allow-empty "$c" >"$BUILD/import.log" 2>&1
}
# What goes wrong leaves nothing behind.
try() {
	"$@" && return
	kgit -C "$work" am --abort 2>/dev/null || kgit -C "$work" cherry-pick --abort 2>/dev/null || true
	return 1
}
# All at once is faster.
mapfile -t mails < <(realpath "$@")
if ! try apply "${mails[@]}"; then
	n=0
	for p in "${mails[@]}"; do
		n=$((n + 1))
		try apply "$p" && continue
		try apply -3 "$p" || try merge $n || die "patch $p does not apply to $(sed -n 2p "$BUILD/base.version"), see $BUILD/import.log"
		say MERGED "$p" >&2
	done
fi
kgit -C "$work" rev-parse HEAD
