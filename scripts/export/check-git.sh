#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# build/export/git: in a repository that has nothing, make-base makes the commit on which the
# bundle stands, and the bundle brings branch and tags. The mbox gives the same by git am.
. "$(dirname "$0")/../lib/lib.sh"
. "$ROOT/scripts/lib/export.sh"

repo=$BUILD/export.check/repo.git
want=$(kgit rev-parse "$TIP^{tree}")
quietly() { "$@" >"$BUILD/export.check/log" 2>&1 || die "$1: $(tail -5 "$BUILD/export.check/log")"; }
same() { [ "$(kgit rev-parse "$1")" = "$want" ] || die "$2 does not give the tree of build/linux"; }

unset GIT_INDEX_FILE
c=$("$ROOT/scripts/series/import.sh" "$EXPORT/modern-bpf.mbox")
same "$c^{tree}" build/export/modern-bpf.mbox
say OK "modern-bpf.mbox: by git am"

git init -q --bare "$repo"
cd "$repo"
# The objects of the base, so that make-base has nothing to write
quietly git fetch -q "$LINUX" tag base
git tag -d base >/dev/null
quietly "$EXPORT/git/make-base" "$BASE"
quietly git bundle verify -q "$EXPORT/git/modern-bpf.bundle"
quietly git fetch -q "$EXPORT/git/modern-bpf.bundle" 'refs/heads/*:refs/heads/*' 'refs/tags/*:refs/tags/*'
export KGIT_DIR=$repo
same 'modern-bpf^{tree}' build/export/git
[ "$(git rev-parse modern-bpf-base)" = "$(KGIT_DIR=$LINUX kgit rev-parse base)" ] || die "make-base has made another commit"
for topic in $(series_topics); do
	want=$(KGIT_DIR=$LINUX kgit rev-parse "refs/project/topics/$topic^{tree}")
	same "modern-bpf-$topic^{tree}" "tag modern-bpf-$topic of build/export/git"
done
say OK "git: by git fetch on what make-base makes of the base; a tag for each topic"
