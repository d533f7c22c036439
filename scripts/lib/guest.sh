# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# guest_command DIR COMMAND...: what a guest is to run becomes DIR/command; prints DIR's whole path
guest_command() {
	local dir=$1
	shift
	mkdir -p "$dir"
	printf '%q ' "$@" >"$dir/command"
	realpath "$dir"
}
