#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# In the guest: run the demos, each command shown before its output.
set -eu
pin=/sys/fs/bpf/stream_demo

run() {
	printf '\n# %s\n' "$*"
	"$@"
}

cd "$GUEST_BUILD/selftests"
run uname -sr
echo
echo "A BPF program that prints to its own stdout and stderr, wherever it runs:"
run ./stream_demo
run bpftool prog show pinned $pin
run bpftool prog tracelog stdout pinned $pin
run bpftool prog tracelog stderr pinned $pin

echo
echo "A BPF program that builds data structures, which user space walks:"
run ./arena_demo
