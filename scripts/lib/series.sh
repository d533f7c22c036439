# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Common to the scripts: the overlay, the series, git in the kernel tree.

OVERLAY_DIRS="arch block Documentation drivers fs include init kernel lib mm
	net samples security tools"

# Files that this project adds to the kernel tree, at their in-tree paths.
overlay_files() {
	# shellcheck disable=SC2086 # a list of directories
	env -u GIT_INDEX_FILE git -C "$ROOT" ls-files --cached --others --exclude-standard -- $OVERLAY_DIRS |
		sort -u | while read -r f; do [ ! -f "$ROOT/$f" ] || echo "$f"; done
}

# Patch files in apply order; topics likewise
series_patches() { sed -n '/^[^#+ ]/p' "$PATCHES/series"; }
series_topics() { series_patches | sed 's,/.*,,' | uniq; }
# "patch<TAB>overlay file" for every claim. A claim may be a pattern; a line that names
# the file has precedence over patterns, and a long pattern over a short one.
series_claims() { overlay_files | awk -f "$ROOT/scripts/series/claims.awk" "$PATCHES/series" -; }
series_idle_claims() { overlay_files | awk -v idle=1 -f "$ROOT/scripts/series/claims.awk" "$PATCHES/series" -; }
series_hash() {
	(cd "$PATCHES" && { cat series; series_patches | xargs -r cat; }) | sha256sum
}

# git in build/linux, whatever the user's own configuration says
kgit() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -C "${KGIT_DIR:-$LINUX}" \
		-c advice.detachedHead=false -c gc.auto=0 "$@"
}

# "mode blob<TAB>file" for the overlay files on stdin, with the blobs in the repository
overlay_entries() {
	local files
	files=$(cat)
	paste <(while read -r f; do [ -x "$ROOT/$f" ] && echo 100755 || echo 100644; done <<<"$files") \
		<(printf '%s\n' "$files" | sed "s,^,$ROOT/," | kgit hash-object -w --no-filters --stdin-paths) \
		- <<<"$files" | sed 's/\t/ /'
}
