#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# configs.sh [NAME...]: compile the objects of the series, with W=1, for machines and
# configurations where no test or only some run: no warning that the base does not give.
. "$(dirname "$0")/lib/lib.sh"

objects=$ROOT/scripts/check/objects.sh
cross="ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-"

compile() {
	say CC "$1"
	# shellcheck disable=SC2086 # a list of variables
	case $1 in
	arm64) env $cross "$objects" "check-$1" bpf-vm.config bpf-arm64.config ;;
	arm64-64k) env $cross "$objects" "check-$1" bpf-vm.config bpf-arm64.config bpf-64k.config ;;
	i386) env ARCH=i386 "$objects" "check-$1" bpf-vm.config bpf-i386.config ;;
	up) "$objects" "check-$1" bpf-vm.config bpf-up.config ;;
	*) die "unknown configuration $1" ;;
	esac
}

[ $# != 0 ] || set -- arm64 arm64-64k i386 up
for name; do
	compile "$name"
done
