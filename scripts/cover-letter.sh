#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# cover-letter.sh TIP: a mail that introduces base..TIP. patches/cover-letter has
# the subject in its first line and the text below.
. "$(dirname "$0")/lib.sh"

text=$PATCHES/cover-letter
[ -f "$text" ] || die "patches/cover-letter is missing"
range=base..$1
count=$(kgit rev-list --count "$range")
printf 'From: "Modern BPF for Linux 6.1" <series@modern-bpf.invalid>\n'
printf 'Date: %s\n' "$(kgit log -1 --format=%aD "$1")"
printf 'Subject: [PATCH 00/%s] %s\n\n' "$count" "$(head -1 "$text")"
tail -n +2 "$text" | sed '1{/^$/d}'
printf '\nThe base is %s.\n\n' "$(kgit log -1 --format=%s base)"
kgit shortlog "$range" | sed 1d | sed 's/^ *//; s/^./  &/'
kgit diff --stat=76 --summary base "$1"
