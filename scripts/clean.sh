#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# clean.sh [all]: remove what was built; with "all" the sources too, unless
# build/linux holds commits or edits that patches/ lacks.
. "$(dirname "$0")/lib/lib.sh"

[ -d "$BUILD" ] || exit 0
if [ "${1-}" = all ]; then
	if [ -d "$LINUX/.git" ]; then
		tip=$(kgit rev-parse -q --verify refs/project/synced || kgit rev-parse base)
		{ [ "$tip" = "$(kgit rev-parse HEAD)" ] && kgit diff --quiet HEAD; } ||
			die "build/linux has work that patches/ lacks: make refresh, or remove $BUILD by hand"
	fi
	say RM "$BUILD"
	rm -rf "${BUILD:?}"
else
	say CLEAN "$BUILD"
	find "$BUILD" -mindepth 1 -maxdepth 1 ! -name linux ! -name base ! -name base.version \
		! -name overlay.list -exec rm -rf {} +
fi
