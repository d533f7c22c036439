#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# build/linux: a git repository with the base (tag "base"), links to the
# overlay, and the series on top. refs/project/synced is the tip that equals
# patches/; work beyond it is never thrown away.
. "$(dirname "$0")/lib/lib.sh"

lock tree
version=$(sed -n 2p "$BUILD/base.version")

create() {
	local tmp=$LINUX.tmp
	say GIT "linux $version"
	rm -rf "$tmp"
	cp -a --reflink=auto "$BASE" "$tmp"
	git init -q -b series "$tmp"
	export KGIT_DIR=$tmp
	kgit config user.name "Modern BPF for Linux 6.1"
	kgit config user.email series@modern-bpf.invalid
	kgit config gc.auto 0
	# Another tree's objects, for git am -3 (base-check.sh)
	[ ! -d "${OBJECTS_OF-}" ] || echo "$OBJECTS_OF/.git/objects" >"$tmp/.git/objects/info/alternates"
	# -f: Debian's .gitignore hides files that are part of the source.
	# The threshold streams all of them into one pack.
	kgit -c core.bigFileThreshold=1 -c core.compression=1 add -Af
	export GIT_AUTHOR_DATE="2026-01-01T00:00:00Z" GIT_COMMITTER_DATE="2026-01-01T00:00:00Z"
	kgit commit -q -m "Linux ${version%-*} (Debian linux-source-6.1 $version)"
	"$ROOT/scripts/series/base-fixes.sh"
	kgit tag base
	kgit update-ref refs/project/synced HEAD
	unset KGIT_DIR GIT_AUTHOR_DATE GIT_COMMITTER_DATE
	mv "$tmp" "$LINUX"
}

synced() {
	[ "$(kgit rev-parse -q --verify refs/project/synced)" = "$(kgit rev-parse HEAD)" ] ||
		[ "$(kgit rev-parse base)" = "$(kgit rev-parse HEAD)" ]
}

commits() { kgit log --format='%T %B' "base..$1"; }

[ -d "$LINUX/.git" ] || create
"$ROOT/scripts/series/overlay.sh"

want=$(series_hash)
[ "$(kgit config project.patches || true)" != "$want" ] || exit 0
tip=$("$ROOT/scripts/series/import.sh")
# Empty patches change no tree.
if [ "$(commits "$tip")" != "$(commits HEAD)" ]; then
	synced || die "build/linux has commits that patches/ lacks, and patches/ has changed:" \
		"run make refresh, or drop them with git -C $LINUX reset --keep refs/project/synced"
	kgit diff --quiet HEAD || die "build/linux has uncommitted changes, and patches/ has changed"
	kgit reset -q --keep "$tip"
fi
kgit update-ref refs/project/synced HEAD
kgit config project.patches "$want"
