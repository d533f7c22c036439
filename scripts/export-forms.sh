#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# build/export: what make outgoing made, in the forms in which a kernel of one's own takes
# patches. export/check.sh proves that each gives the tree of build/linux.
. "$(dirname "$0")/lib/lib.sh"
. "$ROOT/scripts/lib/export.sh"

lock export
rm -rf "$EXPORT" "$BUILD/export.tmp"
mkdir -p "$EXPORT"
version=$(sed -n 2p "$BUILD/base.version")
about="Modern BPF for Linux 6.1, made for Debian's $BASE_PACKAGE $version"
git=$BUILD/export.tmp/git
trap 'rm -rf "$BUILD/export.tmp"' EXIT

# numbered DIR [SERIES]: the patches as files of one directory
numbered() {
	mkdir -p "$1"
	paste <(export_mails) <(export_names) | while read -r mail name; do
		cp "$BUILD/outgoing/$mail" "$1/$name"
	done
	[ $# = 1 ] || export_names >"$2"
}
# Branch modern-bpf, and a tag at the end of each topic
bundle() {
	git init -q --bare "$git"
	echo "$LINUX/.git/objects" >"$git/objects/info/alternates"
	series_topics | while read -r t; do
		echo "create refs/tags/modern-bpf-$t $(kgit rev-parse "refs/project/topics/$t")"
	done | KGIT_DIR=$git kgit update-ref --stdin
	KGIT_DIR=$git kgit update-ref refs/heads/modern-bpf "$(kgit rev-parse "$TIP")"
	mkdir "$EXPORT/git"
	KGIT_DIR=$git kgit bundle create -q "$EXPORT/git/modern-bpf.bundle" \
		"^$(kgit rev-parse base)" --branches --tags
	"$ROOT/scripts/export/base.sh" >"$EXPORT/git/make-base"
	chmod +x "$EXPORT/git/make-base"
}
debian() {
	local dir=$EXPORT/debian/patches
	mkdir -p "$dir/modern-bpf" "$EXPORT/debian/config"
	series_topics | while read -r t; do
		mkdir "$dir/modern-bpf/$t"
		cp "$BUILD/outgoing/$t"/0*-*.patch "$dir/modern-bpf/$t/"
	done
	export_mails | sed 's,^,modern-bpf/,' >"$dir/series"
	cp "$FRAGMENT" "$EXPORT/debian/config/modern-bpf.config"
}

cp "$BUILD/outgoing/whole.patch" "$EXPORT/modern-bpf.patch"
cp "$BUILD/outgoing/whole.mbox" "$EXPORT/modern-bpf.mbox"
numbered "$EXPORT/patches" "$EXPORT/patches/series"
bundle
debian
numbered "$EXPORT/yocto/recipes-kernel/linux/modern-bpf"
numbered "$EXPORT/buildroot/board/modern-bpf/patches/linux"
numbered "$EXPORT/nix/patches"
"$ROOT/scripts/export/recipes.sh" "$about"
"$ROOT/scripts/export/check.sh"
