#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# export.sh SERIES COMMIT: write the commits from the base of build/outbox/linux to COMMIT to
# outbox/SERIES. The subject and the text of the cover letter that is there stay; what
# git writes below them is new.
. "$(dirname "$0")/../lib/lib.sh"

name=$1 dir=$ROOT/outbox/$1 tmp=$BUILD/outbox/export
cover=$dir/0000-cover-letter.patch
linux=$BUILD/outbox/linux
author="$(git -C "$linux" config user.name) <$(git -C "$linux" config user.email)>"

# What is ours in a cover letter: to the list of authors, which git writes
text() { awk '/^$/ { body = 1 } body && / \([0-9]+\):$/ { exit } body' "$1"; }
subject() { sed -n '1,/^$/ { s/^Subject: \[[^]]*\] //p; /^Subject/,/^[^ ]/ s/^ / /p }' "$1" | tr -d '\n'; }

rm -rf "$tmp"
git -C "$linux" format-patch -q --cover-letter --zero-commit --no-signature -N \
	--subject-prefix='PATCH bpf-next' --from="$author" -n -o "$tmp" "base..$2"
if [ -e "$cover" ]; then
	text "$cover" >"$tmp/text"
	subject=$(subject "$cover")
	awk -v subject="$subject" -v text="$tmp/text" '
		/^Subject: / { sub(/\*\*\* SUBJECT HERE \*\*\*/, subject) }
		/^$/ && !body {
			body = 1
			while ((getline line < text) > 0)
				print line
			next
		}
		body && / \([0-9]+\):$/ { list = 1 }
		!body || list' "$tmp/0000-cover-letter.patch" >"$tmp/new"
	mv "$tmp/new" "$tmp/0000-cover-letter.patch"
fi
rm -f "$dir"/[0-9]*.patch
mkdir -p "$dir"
mv "$tmp"/[0-9]*.patch "$dir"
