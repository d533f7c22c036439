#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Build the documentation of the series, warnings as errors, with the kernel's own
# extension for comments in the source; check those comments. What a page shows of a file,
# in the code-block behind ".. from FILE", has to be in that file.
. "$(dirname "$0")/../lib/lib.sh"

cd "$ROOT"
# shellcheck disable=SC2016 # awk's
overlay_files | grep '\.rst$' | xargs awk '
function compare(	line, all) {
	while ((getline line < file) > 0)
		all = all line "\n"
	close(file)
	sub(/^\n+/, "", block)
	sub(/\n+$/, "\n", block)
	if (block == "" || !index(all, block)) {
		print page ": what it shows of " file " is not there"
		bad = 1
	}
	file = block = shown = ""
}
/^[^\t]/ && shown { compare() }
/^\.\. from / { page = FILENAME; file = $3 }
shown { sub(/^\t/, ""); block = block $0 "\n" }
file && /^\.\. code-block::/ { shown = 1 }
END { if (file) compare(); exit bad }'

dir=$BUILD/docs
src=$dir/source/Documentation
rm -rf "$dir/source"
mkdir -p "$src"
overlay_files | sed -n 's,^Documentation/\(.*\.rst\)$,\1,p' | while read -r f; do
	mkdir -p "$(dirname "$src/$f")"
	ln -s "$ROOT/Documentation/$f" "$src/$f"
done
# What the pages include has its place relative to them.
ln -s "$LINUX"/{include,kernel,tools} "$dir/source/"
{
	printf 'Documentation\n=============\n\n.. toctree::\n\n'
	(cd "$src" && find . -name '*.rst' | sed 's,^\./\(.*\)\.rst$,   \1,' | sort)
} >"$dir/index"
mv "$dir/index" "$src/index.rst"
cat >"$src/conf.py" <<EOF
import sys
sys.path.insert(0, "$LINUX/Documentation/sphinx")
project = "Modern BPF for Linux 6.1"
extensions = ["kerneldoc"]
kerneldoc_bin = "$LINUX/scripts/kernel-doc"
kerneldoc_srctree = "$LINUX"
EOF
srctree=$LINUX sphinx-build -q -W --keep-going -b html "$src" "$dir/html"

overlay_files | sed -n '/^tools\//d; /\.[ch]$/p' | while read -r f; do
	! grep -q '^/\*\*$' "$ROOT/$f" || perl "$LINUX/scripts/kernel-doc" -none -Werror "$ROOT/$f"
done

"$ROOT/scripts/check/messages.sh"
"$ROOT/scripts/check/kfuncs.sh"
