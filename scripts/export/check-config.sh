#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# The fragments are all that configurations which lack something need: x86_64_defconfig, and
# a kernel with hardly anything.
. "$(dirname "$0")/../lib/lib.sh"
. "$ROOT/scripts/lib/export.sh"

obj=$BUILD/export.check/obj
more=${FRAGMENT%.config}-more.config

report() { "$ROOT/scripts/config-report.sh" "$obj/.config"; }
# merge DEFCONFIG FRAGMENT...
merge() {
	rm -f "$obj/.config"
	kmake "$LINUX" "$obj" -s "$1" >"$obj/log" 2>&1 || die "$1: $(tail -5 "$obj/log")"
	! report >/dev/null || die "$1 lacks nothing: the fragment is not tested"
	(cd "$LINUX" && scripts/kconfig/merge_config.sh -m -O "$obj" "$obj/.config" "${@:2}") >>"$obj/log"
	kmake "$LINUX" "$obj" -s olddefconfig 2>>"$obj/log"
	"$ROOT/scripts/kernel/config-check.sh" "$obj/.config" "${@:2}"
	report >"$obj/report" || die "$1 with ${*:2} lacks: $(cat "$obj/report")"
}

mkdir -p "$obj"
for form in yocto/recipes-kernel/linux/modern-bpf/modern-bpf.cfg debian/config/modern-bpf.config \
		buildroot/board/modern-bpf/linux.config; do
	cmp -s "$FRAGMENT" "$EXPORT/$form" || die "build/export/$form is not $FRAGMENT"
done
merge tinyconfig "$FRAGMENT"
merge x86_64_defconfig "$FRAGMENT" "$more"
[ "$(cat "$obj/report")" = "  lacks nothing" ] || die "the fragments do not set: $(cat "$obj/report")"
say OK "fragments: by merge_config.sh on tinyconfig and x86_64_defconfig"
