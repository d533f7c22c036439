#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Link every overlay file into a kernel tree (build/linux by default), drop links
# to files that are gone, and hide the links from git.
. "$(dirname "$0")/../lib/lib.sh"

tree=${1:-$LINUX}
list=$BUILD/overlay.list
exclude=$(kgit rev-parse --path-format=absolute --git-path info/exclude)

overlay_files >"$list.new"
while read -r f; do
	[ "$(readlink "$tree/$f" || true)" != "$ROOT/$f" ] || continue
	[ -L "$tree/$f" ] || [ ! -e "$tree/$f" ] ||
		die "$tree/$f is a file where a link to the overlay belongs"
	mkdir -p "$(dirname "$tree/$f")"
	ln -sfn "$ROOT/$f" "$tree/$f"
done <"$list.new"

if [ -f "$list" ]; then
	comm -23 "$list" "$list.new" | while read -r f; do
		[ ! -L "$tree/$f" ] || rm "$tree/$f"
	done
fi
mv "$list.new" "$list"
mkdir -p "$(dirname "$exclude")"
sed 's,^,/,' "$list" >"$exclude"
