#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Build after every patch, in a worktree of its own: the kernel, or the tools where a
# patch touches nothing else.
. "$(dirname "$0")/lib/lib.sh"

work=$BUILD/bisect/linux obj=$BUILD/bisect/obj
log=$BUILD/bisect/log
mkdir -p "$BUILD/bisect"
if [ ! -d "$work" ]; then
	kgit worktree prune
	kgit worktree add -q --detach "$work" base
fi

build() {
	# overlay files alone, which are all there in any case
	! kgit diff --quiet "$1^" "$1" || return 0
	if kgit diff --quiet "$1^" "$1" -- . ':!tools' ':!Documentation'; then
		make -C "$work/tools/bpf/bpftool" OUTPUT="$BUILD/bisect/bpftool/" -j"$JOBS" \
			CLANG=clang-19 LLVM_STRIP=llvm-strip-19 VMLINUX_BTF="$obj/vmlinux"
	else
		"$ROOT/scripts/kernel/config.sh" "$work" "$obj" bpf-vm.config
		kmake "$work" "$obj" vmlinux
	fi
}

mkdir -p "$BUILD/bisect/bpftool"
failed=0 count=0
for c in $(kgit rev-list --reverse base..HEAD); do
	count=$((count + 1))
	KGIT_DIR=$work kgit checkout -q --detach "$c"
	"$ROOT/scripts/series/overlay.sh" "$work"
	if build "$c" >"$log.$count" 2>&1; then
		say OK "$(kgit log -1 --format=%s "$c")"
	else
		failed=$((failed + 1))
		say FAIL "$(kgit log -1 --format=%s "$c"), see $log.$count"
	fi
done
[ "$failed" = 0 ] || die "$failed of $count patches do not build"
say BISECT "every one of $count patches builds"
