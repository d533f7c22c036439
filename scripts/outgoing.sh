#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# build/outgoing: the series of build/linux with the overlay's files in the patches
# that claim them. Then prove it: git am on the pristine base gives what is in
# build/linux, links followed, byte for byte.
. "$(dirname "$0")/lib.sh"

lock outgoing && rm -f "$BUILD"/outgoing.*
out=$BUILD/outgoing
index=$BUILD/outgoing.index files=$BUILD/outgoing.files
trap 'rm -f "$BUILD"/outgoing.*' EXIT

kgit diff --quiet HEAD || die "build/linux has uncommitted changes"
[ "$(kgit rev-parse HEAD)" = "$(kgit rev-parse refs/project/synced)" ] || die "run make refresh first"
[ -z "$(overlay_files | comm -3 - <(series_claims | cut -f2 | sort))" ] ||
	die "overlay and + lines of patches/series differ: run make check-patches"

# "patch<TAB>mode blob<TAB>file" for every overlay file, the blobs in the repository
entries() {
	paste <(series_claims | cut -f1) \
		<(series_claims | while IFS=$'\t' read -r _ f; do
			[ -x "$ROOT/$f" ] && echo 100755 || echo 100644
		done) \
		<(series_claims | sed "s,^.*\t,$ROOT/," | kgit hash-object -w --no-filters --stdin-paths) \
		<(series_claims | cut -f2) | sed 's/\t/ /2'
}

fold() {
	local parent=base
	paste <(kgit rev-list --reverse base..HEAD) <(series_patches) | while read -r c patch; do
		kgit read-tree "$c"
		awk -F '\t' -v p="$patch" '$1 == p' "$files" | cut -f2- >>"$files.claimed"
		kgit update-index --index-info <"$files.claimed"
		eval "$(kgit log -1 --format='export GIT_AUTHOR_DATE=%at GIT_COMMITTER_DATE=%at' "$c")"
		parent=$(kgit log -1 --format=%B "$c" | kgit commit-tree "$(kgit write-tree)" -p "$parent")
		echo "$parent"
	done | tail -1
}

entries >"$files"
export GIT_INDEX_FILE=$index
say FOLD "$(series_claims | wc -l) new files into $(series_patches | wc -l) patches"
tip=$(fold)
[ -n "$tip" ] || die "patches/series is empty"
rm -rf "$out" && mkdir -p "$out"
kgit format-patch -q -o "$out" --zero-commit --no-signature --no-renames --full-index "base..$tip"
"$ROOT/scripts/cover-letter.sh" "$tip" >"$out/0000-cover-letter.txt" || die "no cover letter"

say PROVE "git am on $(sed -n 2p "$BUILD/base.version")"
applied=$("$ROOT/scripts/import.sh" "$out"/*.patch)
kgit read-tree HEAD
cut -f2- "$files" | kgit update-index --index-info
[ "$(kgit rev-parse "$applied^{tree}")" = "$(kgit write-tree)" ] ||
	die "git am of build/outgoing does not give the tree of build/linux"
kgit read-tree base
pristine() { kgit -C "$BASE" --git-dir="$LINUX/.git" --work-tree=. "$@"; }
{ pristine update-index -q --refresh && [ -z "$(pristine ls-files --others)" ]; } ||
	die "the tag base of build/linux is not what is in build/base"
say OUTGOING "$(find "$out" -name '*.patch' | wc -l) patches in $out"
