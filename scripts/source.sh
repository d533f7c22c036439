#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# build/base: the pristine base kernel. build/base.version says which was asked
# for and which is there.
. "$(dirname "$0")/lib.sh"

tarball=usr/src/${BASE_PACKAGE:?}.tar.xz
tmp=$BUILD/source.tmp
[ "$(sed -n 1p "$BUILD/base.version" 2>/dev/null)" != "${BASE_VERSION:?}" ] || exit 0
[ ! -e "$BASE" ] || die "build/base is not $BASE_VERSION: make refresh if needed, then make distclean"

matches() { [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$BASE_SHA256" ]; }
download() { (cd "$tmp" && apt-get -qq -o APT::Sandbox::User=root download "$BASE_PACKAGE=$1" 2>/dev/null); }
newest() { apt-cache madison "$BASE_PACKAGE" | awk 'NR == 1 { print $3 }'; }

fetch() {
	say FETCH "$BASE_PACKAGE $BASE_VERSION"
	if ! download "$BASE_VERSION"; then
		[ "$(id -u)" != 0 ] || apt-get -qq update || true
		download "$BASE_VERSION" || version=$(newest)
	fi
	[ -n "$version" ] || die "apt offers no $BASE_PACKAGE (Debian 12 with security updates has it)"
	if [ "$version" != "$BASE_VERSION" ]; then
		say NOTE "base $BASE_VERSION is no longer offered; using $version, which is untested"
		download "$version" || die "cannot download $BASE_PACKAGE=$version"
	fi
	dpkg-deb --fsys-tarfile "$tmp"/*.deb | tar -x -C "$tmp" "./$tarball"
}

rm -rf "$tmp"
mkdir -p "$tmp/linux"
version=$BASE_VERSION
if [ -n "$BASE_SHA256" ] && [ -f "/$tarball" ] && matches "/$tarball"; then
	tarball=/$tarball
else
	fetch
	tarball=$tmp/$tarball
	[ "$version" != "$BASE_VERSION" ] || [ -z "$BASE_SHA256" ] || matches "$tarball" ||
		die "the tarball of $version is not the one that base.mk pins (sha256 differs)"
fi
say UNPACK "$version"
tar -xJf "$tarball" -C "$tmp/linux" --strip-components=1
mv "$tmp/linux" "$BASE"
printf '%s\n' "$BASE_VERSION" "$version" >"$BUILD/base.version"
rm -rf "$tmp"
