#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# outbox.sh: try the series of outbox/ on the kernel that outbox/base.mk names. Each has to
# apply alone, where every patch has to compile, and after those before it. Their tests run
# on Debian's binary of that version, which has none of them, and on a kernel that has all;
# outbox/README gets the table of what they say.
. "$(dirname "$0")/lib/lib.sh"

here=$ROOT/scripts/outbox dir=$BUILD/outbox
readme=$ROOT/outbox/README
mapfile -t names < <(grep -v '^#' "$ROOT/outbox/series")

"$here/source.sh"
PEER_SUITE=$OUTBOX_SUITE PEER_PACKAGE="^${OUTBOX_BINARY//./\\.}\$" \
	"$ROOT/scripts/peer/mainline.sh" >"$dir/before"
"$here/apply.sh"
"$here/bpftool.sh" before
"$here/apply.sh" "${names[@]}"
"$here/kernel.sh"
"$here/bpftool.sh" after
"$here/tests.sh" "${names[@]}"

for kernel in before after; do
	"$here/run.sh" "$kernel" "${names[@]}"
done
mapfile -t lists < <(printf "$ROOT/outbox/%s/tests\n" "${names[@]}")
awk -f "$here/table.awk" "${lists[@]}" "$dir"/results.{before,after} >"$dir/table"
# shellcheck disable=SC2016 # awk's
awk -v table="$dir/table" '
	/^\| series / { while ((getline line < table) > 0) print line }
	!/^\|/' "$readme" >"$dir/README"
cmp -s "$dir/README" "$readme" || cp "$dir/README" "$readme"
cat "$dir/table"

for name in "${names[@]}"; do
	(cd "$dir/linux" && scripts/checkpatch.pl --strict --terse --show-types --no-summary \
		--ignore MISSING_SIGN_OFF,FILE_PATH_CHANGES \
		"$ROOT/outbox/$name"/000[1-9]*.patch 2>"$dir/checkpatch.log")
	"$here/apply.sh" "$name"
	"$here/objects.sh"
done
! grep -q 'BAD' "$dir/table" || die "a test does not say what it should"
