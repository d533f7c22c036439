#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# qemu.sh [aarch64]: print the command that starts QEMU, with its accelerator (ACCEL, or what
# is there), for x86-64 or that architecture.
# With a thread for each CPU that takes 8.1: an older one can keep a translation of code that
# another CPU changed meanwhile. Such a CPU runs into an int3 of text patching that is gone,
# again and again. Debian 12 has 7.2, and a newer one among its backports: unpacked, not
# installed.
. "$(dirname "$0")/../lib/lib.sh"

suite=bookworm-backports
root=$BUILD/peer/$suite/root tried=$BUILD/peer/$suite/tried${1:+-$1}
arch=${1:-x86_64}
qemu="qemu-system-$arch" package="qemu-system-x86"
[ "$arch" != aarch64 ] || package="qemu-system-arm"

recent() {
	local version
	version=$("$1" --version 2>/dev/null | sed -n 's/.* version \([0-9.]*\).*/\1/p')
	[ -n "$version" ] && printf '8.1\n%s\n' "$version" | sort -CV
}
# Not more than once an hour, where it fails. QEMU comes last: where it is, all is.
fetch() {
	[ -z "$(find "$tried" -mmin -60 2>/dev/null)" ] || return
	mkdir -p "${tried%/*}" && touch "$tried"
	"$ROOT/scripts/peer/fetch.sh" "$suite" '^seabios$' '^qemu-system-data$' \
		'^qemu-system-common$' "^$package\$" >&2 && recent "$root/usr/bin/$qemu"
}

# KVM only where the CPU shows it: some hosts have the device and nothing behind it.
if [ -z "${ACCEL-}" ] && [ "$arch" = "$(uname -m)" ] && grep -qwE 'vmx|svm' /proc/cpuinfo && [ -w /dev/kvm ]; then
	echo "$qemu -accel kvm -accel tcg,thread=multi"
	exit
fi
if [[ ${ACCEL-} != *thread=single* ]] && ! recent "$qemu"; then
	if recent "$root/usr/bin/$qemu" || fetch; then
		qemu="$root/usr/bin/$qemu -L $root/usr/share/qemu -L $root/usr/share/seabios"
	else
		say NOTE "$qemu is older than 8.1: a CPU may hang in the guest" >&2
	fi
fi
echo "$qemu -accel ${ACCEL:-tcg,thread=multi}"
