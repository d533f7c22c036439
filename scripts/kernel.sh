#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# kernel.sh ours|debug|stock: configure and build one kernel.
. "$(dirname "$0")/lib.sh"

src=$LINUX frags="$ROOT/kernel/configs/bpf-vm.config"
case $1 in
ours) obj=$BUILD/obj out=$BUILD ;;
debug) obj=$BUILD/obj-debug out=$BUILD/debug frags="$frags $ROOT/kernel/configs/bpf-debug.config" ;;
stock) obj=$BUILD/stock-obj out=$BUILD/stock src=$BASE ;;
*) die "unknown kernel $1" ;;
esac
stamp=$obj/.stamp

# What the build reads: everything but tools and documents, plus objtool and resolve_btfids.
inputs=$(find "$src" -mindepth 1 -maxdepth 1 ! -name .git ! -name tools ! -name Documentation)
tools=$(cd "$src/tools" && printf "$src/tools/%s " arch build include lib/subcmd objtool bpf/resolve_btfids)
# shellcheck disable=SC2086 # lists
[ -e "$out/bzImage" ] && fresh "$stamp" $inputs $tools $frags "$0" && exit 0

kmake() {
	make -C "$src" O="$obj" -j"$JOBS" --no-print-directory LOCALVERSION= CC="${CCACHE}gcc" \
		KBUILD_BUILD_USER=bpf KBUILD_BUILD_HOST=vm KBUILD_BUILD_VERSION=1 \
		KBUILD_BUILD_TIMESTAMP="2026-01-01" "$@"
}

configure() {
	say CONFIG "$1"
	[ -f "$obj/.config" ] || kmake -s allnoconfig
	# shellcheck disable=SC2086 # a list of fragments
	(unset KCONFIG_CONFIG; cd "$src"; scripts/kconfig/merge_config.sh -m -O "$obj" \
		"$obj/.config" kernel/configs/kvm_guest.config $frags) >"$obj/config.log"
	kmake -s olddefconfig 2>>"$obj/config.log"
	# shellcheck disable=SC2086 # a list of fragments
	"$ROOT/scripts/config-check.sh" "$obj/.config" $frags
}

stamp_begin "$stamp"
# shellcheck disable=SC2086 # a list of fragments
sum=$(cat "$src/kernel/configs/kvm_guest.config" $frags | sha256sum)
if [ "$(cat "$obj/.fragments" 2>/dev/null)" != "$sum" ]; then
	rm -f "$obj/.config"
	configure "$1"
	echo "$sum" >"$obj/.fragments"
else
	kmake -s olddefconfig
fi
kmake bzImage || die "the kernel ($1) does not build"

mkdir -p "$out"
ln -sfr "$obj/vmlinux" "$out/vmlinux"
ln -sfr "$obj/arch/x86/boot/bzImage" "$out/bzImage"
objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc "$obj/vmlinux" "$obj/vmlinux.btf"
cmp -s "$obj/vmlinux.btf" "$out/vmlinux.btf" || cp "$obj/vmlinux.btf" "$out/vmlinux.btf"
stamp_end "$stamp"
