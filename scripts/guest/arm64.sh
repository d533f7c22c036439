#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# arm64.sh SECONDS ARGUMENT...: in the guest of test-arm64, by busybox's shell, run test_progs
# with the arguments, then print the log of the kernel.
export STREAM_STRESS_SECONDS="$1" PATH="/work:$PATH"
shift
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
mount -t securityfs securityfs /sys/kernel/security
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# shellcheck disable=SC3045 # busybox has it
ulimit -l unlimited
echo 0 >/proc/sys/kernel/kptr_restrict
echo -1 >/proc/sys/kernel/perf_event_paranoid
./test_progs "$@"
rc=$?
echo "@dmesg"
dmesg
echo "@end $rc"
exit "$rc"
