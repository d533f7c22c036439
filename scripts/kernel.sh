#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# kernel.sh ours|debug|stock|kcsan|up|arm64: configure and build one kernel.
. "$(dirname "$0")/lib/lib.sh"

src=$LINUX fragments=bpf-vm.config image=arch/x86/boot/bzImage options=()
case $1 in
ours) obj=$BUILD/obj out=$BUILD ;;
debug) obj=$BUILD/obj-debug out=$BUILD/debug fragments="$fragments bpf-debug.config" ;;
stock) obj=$BUILD/stock-obj out=$BUILD/stock src=$BASE ;;
kcsan)
	obj=$BUILD/obj-kcsan out=$BUILD/kcsan fragments="$fragments bpf-kcsan.config"
	# Races are looked for in the new files alone: the rest of the kernel has some of its own.
	options=(KCSAN_SANITIZE=n)
	for o in $(overlay_files | sed -n 's,^kernel/bpf/\(.*\)\.c$,\1.o,p'); do
		options+=("KCSAN_SANITIZE_$o=y")
	done ;;
up) obj=$BUILD/obj-up out=$BUILD/up fragments="$fragments bpf-up.config" ;;
arm64)
	obj=$BUILD/obj-arm64 out=$BUILD/arm64 fragments="$fragments bpf-arm64.config"
	image=arch/arm64/boot/Image
	export ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- ;;
*) die "unknown kernel $1" ;;
esac
stamp=$obj/.stamp

# What the build reads: all but documents and tools, and of these what it runs.
mapfile -t inputs < <(
	find "$src" -mindepth 1 -maxdepth 1 ! -name .git ! -name tools ! -name Documentation
	printf "$src/tools/%s\n" arch build include lib/subcmd objtool bpf/resolve_btfids
	printf "$ROOT/%s\n" kernel/configs scripts/kernel.sh scripts/kernel/config.sh)
[ ! -e "$out/${image##*/}" ] || ! fresh "$stamp" "${inputs[@]}" || exit 0

stamp_begin "$stamp"
# shellcheck disable=SC2086 # a list of names
"$ROOT/scripts/kernel/config.sh" "$src" "$obj" $fragments
kmake "$src" "$obj" "${options[@]}" "${image##*/}" || die "the kernel ($1) does not build"

mkdir -p "$out"
ln -sfr "$obj/vmlinux" "$out/vmlinux"
ln -sfr "$obj/$image" "$out/${image##*/}"
# The types change less often than the kernel: a file of their own to depend on.
"${CROSS_COMPILE-}objcopy" --dump-section .BTF="$obj/vmlinux.btf" "$obj/vmlinux" "$obj/vmlinux.tmp"
rm "$obj/vmlinux.tmp"
cmp -s "$obj/vmlinux.btf" "$out/vmlinux.btf" || cp "$obj/vmlinux.btf" "$out/vmlinux.btf"
stamp_end "$stamp"
