#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Install the Debian packages that a group of targets needs: build, check, export, arm64.
. "$(dirname "$0")/lib/lib.sh"

build="bc binutils-dev bison build-essential ca-certificates ccache clang-19 cpio
	flex git iproute2 kmod libcap-dev libelf-dev libssl-dev llvm-19
	pahole perl pkgconf procps python3 qemu-system-x86 rsync xz-utils zlib1g-dev"
check="$build docutils-common python3-docutils python3-sphinx shellcheck sparse"
forms="$build nix-bin quilt"
arm64="$build gcc-aarch64-linux-gnu libc6-dev-arm64-cross"

case $1 in
build) want=$build ;;
check) want=$check ;;
export) want=$forms ;;
arm64) want=$arm64 ;;
*) die "unknown group $1" ;;
esac
command -v dpkg-query >/dev/null || die "this needs a Debian 12 system (dpkg-query is missing)"

# shellcheck disable=SC2086 # a list of packages
have=$(dpkg-query -W -f '${Package}:${db:Status-Status}\n' $want 2>/dev/null || true)
missing=
for p in $want; do
	grep -qx "$p:installed" <<<"$have" || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
[ "$(id -u)" = 0 ] || die "packages are missing; run: sudo $install"
say APT "${missing# }"
export DEBIAN_FRONTEND=noninteractive
log=$BUILD/apt.log
mkdir -p "$BUILD"
# shellcheck disable=SC2086 # a list of packages
{ apt-get -q update && $install; } >"$log" 2>&1 </dev/null ||
	die "installing packages failed, see $log; by hand: $install"
