#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Boot the kernel and show the series at work.
. "$(dirname "$0")/lib/lib.sh"

dir=$BUILD/demo
say GUEST demo
"$ROOT/scripts/guest/guest.sh" "$BUILD/bzImage" "$dir" 300 "$ROOT/scripts/guest/demo.sh" ||
	die "the demo failed, see $dir/dmesg"
"$ROOT/scripts/lib/splat.sh" "$dir/dmesg" || die "the kernel complained, see $dir/dmesg"
