#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# build/base: the pristine base kernel, in the version that BASE_VERSION asks for, or else
# the first of those tested (base.mk) that apt offers. build/base.version says which was
# asked for, or "tested" or "untested", and which is there.
. "$(dirname "$0")/lib/lib.sh"

tarball=usr/src/${BASE_PACKAGE:?}.tar.xz
tmp=$BUILD/source.tmp
read -ra tested <<<"${BASE_TESTED:?}"
asked=${BASE_VERSION-} version=
names=$(printf '%s\n' "${tested[@]%=*}" | paste -sd ' ')

checksum() { tr ' ' '\n' <<<"$BASE_TESTED ${BASE_OLDER-}" | sed -n "s/^$1=//p"; }
matches() { [ "$(sha256sum <"$2" | cut -d' ' -f1)" = "$(checksum "$1")" ]; }
offered() { apt-cache madison "$BASE_PACKAGE" 2>/dev/null | awk '{ print $3 }'; }
download() { (cd "$tmp" && apt-get -qq -o APT::Sandbox::User=root download "$BASE_PACKAGE=$1" 2>/dev/null); }
# The version to take, of those that apt knows
choose() { tr ' ' '\n' <<<"${asked:-$names}" | grep -xFf <(offered) | sed -n 1p; }
get() { version=$(choose) && [ -n "$version" ] && say FETCH "$BASE_PACKAGE $version" && download "$version"; }

fetch() {
	get && return
	[ "$(id -u)" != 0 ] || apt-get -qq update || true
	get && return
	version=$(offered | sed -n 1p)
	[ -n "$version" ] || die "apt offers no $BASE_PACKAGE (Debian 12 with security updates has it)"
	[ -z "$asked" ] || die "apt does not offer $BASE_PACKAGE $asked: it has" "$(offered | paste -sd ' ')"
	say NOTE "apt offers none of the versions that are tested ($names); using $version, which is not"
	asked=untested
	download "$version" || die "cannot download $BASE_PACKAGE=$version"
}

# Is what is there what is wanted?
if [ -e "$BASE" ] && { read -r was && read -r have; } <"$BUILD/base.version"; then
	[ "$was" != untested ] || [ -n "$asked" ] || exit 0
	case " ${asked:-$names} " in *" $have "*) exit 0 ;; esac
	die "build/base is $have, not ${asked:-one of $names}: make refresh if needed, then make distclean"
fi

rm -rf "$tmp"
mkdir -p "$tmp/linux"
for v in ${asked:-$names}; do
	[ -z "$version" ] && [ -f "/$tarball" ] && matches "$v" "/$tarball" && version=$v
done
if [ -n "$version" ]; then
	tarball=/$tarball
else
	fetch
	dpkg-deb --fsys-tarfile "$tmp"/*.deb | tar -x -C "$tmp" "./$tarball"
	tarball=$tmp/$tarball
	[ -z "$(checksum "$version")" ] || matches "$version" "$tarball" ||
		die "the tarball of $version is not the one that base.mk names (sha256 differs)"
fi
say UNPACK "$version"
tar -xJf "$tarball" -C "$tmp/linux" --strip-components=1
mv "$tmp/linux" "$BASE"
printf '%s\n' "${asked:-tested}" "$version" >"$BUILD/base.version"
rm -rf "$tmp"
