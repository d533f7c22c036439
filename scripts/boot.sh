#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# A shell in the guest, in build/ of the host.
. "$(dirname "$0")/lib/lib.sh"

[ -t 0 ] || die "this needs a terminal"
say GUEST "root file system read-only, /tmp writable; leave with exit"
size=$(stty size || echo 24 80)
saved=$(stty -g)
trap 'stty "$saved"' EXIT
TTY=1 APPEND="LINES=${size% *} COLUMNS=${size#* } TERM=${TERM:-vt100}" \
	"$ROOT/scripts/guest/guest.sh" "$BUILD/bzImage" "$BUILD/boot" infinity true || true
