#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# mutants.sh DIR <NUMBERS: mutants of the verifier, see mutate.sh, in the kernel of build/um, each
# in one of its own. Those that are noticed get a line in RESULTS. What is left behind makes
# um/kernel.sh build its own verifier again.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/lib.sh"

dir=$1 obj=$BUILD/um s=$ROOT/scripts
build() {
	trap 'rm -f "$obj"/kernel/bpf/verifier.[co] "$obj/.stamp"' EXIT
	rm -f "$obj/.stamp"
	cp "$dir/verifier.c" "$obj/kernel/bpf/verifier.c"
	um_make "$LINUX" "$obj" vmlinux >"$dir/build.log" 2>&1 ||
		die "the kernel does not build, see $dir/build.log"
	cp "$obj/vmlinux" "$dir/vmlinux"
	cp "$dir/verifier.c" "$dir/built.c"
}

mkdir -p "$dir"
python3 "$s/mutate/source.py" "$s/mutate/mutants.list" "$LINUX/kernel/bpf/verifier.c" >"$dir/verifier.c"
cmp -s "$dir/verifier.c" "$dir/built.c" || build
xargs -r -P "$JOBS" -I{} "$s/um/mutate.sh" "$dir" {}
