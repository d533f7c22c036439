#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# What is in build/outgoing gives what is in build/linux, byte for byte, links followed:
# each topic by git am on the tip of the one before, the first on the pristine base, and
# the whole as one patch.
. "$(dirname "$0")/../lib/lib.sh"

out=$BUILD/outgoing
export GIT_INDEX_FILE=$BUILD/outgoing.index
trap 'rm -f "$GIT_INDEX_FILE"' EXIT

long=$(find "$out" -name '[0-9]*.patch' -exec wc -l {} + | awk '$1 > 1500 && $2 != "total" { print $2 }')
[ -z "$long" ] || die "mails of more than 1500 lines: $long"
[ "$(cat "$out"/*/0*.patch | wc -l)" -gt 0 ] || die "build/outgoing is empty: run make outgoing"

say PROVE "git am on $(sed -n 2p "$BUILD/base.version")"
mails=()
for topic in $(series_topics); do
	mails+=("$out/$topic"/0*.patch)
done
c=$("$ROOT/scripts/series/import.sh" "${mails[@]}")
tip=$c
for topic in $(series_topics | tac); do
	[ "$(kgit rev-parse "$c^{tree}")" = "$(kgit rev-parse "refs/project/topics/$topic^{tree}")" ] ||
		die "git am of build/outgoing/$topic does not give the tree that it was made of"
	n=$(find "$out/$topic" -name '0*.patch' | wc -l)
	c=$(kgit rev-parse "$c~$n")
done
[ "$c" = "$(kgit rev-parse base)" ] || die "the first topic does not stand on the base"

# The index of build/linux, with files where it has links
kgit read-tree HEAD
overlay_files | overlay_entries | kgit update-index --add --index-info
tree=$(kgit write-tree)
[ "$(kgit rev-parse "$tip^{tree}")" = "$tree" ] ||
	die "git am of build/outgoing does not give the tree of build/linux"
kgit read-tree base
kgit apply --cached --whitespace=nowarn "$out/whole.patch"
[ "$(kgit write-tree)" = "$tree" ] || die "whole.patch does not give the tree of build/linux"

kgit read-tree base
pristine() { kgit -C "$BASE" --git-dir="$LINUX/.git" --work-tree=. "$@"; }
{ pristine update-index -q --refresh && [ -z "$(pristine ls-files --others)" ]; } ||
	die "the tag base of build/linux is not what is in build/base"
say OUTGOING "${#mails[@]} patches in $(series_topics | wc -l) topics in $out"
