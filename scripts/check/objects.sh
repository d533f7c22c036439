#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# objects.sh [NAME FRAGMENT...]: W=1 and sparse on the objects of the series, with the debug
# kernel's configuration, which has all of them, or another one, without sparse, also for
# another ARCH: no warning that the base does not give.
. "$(dirname "$0")/../lib/lib.sh"

name=${1:-check} fragments=("${@:2}") sparse=()
others='^lib/fault-inject\|^mm/page_owner'	# not there without options for debugging
case ${1+${ARCH:-x86}} in
arm64) others="$others\|^arch/" ;;
i386) others="$others\|^arch/x86/net/\|^kernel/bpf/arena" ;;
'') fragments=(bpf-vm.config bpf-debug.config) sparse=(C=2 CHECK=sparse) others=' ' ;;
esac
lock "$name-objects"
dir=$BUILD/$name && mkdir -p "$dir"
mapfile -t objects < <("$ROOT/scripts/kernel/objects.sh" | grep -v "$others")
[ ${#objects[@]} != 0 ] || exit 0

# Without places, so that moved lines are the same.
normalise() {
	sed -nE 's,^make.*\*\*\* \[.*: ([^]]*\.o)\] Error.*,\1: error: does not build,p
		t
		s,^(\.\./)*,,
		s,^.*/(linux|base)/,,
		s/:[0-9]+(:[0-9]+)?: ((warning|error):.*)/: \2/p' | sort -u
}

# A kfunc has no prototype, nor has its _impl: they are called by BPF programs alone. sparse does not follow
# pcp_spin_trylock(), in the base neither, nor raw_spin_trylock() in what returns bool.
known() {
	echo "mm/page_alloc.c: warning: context imbalance in 'free_unref_page_trylock'"
	echo "kernel/bpf/arena_pages.c: warning: context imbalance in 'arena_spin_trylock'"
	(cd "$LINUX" && grep -ohE 'BTF_ID_FLAGS\(func, \w+' "${objects[@]/%.o/.c}") |
		sed "s/.* \(.*\)/symbol '\1' was not declared\nsymbol '\1_impl' was not declared/" | sort -u
}

# warnings SRC OBJ OBJECT...
warnings() {
	local src=$1 obj=$2
	shift 2
	"$ROOT/scripts/kernel/config.sh" "$src" "$obj" "${fragments[@]}" >&2
	kmake "$src" "$obj" -s prepare >&2
	(cd "$obj" && rm -f "$@")
	# It ends in an error where sparse sees one, in the base too.
	{ kmake "$src" "$obj" -s -k W=1 "${sparse[@]}" "$@" 2>&1 || true; } | normalise
}

warnings "$LINUX" "$BUILD/obj-$name/ours" "${objects[@]}" >"$dir/ours.all"
{ grep -vFf <(known) "$dir/ours.all" || true; } >"$dir/ours.warnings"
# The base is built only where it has not said yet what is left.
{ [ $# != 0 ] || cat "$ROOT/scripts/check/base.warnings"; } >"$dir/base.warnings"
if grep -qvxFf "$dir/base.warnings" "$dir/ours.warnings"; then
	mapfile -t old < <(for o in "${objects[@]}"; do [ ! -e "$BASE/${o%.o}.c" ] || echo "$o"; done)
	warnings "$BASE" "$BUILD/obj-$name/base" "${old[@]}" >"$dir/base.warnings"
fi
new=$(grep -vxFf "$dir/base.warnings" "$dir/ours.warnings" || true)
[ -z "$new" ] || die "warnings that the base does not give:
$new"
