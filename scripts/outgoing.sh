#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# build/outgoing: the series of build/linux with the overlay's files in the patches that
# claim them: mails and a cover letter for each topic, and the whole in one mbox and in
# one patch. refs/project/topics/TOPIC is the tree at a topic's end. Checked by
# series/outgoing-check.sh.
. "$(dirname "$0")/lib/lib.sh"

lock outgoing && rm -f "$BUILD"/outgoing.*
out=$BUILD/outgoing
files=$BUILD/outgoing.files
trap 'rm -f "$BUILD"/outgoing.*' EXIT

kgit diff --quiet HEAD || die "build/linux has uncommitted changes"
[ "$(kgit rev-parse HEAD)" = "$(kgit rev-parse refs/project/synced)" ] || die "run make refresh first"
[ -z "$(overlay_files | comm -3 - <(series_claims | cut -f2 | sort))" ] ||
	die "overlay and + lines of patches/series differ: run make check-patches"

fold() {
	local parent=base
	kgit read-tree base
	paste <(kgit rev-list --reverse base..HEAD) <(series_patches) | while read -r c patch; do
		{
			kgit diff-tree -r --no-renames "$c^" "$c" | awk '{ print $2, $4 "\t" $6 }'
			awk -F '\t' -v p="$patch" '$1 == p' "$files" | cut -f2-
		} | kgit update-index --add --index-info
		eval "$(kgit log -1 --format='export GIT_AUTHOR_DATE=%at GIT_COMMITTER_DATE=%at' "$c")"
		parent=$(kgit log -1 --format=%B "$c" | kgit commit-tree "$(kgit write-tree)" -p "$parent")
		echo "$parent ${patch%%/*}"
	done
}

# "patch<TAB>mode blob<TAB>file"
paste <(series_claims | cut -f1) <(series_claims | cut -f2 | overlay_entries) >"$files"
export GIT_INDEX_FILE=$BUILD/outgoing.index
say FOLD "$(series_claims | wc -l) new files into $(series_patches | wc -l) patches"
rm -rf "$out" && mkdir -p "$out"
fold | awk '{ tip[$2] = $1 }
	END { for (t in tip) print "update refs/project/topics/" t, tip[t] }' | kgit update-ref --stdin
from=base
for topic in $(series_topics); do
	tip=refs/project/topics/$topic
	kgit format-patch -q -o "$out/$topic" --numbered --zero-commit --no-signature --no-renames \
		--full-index "$from..$tip"
	"$ROOT/scripts/series/cover-letter.sh" "$from" "$tip" "$PATCHES/$topic/cover-letter" \
		>"$out/$topic/0000-cover-letter.txt"
	cat "$out/$topic"/*.patch >>"$out/whole.mbox"
	from=$tip
done
"$ROOT/scripts/series/cover-letter.sh" base "$from" "$PATCHES/cover-letter" >"$out/whole.patch"
kgit diff --no-renames --full-index base "$from" | sed '1s/^/---\n/' >>"$out/whole.patch"
"$ROOT/scripts/series/outgoing-check.sh"
