#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Export the commits of build/linux to patches/. A patch of which nothing but blob ids
# differs stays as it is, so that a small change changes one file.
. "$(dirname "$0")/lib/lib.sh"

out=$BUILD/refresh.tmp
[ -d "$LINUX/.git" ] || die "there is no build/linux: run make tree"
kgit diff --quiet HEAD || die "build/linux has uncommitted changes"
kgit merge-base --is-ancestor base HEAD || die "build/linux does not stand on its tag base"
[ -z "$(kgit rev-list --merges base..HEAD)" ] || die "build/linux contains a merge"
"$ROOT/scripts/series/overlay.sh"
stray=$(kgit ls-files --others --exclude-standard | head -1)
[ -z "$stray" ] || die "$stray is a new file in build/linux: move it to $ROOT/$stray"
new=$(kgit log --format= --name-only --no-renames --diff-filter=AD base..HEAD | head -1)
[ -z "$new" ] || die "a commit adds or deletes $new: new files belong in the overlay"

without_ids() { sed '/^index [0-9a-f]\{40\}\.\./d' "$1"; }
keep_unchanged() {
	local new old
	(cd "$out" && find . -name '*.patch') | while read -r new; do
		# the same patch may have another number now
		for old in "$PATCHES/${new%/*}"/[0-9][0-9][0-9][0-9]-"${new##*/[0-9][0-9][0-9][0-9]-}"; do
			if [ -f "$old" ] && cmp -s <(without_ids "$old") <(without_ids "$out/$new"); then
				cp "$old" "$out/$new"
			fi
		done
	done
}

rm -rf "$out"
"$ROOT/scripts/series/export.sh" HEAD "$out"
keep_unchanged
find "$PATCHES" -mindepth 2 -name '*.patch' -delete
cp -r "$out/." "$PATCHES/"
find "$PATCHES" -mindepth 1 -type d -empty -delete
rm -rf "$out"
kgit update-ref refs/project/synced HEAD
kgit config project.patches "$(series_hash)"
say REFRESH "$(kgit rev-list --count base..HEAD) patches"
