#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# kernel.sh: build the kernel of build/outbox/linux, with outbox/kernel.config: the file whose
# name is in build/outbox/after, and build/outbox/vmlinux.btf, its types.
. "$(dirname "$0")/../lib/lib.sh"

dir=$BUILD/outbox
linux=$dir/linux obj=$dir/obj fragment=$ROOT/outbox/kernel.config
tree=$(git -C "$linux" rev-parse 'HEAD^{tree}')
sum=$(sha256sum <"$fragment")
[ "$(cat "$obj/.built" 2>/dev/null)" != "$tree $sum" ] || exit 0

mkdir -p "$obj"
if [ "$(cat "$obj/.fragment" 2>/dev/null)" != "$sum" ]; then
	say CONFIG "outbox"
	kmake "$linux" "$obj" -s KCONFIG_ALLCONFIG="$fragment" allnoconfig
	"$ROOT/scripts/kernel/config-check.sh" "$obj/.config" "$fragment"
	echo "$sum" >"$obj/.fragment"
fi
say KERNEL "$(git -C "$linux" log -1 --format=%s)"
kmake "$linux" "$obj" -s bzImage >"$dir/kernel.log" 2>&1 ||
	{ tail -20 "$dir/kernel.log"; die "the kernel does not build, see $dir/kernel.log"; }
objcopy --dump-section .BTF="$dir/vmlinux.btf" "$obj/vmlinux" "$obj/vmlinux.tmp"
rm "$obj/vmlinux.tmp"
echo "$obj/arch/x86/boot/bzImage" >"$dir/after"
echo "$tree $sum" >"$obj/.built"
