#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# patches/ keeps the rules that patches/README gives.
. "$(dirname "$0")/../lib/lib.sh"

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
claimed_in_vain() { series_idle_claims; }
torn() { series_topics | sort | uniq -d; }
no_letter() { series_topics | while read -r t; do [ -f "$PATCHES/$t/cover-letter" ] || echo "$t"; done; }
same_name() { series_patches | sed 's,/[0-9]*-,/,' | sort | uniq -d; }
empty() {
	(cd "$PATCHES" && series_patches | xargs -r grep -L '^diff --git ') |
		grep -vxF -f <(series_claims | cut -f1 | sort -u)
}
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
rule "is a pattern in patches/series that claims nothing" claimed_in_vain
rule "is a topic in two places of patches/series" torn
rule "is a topic without a cover-letter" no_letter
rule "is the name of two patches of a topic" same_name
rule "changes nothing and claims nothing" empty
rule "adds, deletes, renames or copies a file" moves
rule "is not by the author of the series" author
rule "has a trailer that is not for this series" trailers
rule "says TODO, FIXME, XXX or the number of an issue" words
rule "has a subject that is not 'prefix: text' of at most 75 characters" subjects
[ "$bad" = 0 ] || die "patches/ breaks the rules above"
