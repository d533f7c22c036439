#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# In the guest: run the selftests, then look for leaks if the kernel can.
set -u
leaks=/sys/kernel/debug/kmemleak

export STREAM_STRESS_SECONDS=$2
cd "$GUEST_BUILD/selftests" || exit 1
if [ -e $leaks ]; then
	echo scan >$leaks
	echo clear >$leaks
fi

rc=0
./test_progs ${1:+-t "$1"} || rc=$?

# What the JIT makes of an arena must be right with blinded constants as well.
case ${1:-arena} in
arena*)
	echo 2 >/proc/sys/net/core/bpf_jit_harden
	echo "@pass with jit_harden=2"
	STREAM_STRESS_SECONDS=5 ./test_progs -t "${1:-arena}" || rc=$?
	echo "@pass"
	;;
esac

if [ -e $leaks ]; then
	# An object counts after 5 s, and the second scan sees it unreferenced again.
	for _ in 1 2; do
		sleep 6
		echo scan >$leaks
	done
	if [ -s $leaks ] && grep . $leaks; then
		echo "#0 kmemleak is clean:FAIL"
	else
		echo "#0 kmemleak is clean:OK"
	fi
fi
exit $rc
