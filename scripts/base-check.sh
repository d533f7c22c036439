#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# base-check.sh VERSION: does the series apply to another base, and do the objects
# it touches build there? FULL=1 builds the whole kernel.
. "$(dirname "$0")/lib/lib.sh"

version=$1
[ -n "$version" ] || die "say which base: make base-check VERSION=6.1.187-1"
export BUILD=$BUILD/base-check/$version OBJECTS_OF=$LINUX
goal=tree
[ -z "${FULL-}" ] || goal=kernel
make -C "$ROOT" --no-print-directory BUILD="$BUILD" BASE_VERSION="$version" $goal ||
	die "the series does not stand on $version"
[ "$(sed -n 2p "$BUILD/base.version")" = "$version" ] || die "apt does not offer $version"
if [ $goal = tree ]; then
	"$ROOT/scripts/kernel/config.sh" "$BUILD/linux" "$BUILD/obj" bpf-vm.config bpf-debug.config
	mapfile -t objects < <("$ROOT/scripts/kernel/objects.sh")
	kmake "$BUILD/linux" "$BUILD/obj" "${objects[@]}" || die "the series does not build on $version"
fi
say CHECK "the series applies to $version and builds"
