#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# In the guest: run the selftests and the examples, then look for leaks if the kernel can.
set -u
leaks=/sys/kernel/debug/kmemleak
none=2	# the exit status of what runs no test

export STREAM_STRESS_SECONDS=$2
[ -z "$3" ] || export TEST_LONG_COUNTS=1
cd "$GUEST_BUILD/selftests" || exit 1
[ ! -e $leaks ] || { echo scan >$leaks && echo clear >$leaks; }

# A filter that begins with ! has patterns of the tests to leave out.
only=$1 without=
case $1 in !*) only='' without=${1#!} ;; esac
# 100 000 insns that differ in a counter alone are one insn to the debug kernel, and minutes.
[ -n "$only" ] || [ ! -e $leaks ] || without+=${without:+,}may_goto_links/known_end,may_goto_links/known_break

rc=0
./test_progs ${only:+-t "$only"} ${without:+-d "$without"} || rc=$?

# The end of a topic has no examples. A filter may be for tests or for examples alone.
if [ -d "$GUEST_BUILD/examples" ]; then
	examples=0
	"${0%/*}/examples.sh" "$only" || examples=$?
	[ $examples = $none ] || { [ $rc != 0 ] && [ $rc != $none ]; } || rc=$examples
fi

# What the JIT makes of an arena must be right with blinded constants as well. Wrong code
# shows in what the tests find, on any kernel. How it is made is what the debug kernel looks
# at: arena_jit_harden has it make all forms of access, and the rest is left to the other.
again=${1:-arena}
[ -n "$1" ] || [ ! -e $leaks ] || again=
case $again in
arena*)
	unset TEST_LONG_COUNTS
	echo 2 >/proc/sys/net/core/bpf_jit_harden
	echo "@pass with jit_harden=2"
	# These two do much, with a few insns, and one is about memory alone.
	STREAM_STRESS_SECONDS=5 ./test_progs -t "$again" -d arena_model,arena_memory || rc=$?
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
