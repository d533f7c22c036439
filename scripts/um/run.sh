#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# run.sh KERNEL DIR LIMIT COMMAND...: guest.sh for a kernel that um/kernel.sh has built: run
# COMMAND there as root, on the machine's files, which cannot be written but for DIR. Its output
# and exit status are ours, DIR gets the log of the kernel (dmesg). More than LIMIT seconds end
# with status 124, a kernel that dies with 125. Environment: MEM, APPEND.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/guest.sh"

kernel=$1 dir=$2 limit=$3
shift 3
dir=$(guest_command "$dir" "$@")
rm -f "$dir/status"
: >"$dir/dmesg"

# Processes of User Mode Linux begin as its copies, and what the C library has registered of
# them (rseq) is not mapped there any more.
export GLIBC_TUNABLES=glibc.pthread.rseq=0
rc=0
# shellcheck disable=SC2086 # a list of arguments
timeout --foreground -k 5 "$limit" "$kernel" mem="${MEM:-2G}" root=root rootfstype=hostfs rootflags=/ ro \
	init="$ROOT/scripts/um/init" con=null con0=null,fd:1 console=stderr0 stderr=1 panic=-1 \
	panic_on_warn=1 UM_ROOT="$ROOT" UM_BUILD="$BUILD" UM_DIR="$dir" ${APPEND-} \
	2>>"$dir/dmesg" </dev/null | tr -d '\r' || rc=$?
[ "$rc" != 124 ] || exit 124
exit "$(cat "$dir/status" 2>/dev/null || echo 125)"
