#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# source.sh: build/outbox/linux, a git repository of the kernel that outbox/base.mk names,
# with the tag "base".
. "$(dirname "$0")/../lib/lib.sh"

dir=$BUILD/outbox
linux=$dir/linux
tarball=$BUILD/peer/${OUTBOX_SUITE:?}/root/usr/src/${OUTBOX_SOURCE:?}.tar.xz
mkdir -p "$dir"
[ "$(cat "$dir/version" 2>/dev/null)" != "${OUTBOX_VERSION:?}" ] || exit 0

"$ROOT/scripts/peer/fetch.sh" "$OUTBOX_SUITE" "^${OUTBOX_SOURCE//./\\.}\$"
sha256sum "$tarball" | grep -q "^${OUTBOX_SHA256:?} " ||
	die "the source is not the one that outbox/base.mk names ($OUTBOX_VERSION)"
say UNPACK "$OUTBOX_SOURCE $OUTBOX_VERSION"
rm -rf "$linux"
mkdir -p "$linux"
tar -xJf "$tarball" -C "$linux" --strip-components=1
say GIT "$OUTBOX_SOURCE $OUTBOX_VERSION"
git init -q -b debian "$linux"
cd "$linux"
git config user.name "Modern BPF for Linux 6.1"
git config user.email series@modern-bpf.invalid
git config gc.auto 0
# -f: Debian's .gitignore hides files that are part of the source.
git -c core.bigFileThreshold=1 -c core.compression=1 add -Af
git commit -q -m "Linux $OUTBOX_VERSION (Debian $OUTBOX_SOURCE)"
git tag base
echo "$OUTBOX_VERSION" >"$dir/version"
