#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# kernel.sh SRC OBJ [FRAGMENT...]: build SRC as User Mode Linux, OBJ/vmlinux. Its verifier runs
# as fast as the machine; programs are loaded, but nothing runs them (jit.c).
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/lib.sh"

src=$1 obj=$2
shift 2
um=$ROOT/scripts/um
fragments=("$um/um.config" "$@")
mapfile -t inputs < <(
	find "$src" -mindepth 1 -maxdepth 1 ! -name .git ! -name tools ! -name Documentation
	printf '%s\n' "${fragments[@]}" "$um"/{Kconfig,jit.c,fpregs.h,lib.sh,kernel.sh})
[ ! -e "$obj/vmlinux" ] || ! fresh "$obj/.stamp" "${inputs[@]}" || exit 0

stamp_begin "$obj/.stamp"
cat "$src/Kconfig" "$um/Kconfig" >"$obj/Kconfig.um"
cat "${fragments[@]}" >"$obj/all.config"
um_make "$src" "$obj" -s KCONFIG_ALLCONFIG="$obj/all.config" allnoconfig 2>"$obj/config.log"
"$ROOT/scripts/kernel/config-check.sh" "$obj/.config" "${fragments[@]}"
say UM "${obj##*/}"
um_make "$src" "$obj" vmlinux >"$obj/build.log" 2>&1 ||
	die "$src does not build as User Mode Linux, see $obj/build.log"
stamp_end "$obj/.stamp"
