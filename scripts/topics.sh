#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# topics.sh objects|test [TOPIC...]: check out the tree as it is at the end of each topic, from
# what make outgoing made, and build the objects that the series touches there, or build
# all and run the tests that the tree has by then.
. "$(dirname "$0")/lib/lib.sh"

goal=$1
shift
main=$LINUX
mapfile -t topics < <(series_topics)
[ $# = 0 ] || topics=("$@")

export BUILD=$BUILD/topics
tree=$BUILD/linux
mkdir -p "$BUILD"
if [ ! -d "$tree" ]; then
	kgit worktree prune
	kgit worktree add -q --detach "$tree" base
	ln -sfn "$BASE" "$BUILD/base"
	cp "$(dirname "$BASE")/base.version" "$BUILD/"
fi

# Is this object built with the configuration, as far as its Makefile tells?
configured() {
	local option
	option=$(sed -nE "s/^obj-..(CONFIG_\w+).*[ \t]${1##*/}.*/\1/p" "$tree/${1%/*}/Makefile" | head -1)
	[ -z "$option" ] || grep -q "^$option=y" "$BUILD/obj/.config"
}
# One command after the other: in a condition, set -e is off.
objects() {
	local list=() o
	"$ROOT/scripts/kernel/config.sh" "$tree" "$BUILD/obj" bpf-vm.config || return 1
	for o in $(git -C "$main" diff --name-only base "$1" |
		sed -n '/^\(tools\|Documentation\|samples\)\//d; s/\.[cS]$/.o/p'); do
		! configured "$o" || list+=("$o")
	done
	kmake "$tree" "$BUILD/obj" "${list[@]}"
}
run_tests() {
	rm -rf "$BUILD/selftests" "$BUILD/selftests.stamp"
	"$ROOT/scripts/kernel.sh" ours && "$ROOT/scripts/tools.sh" &&
		"$ROOT/scripts/selftests.sh" && "$ROOT/scripts/test.sh" test "${LIMIT:-1800}"
}

failed=
for topic in "${topics[@]}"; do
	tip=refs/project/topics/$topic
	git -C "$main" rev-parse -q --verify "$tip" >/dev/null || die "no topic $topic: run make outgoing"
	git -C "$tree" checkout -q --detach "$tip"
	log=$BUILD/$topic.$goal.log
	case $goal in
	objects) objects "$tip" >"$log" 2>&1 ;;
	test) run_tests >"$log" 2>&1 ;;
	esac && say OK "$topic $(sed -n '$s/^\([0-9]* passed\)/\1/p' "$log")" && continue
	say FAIL "$topic, see $log"
	failed+=" $topic"
done
[ -z "$failed" ] || die "these topics do not stand on their own:$failed"
