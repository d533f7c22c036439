#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# mutants.sh DIR <NUMBERS: mutants of the verifier, see mutate.sh, in the kernel of build/um, each
# in one of its own. Those that are noticed get a line in RESULTS.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../mutate/lib.sh"
. "$(dirname "$0")/lib.sh"

dir=$1 one=$ROOT/scripts/um/mutate.sh
mutant_kernel "$dir" "$BUILD/um" vmlinux um_make
# What fails without a fault would have each of them noticed.
rm -f "$dir/none"
RESULTS=$dir/none "$one" "$dir" 0
[ ! -s "$dir/none" ] || die "without a fault: $(cat "$dir/none")"
xargs -r -P "$JOBS" -I{} "$one" "$dir" {}
