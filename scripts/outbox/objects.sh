#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# objects.sh: compile what each patch that build/outbox/linux has changes in the kernel, after
# that patch, with all warnings that the kernel knows.
. "$(dirname "$0")/../lib/lib.sh"

dir=$BUILD/outbox
linux=$dir/linux
cd "$linux"
tip=$(git rev-parse --abbrev-ref HEAD)
trap 'git checkout -q "$tip"' EXIT
for commit in $(git rev-list --reverse base..HEAD); do
	mapfile -t objects < <(git diff-tree --no-commit-id --name-only -r "$commit" |
		sed -nE 's,^((arch/x86|kernel|mm|net|security)/.*)\.c$,\1.o,p')
	[ ${#objects[@]} != 0 ] || continue
	git checkout -q "$commit"
	say OBJECTS "$(git log -1 --format=%s)"
	kmake "$linux" "$dir/obj" -s "${objects[@]}" W=1 >"$dir/objects.log" 2>&1 ||
		{ tail -20 "$dir/objects.log"; die "$commit does not compile"; }
	! grep -E "^(.*/)?($(printf '%s|' "${objects[@]/%.o/.c}")):.*warning" "$dir/objects.log" ||
		die "$commit brings a warning"
done
