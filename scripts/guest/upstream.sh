#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# In the guest: upstream.sh DIR runs each test that DIR/todo names.
cd "$1/out" || exit 1
# Half of the tests are for unprivileged users, too.
echo 0 >/proc/sys/kernel/unprivileged_bpf_disabled
while read -r name; do
	echo "@test $name"
	timeout -k 10 200 ./test_progs -a "$name" </dev/null 2>&1 | sed '/^All error logs:/,$d'
	[ "${PIPESTATUS[0]}" -le 1 ] || echo "@ended $name"
done <"$1/todo"
