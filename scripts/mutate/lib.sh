# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# mutant_kernel DIR OBJ IMAGE MAKE: the kernel of OBJ with all faults of mutants.list in it, as
# DIR/IMAGE, made by MAKE SRC OBJ TARGET. make finds a source in OBJ before that of the tree. What
# is left behind makes the owner of OBJ build its own again.
mutant_kernel() (
	dir=$1 obj=$2 image=$3 make=$4
	mkdir -p "$dir"
	python3 "$ROOT/scripts/mutate/source.py" "$ROOT/scripts/mutate/mutants.list" \
		"$LINUX/kernel/bpf/verifier.c" >"$dir/verifier.c"
	! cmp -s "$dir/verifier.c" "$dir/built.c" || exit 0

	trap 'rm -f "$obj"/kernel/bpf/verifier.[co] "$obj/.stamp"' EXIT
	rm -f "$obj/.stamp"
	cp "$dir/verifier.c" "$obj/kernel/bpf/verifier.c"
	"$make" "$LINUX" "$obj" "${image##*/}" >"$dir/build.log" 2>&1 ||
		die "the kernel does not build, see $dir/build.log"
	cp "$obj/$image" "$dir"
	cp "$dir/verifier.c" "$dir/built.c"
)
