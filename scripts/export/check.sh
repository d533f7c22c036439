#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Each form in build/export gives the tree that make outgoing has proved to be that of
# build/linux, on the files of the base that the series touches: by the tool of those who take
# it, or by patch, without fuzz, in the order that the recipe names.
. "$(dirname "$0")/../lib/lib.sh"
. "$ROOT/scripts/lib/export.sh"

work=$BUILD/export.check
tree=$work/tree
rm -rf "$work" && mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
export GIT_INDEX_FILE=$work/index

# files TREE FILTER: the files that the series touches, as they are there
files() {
	rm -rf "$tree" && mkdir "$tree"
	kgit read-tree "$1"
	kgit diff --no-renames --name-only --diff-filter="$2" base "$TIP" |
		kgit checkout-index --stdin --prefix="$tree/"
}
hash() {
	kgit read-tree --empty
	kgit --work-tree="$tree" add -Af "$tree" && kgit write-tree
}
# form NAME WHAT COMMAND...: run in the files of the base
form() {
	local name=$1 what=$2
	shift 2
	files base MD
	(cd "$tree" && "$@") >"$work/log" 2>&1 || die "build/export/$name: $(tail -5 "$work/log")"
	[ "$(hash)" = "$want" ] || die "build/export/$name does not give the tree of build/linux"
	say OK "$name: $what"
}
# Patches on stdin: all of the series in its order, and no others are in the directory
apply() {
	local p list
	list=$(cat)
	diff <(export_names) - <<<"$list" && diff <(export_names) <(cd "$1" && ls -1 -- *.patch) || return
	for p in $list; do patch -p1 -F0 -sN --no-backup-if-mismatch -i "$1/$p" || return; done
}
whole() { patch -p1 -F0 -sN --no-backup-if-mismatch <"$EXPORT/modern-bpf.patch"; }
numbered() { apply "$EXPORT/patches" <"$EXPORT/patches/series"; }
buildroot() { (cd "$board/patches/linux" && ls) | apply "$board/patches/linux"; }
debian() { QUILT_PATCHES=$EXPORT/debian/patches quilt push -aq --fuzz=0 && rm -r .pc; }
recipes() { "$ROOT/scripts/export/parse.sh" "$1" | apply "$2"; }

board=$EXPORT/buildroot/board/modern-bpf
files "$TIP" AM
want=$(hash)
form modern-bpf.patch "by patch" whole
form patches "by patch, in the order of its series" numbered
form debian "by quilt" debian
form buildroot "by patch, in the order of names" buildroot
form yocto "by patch, in the order of SRC_URI (bitbake is not in Debian: not asked)" \
	recipes yocto "$EXPORT/yocto/recipes-kernel/linux/modern-bpf"
form nix "by patch, in the order of the list that nix evaluates" recipes nix "$EXPORT/nix/patches"
"$ROOT/scripts/export/check-git.sh"
"$ROOT/scripts/export/check-config.sh"
