#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# In the guest: regress.sh KERNEL LIST runs the selftests of the base that LIST
# has, a command line each, and says before which it is and after it how it ended.
set -u
cd "$GUEST_BUILD/regress/src/tools/testing/selftests/bpf" || exit 1
mount --bind "$GUEST_BUILD/regress/bpf_testmod-$1/bpf_testmod.ko" bpf_testmod.ko
unprivileged=/proc/sys/kernel/unprivileged_bpf_disabled
disabled=$(cat $unprivileged)

while read -r -a command; do
	limit=600
	# test_verifier skips all that is for unprivileged users where there are none.
	[ "${command[0]}" != test_verifier ] || echo 0 >$unprivileged
	case ${command[0]} in test_verifier | test_maps) limit=3600 ;; esac
	echo "@suite ${command[*]}"
	# A process that is stuck in the kernel does not die: then the guest does.
	{ sleep $((limit + 60)) && echo b >/proc/sysrq-trigger; } &
	timeout -k 10 $limit "./${command[0]}" "${command[@]:1}" </dev/null
	printf "\n@status %d\n" $?
	kill $!
	echo "$disabled" >$unprivileged
done <"$2"
exit 0
