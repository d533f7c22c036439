#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# apply.sh [SERIES...]: build/outbox/linux is the base with these series. A series that is
# applied in the same way already is not applied again, so that little is built again.
. "$(dirname "$0")/../lib/lib.sh"

linux=$BUILD/outbox/linux
cd "$linux"
git diff --quiet HEAD || die "build/outbox/linux has uncommitted changes"
mails=()
for name; do
	mails+=("$ROOT/outbox/$name"/[0-9]*.patch)
	mails=("${mails[@]/*0000-cover-letter.patch/}")
done
id=$(for m in base "${mails[@]}"; do [ -z "$m" ] || sha256sum "$m" 2>/dev/null || echo "$m"; done |
	cut -d' ' -f1 | sha256sum | cut -c1-12)
if git rev-parse -q --verify "try/$id" >/dev/null; then
	git checkout -q "try/$id"
	exit
fi
say APPLY "${*:-nothing}"
git checkout -q --detach base
for m in "${mails[@]}"; do
	[ -z "$m" ] || git am -q "$m" || {
		git am --abort
		die "${m#"$ROOT/"} does not apply (with: $*)"
	}
done
git branch "try/$id"
git checkout -q "try/$id"
