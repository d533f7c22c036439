#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# patches/ survives import and export byte for byte, and keeps the rules that
# patches/README gives.
. "$(dirname "$0")/lib.sh"

lock check-patches
out=$BUILD/check-patches.tmp
bad=0
complain() { while IFS= read -r line; do bad=1; echo "$line: $*"; done; }
# complain runs in this shell, not at the end of a pipe, to keep its verdict
rule() { local text=$1; shift; complain "$text" < <("$@" || true); }

in_base() { overlay_files | comm -12 - <(kgit ls-tree -r --name-only base | sort); }
unlisted() { (cd "$PATCHES" && find . -name '*.patch' | sed 's,^\./,,' | sort) | comm -23 - <(series_patches | sort); }
absent() { series_patches | while read -r p; do [ -f "$PATCHES/$p" ] || echo "$p"; done; }
claimed() { series_claims | cut -f2 | sort; }
claimed_twice() { claimed | uniq -d; }
unclaimed() { overlay_files | comm -23 - <(claimed); }
claimed_absent() { claimed | comm -13 <(overlay_files) -; }
grep_patches() { (cd "$PATCHES" && series_patches | xargs -r grep "$@"); }
moves() { grep_patches -lE '^(new file mode|deleted file mode|rename (from|to)|copy (from|to)) '; }
author() { grep_patches -LE '^From: "?Modern BPF for Linux 6\.1"? <series@modern-bpf\.invalid>$'; }
trailers() { grep_patches -liE '^(signed-off|acked|reviewed|co-developed)-by:|^change-id:'; }
words() { grep_patches -lE '^\+?.*\b(TODO|FIXME|XXX)\b|^[^-].*\b(issue|bug) #?[0-9]+\b' ; }
subjects() {
	(cd "$PATCHES" && series_patches | while read -r p; do
		# a long subject is folded: its next lines begin with a blank
		s=$(awk '/^Subject: / { on = 1; sub(/^Subject: /, ""); s = $0; next }
			on && /^ / { s = s $0; next } on { print s; exit }' "$p")
		s=${s#\[PATCH\] }
		[[ $s =~ ^[a-zA-Z0-9_.,/\ -]+(:\ [a-zA-Z0-9_.,/-]+)*:\ [a-zA-Z] ]] && ((${#s} <= 75)) || echo "$p"
	done)
}

rule "is an overlay file, and a file of the base" in_base
rule "is not in patches/series" unlisted
rule "is in patches/series, but there is no such patch" absent
rule "is claimed by two patches (+ lines of patches/series)" claimed_twice
rule "is claimed by no patch (add a + line to patches/series)" unclaimed
rule "is claimed in patches/series, but is no overlay file" claimed_absent
rule "adds, deletes, renames or copies a file" moves
rule "is not by the author of the series" author
rule "has a trailer that is not for this series" trailers
rule "says TODO, FIXME, XXX or the number of an issue" words
rule "has a subject that is not 'prefix: text' of at most 75 characters" subjects

rm -rf "$out"
tip=$("$ROOT/scripts/import.sh")
"$ROOT/scripts/export.sh" "$tip" "$out"
diff -r -x README -x cover-letter "$PATCHES" "$out" || { bad=1; echo "patches/ is not what make refresh writes"; }
rm -rf "$out"
[ "$bad" = 0 ] || die "patches/ breaks the rules above"
say CHECK "$(series_patches | wc -l) patches, $(overlay_files | wc -l) new files"
