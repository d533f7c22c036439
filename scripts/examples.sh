#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# examples.sh [PREFIX]: build/examples, a copy of examples/ that is built with the SDK in
# PREFIX, each with its own Makefile, as whoever copies one does.
. "$(dirname "$0")/lib/lib.sh"

prefix=$(realpath -m "${1:-$BUILD/sdk}")
stamp=$BUILD/examples.stamp
fresh "$stamp" "$ROOT/examples" "$BUILD/sdk${prefix//\//-}.stamp" "$0" && exit 0

stamp_begin "$stamp"
rm -rf "$BUILD/examples"
(cd "$ROOT" && git ls-files -z --cached --others --exclude-standard examples |
	xargs -0 cp --parents -t "$BUILD")
for dir in "$BUILD"/examples/*/; do
	say EXAMPLE "$(basename "$dir")"
	make -s -C "$dir" SDK="$prefix" CC="${CCACHE}gcc -Werror" CLANG="clang-19 -Werror" ||
		die "an example does not build"
done
stamp_end "$stamp"
