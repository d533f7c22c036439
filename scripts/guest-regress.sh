#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# In the guest: guest-regress.sh KERNEL [LIST] runs the selftests of the base, or those
# in the file LIST, guest-regress.sh cost what verifying each of their programs costs.
set -u
cd "$GUEST_BUILD/regress/src/tools/testing/selftests/bpf" || exit 1

suite() {
	local name=$1
	shift
	echo "@suite $name"
	timeout -k 10 "${LIMIT:-2400}" "./$name" "$@"
	echo "@status $?"
}

if [ "$1" = cost ]; then
	for object in *.bpf.o; do
		LIMIT=600 suite veristat -q -o csv -e file,prog,verdict,insns,states,duration "$object"
	done
	exit 0
fi

list=${2-}
# again SUITE: the tests of the list that are of this suite, by number or name
again() { awk -F / -v suite="$1" '$1 == suite && !seen[$2]++ { print $2 }' "$list"; }

mount --bind "$GUEST_BUILD/regress/bpf_testmod-$1/bpf_testmod.ko" bpf_testmod.ko
# test_verifier skips all that is for unprivileged users where there are none.
unprivileged=/proc/sys/kernel/unprivileged_bpf_disabled
disabled=$(cat $unprivileged)
echo 0 >$unprivileged
if [ -z "$list" ]; then
	suite test_verifier
else
	for number in $(again test_verifier); do
		suite test_verifier "$number"
	done
fi
echo "$disabled" >$unprivileged
if [ -z "$list" ]; then
	suite test_maps
	suite test_progs
else
	[ -z "$(again test_maps)" ] || suite test_maps
	names=$(again test_progs | paste -sd ,)
	[ -z "$names" ] || suite test_progs -a "$names"
fi
exit 0
