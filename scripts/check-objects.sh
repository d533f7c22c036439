#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# W=1 and sparse on the objects of the series: no warning that the base does not give.
. "$(dirname "$0")/lib.sh"

dir=$BUILD/check
mapfile -t objects < <("$ROOT/scripts/objects.sh")
[ ${#objects[@]} != 0 ] || exit 0

# warnings SRC OBJ OBJECT...: sorted, without places, so that moved lines are the same
warnings() {
	local src=$1 obj=$2
	shift 2
	"$ROOT/scripts/config.sh" "$src" "$obj" bpf-vm.config >&2
	(cd "$obj" && rm -f "$@")
	kmake "$src" "$obj" -s -k W=1 C=2 CHECK=sparse "$@" 2>&1 |
		sed -nE 's,^(\.\./)*,,; s,^.*/(linux|base)/,,; s/:[0-9]+(:[0-9]+)?: ((warning|error):.*)/: \2/p;
			/^make.*\*\*\*/p' | sort -u
}

mkdir -p "$dir"
warnings "$LINUX" "$BUILD/obj-check/ours" "${objects[@]}" >"$dir/ours.warnings"
# Of the base, only what gives warnings now matters.
mapfile -t old < <(for o in "${objects[@]}"; do
	f=${o%.o}.c
	[ ! -e "$BASE/$f" ] || [ ! -s "$dir/ours.warnings" ] || echo "$o"
done)
if [ ${#old[@]} != 0 ]; then
	warnings "$BASE" "$BUILD/obj-check/base" "${old[@]}" >"$dir/base.warnings"
else
	: >"$dir/base.warnings"
fi
new=$(comm -13 "$dir/base.warnings" "$dir/ours.warnings")
[ -z "$new" ] || die "warnings that the base does not give:
$new"
