#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Commit to a tree of the base (KGIT_DIR) what 6.1.y has by now, the series builds on, and
# an older base lacks: base/*.diff. Their text says since when it is there.
. "$(dirname "$0")/../lib/lib.sh"

for fix in "$ROOT"/base/*.diff; do
	kgit apply --reverse --check "$fix" 2>/dev/null && continue
	say FIX "${fix##*/}"
	kgit apply --index "$fix" || die "the base neither has base/${fix##*/} nor takes it"
	kgit commit -q -m "$(sed '1,2d; /^---$/,$d' "$fix")"
done
