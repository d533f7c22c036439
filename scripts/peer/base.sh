#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# base.sh: print the image of a stock kernel. That is build/stock, if "make kernel-stock"
# has built it, or else Debian's own, of the version that the series stands on: it takes no
# build, and boots from an initramfs.
. "$(dirname "$0")/../lib/lib.sh"

version=$(sed -n 2p "$BUILD/base.version")
dir=$BUILD/peer/base-$version
packages='^linux-image-6\.1\.0-[0-9]+-cloud-amd64-unsigned$'

fetch() {
	local name
	mkdir -p "$dir"
	name=$(apt-cache search --names-only "$packages" | cut -d' ' -f1 | sort -V | tail -1)
	say FETCH "$name $version" >&2
	(cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "$name=$version" >&2 &&
		dpkg-deb --fsys-tarfile ./*.deb | tar -xO --wildcards './boot/vmlinuz-*' >vmlinuz.tmp &&
		mv vmlinuz.tmp vmlinuz)
}

lock peer-base
if [ -e "$BUILD/stock/bzImage" ]; then
	echo "$BUILD/stock/bzImage"
else
	[ -e "$dir/vmlinuz" ] || fetch || die "there is no kernel $version to be had: make kernel-stock"
	echo "$dir/vmlinuz"
fi
