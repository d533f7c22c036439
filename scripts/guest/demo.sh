#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# In the guest: run the demo of streams and the examples, each command shown before its
# output.
set -eu
pin=/sys/fs/bpf/stream_demo

# As one would type it
run() {
	local arg line='#'
	for arg; do
		case $arg in
		*[\ \;]*) line+=" '$arg'" ;;
		*) line+=" $arg" ;;
		esac
	done
	printf '\n%s\n' "$line"
	"$@"
}

example() {
	printf '\n%s\n' "$2"
	cd "$GUEST_BUILD/examples/$1"
	shift 2
	run "$@"
}

cd "$GUEST_BUILD/selftests"
run uname -sr
echo
echo "A BPF program that prints to its own stdout and stderr, wherever it runs:"
run ./stream_demo
run bpftool prog show pinned $pin
run bpftool prog tracelog stdout pinned $pin
run bpftool prog tracelog stderr pinned $pin

example agent "Who waits for such text with poll(), while a command runs (examples/agent):" \
	./agent sh -c 'cat /dev/null; exit 3'
example accel "An XDP program that answers from an arena, which user space fills (examples/accel):" \
	./accel lo
example commands "A BPF program that takes commands while it runs, and replies (examples/commands):" \
	./commands
example loops "Loops without a known end; the kernel ends the last one (examples/loops):" \
	./loops
