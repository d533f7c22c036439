# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Common to the scripts: the overlay, the series, git in the kernel tree.

OVERLAY_DIRS="arch block Documentation drivers fs include init kernel lib mm
	net samples security tools"

# Files that this project adds to the kernel tree, at their in-tree paths.
overlay_files() {
	# shellcheck disable=SC2086 # a list of directories
	git -C "$ROOT" ls-files --cached --others --exclude-standard -- $OVERLAY_DIRS |
		sort -u | while read -r f; do [ ! -f "$ROOT/$f" ] || echo "$f"; done
}

# Patch files in apply order, and "patch<TAB>overlay file" for every claim; a claim
# that ends in / is for all overlay files below.
series_patches() { sed -n '/^[^#+ ]/p' "$PATCHES/series"; }
series_claims() {
	local patch file
	awk '/^\+ / { print patch, $2; next } /^[^# ]/ { patch = $1 }' "$PATCHES/series" |
		while read -r patch file; do
			case $file in
			*/) overlay_files | sed -n "\\,^$file,s,^,$patch\t,p" ;;
			*) printf '%s\t%s\n' "$patch" "$file" ;;
			esac
		done
}
series_hash() {
	(cd "$PATCHES" && { cat series; series_patches | xargs -r cat; }) | sha256sum
}

# git in build/linux, whatever the user's own configuration says
kgit() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -C "${KGIT_DIR:-$LINUX}" \
		-c advice.detachedHead=false -c gc.auto=0 "$@"
}
