#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Print what a kernel log says of bugs; fail if there is anything.
. "$(dirname "$0")/../lib/lib.sh"

signs='WARNING:|BUG:|BUG at|KASAN:|UBSAN:|Oops|ODEBUG:|Kernel panic|stack segment'
signs="$signs|general protection|unable to handle|possible (circular|recursive|irq)"
signs="$signs|inconsistent lock|suspicious RCU|sleeping function|Invalid wait context"
signs="$signs|INFO: task .* blocked|self-detected stall|detected stalls|soft lockup"
signs="$signs|kmemleak: [0-9]+ new suspected|list_(add|del) corruption|DEBUG_LOCKS"

[ -s "$1" ] || die "there is no kernel log $1"
! grep -E -m 3 -A 40 "$signs" "$1" || exit 1
