#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# patches/ keeps its rules, and survives import and export.
. "$(dirname "$0")/lib/lib.sh"

lock check-patches
out=$BUILD/check-patches.tmp
"$ROOT/scripts/check/series.sh"

rm -rf "$out"
tip=$("$ROOT/scripts/series/import.sh")
"$ROOT/scripts/series/export.sh" "$tip" "$out"
# make refresh leaves patches alone of which only blob ids differ
diff -r -I '^index [0-9a-f]\{40\}\.\.' -x README -x cover-letter "$PATCHES" "$out" ||
	die "patches/ is not what make refresh writes"
rm -rf "$out"
say CHECK "$(series_patches | wc -l) patches, $(overlay_files | wc -l) new files"
