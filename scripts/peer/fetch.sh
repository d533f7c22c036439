#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# fetch.sh SUITE REGEX...: download packages of another suite of Debian (sid, trixie,
# experimental) and unpack them into build/peer/SUITE/root. Nothing is installed, and the
# machine's apt knows nothing of it. Of the packages that match a regular expression, the
# newest; one that is there already stays. With DEB_ARCH=arm64, packages of that
# architecture, in build/peer/SUITE-arm64.
. "$(dirname "$0")/../lib/lib.sh"

suite=$1
shift
dir=$BUILD/peer/$suite${DEB_ARCH:+-$DEB_ARCH}
options=(-qq ${DEB_ARCH:+-o "APT::Architecture=$DEB_ARCH" -o "APT::Architectures=$DEB_ARCH"}
	-o "Dir::Etc::sourcelist=$dir/apt/sources.list" -o Dir::Etc::sourceparts=/nonexistent
	-o "Dir::State::lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt/cache" -o APT::Sandbox::User=root
	-o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30)
mkdir -p "$dir"/apt/{lists/partial,cache/archives/partial} "$dir/deb" "$dir/root"
lock "peer-${dir##*/}"

# The mirror that this machine uses
mirror() {
	grep -hoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
		head -1 | tr -d ' '
}

update() {
	[ -z "${updated-}" ] || return 0
	printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
		"$(mirror)" "$suite" >"$dir/apt/sources.list"
	apt-get "${options[@]}" update || die "cannot read the package lists of $suite"
	updated=1
}

fetch() {
	local name
	update
	name=$(apt-cache "${options[@]}" pkgnames | grep -E "$1" | sort -V | tail -1)
	[ -n "$name" ] || die "no package matches $1 in $suite"
	say FETCH "$name ($suite)"
	(cd "$dir/deb" && apt-get "${options[@]}" download "$name/$suite" >/dev/null 2>&1) ||
		die "cannot download $name"
	deb=$(find "$dir/deb" -name "${name}_*.deb" | sort -V | tail -1)
	dpkg -x "$deb" "$dir/root"
}

for regex; do
	# The name of a package ends where its version begins.
	find "$dir/deb" -name '*.deb' -printf '%f\n' | sed 's/_.*//' | grep -qE "$regex" || fetch "$regex"
done
