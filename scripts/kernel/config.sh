#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# config.sh SRC OBJ FRAGMENT...: configure OBJ from allnoconfig, kvm_guest.config and
# fragments of this project's kernel/configs. It gives the same as
# "make allnoconfig kvm_guest.config FRAGMENT..." in a tree that has the fragments.
. "$(dirname "$0")/../lib/lib.sh"

src=$1 obj=$2
shift 2
fragments=("$src/kernel/configs/kvm_guest.config" "${@/#/$ROOT/kernel/configs/}")
sum=$(cat "${fragments[@]}" | sha256sum)
mkdir -p "$obj"

if [ "$(cat "$obj/.fragments" 2>/dev/null)" != "$sum" ]; then
	say CONFIG "$*"
	rm -f "$obj/.config" "$obj/.fragments"
	kmake "$src" "$obj" -s allnoconfig
	(
		unset KCONFIG_CONFIG
		cd "$src"
		scripts/kconfig/merge_config.sh -m -O "$obj" "$obj/.config" "${fragments[@]}"
	) >"$obj/config.log"
fi
kmake "$src" "$obj" -s olddefconfig 2>>"$obj/config.log"
"$ROOT/scripts/kernel/config-check.sh" "$obj/.config" "${fragments[@]:1}"
echo "$sum" >"$obj/.fragments"
