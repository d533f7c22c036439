#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# cover-letter.sh FROM TIP TEXT: a mail that introduces FROM..TIP. TEXT has the subject in
# its first line and the text below.
. "$(dirname "$0")/../lib/lib.sh"

from=$1 tip=$2 text=$3
[ -f "$text" ] || die "$text is missing"
count=$(kgit rev-list --count "$from..$tip")
printf 'From: "Modern BPF for Linux 6.1" <series@modern-bpf.invalid>\n'
printf 'Date: %s\n' "$(kgit log -1 --format=%aD "$tip")"
printf 'Subject: [PATCH %0*d/%d] %s\n\n' "${#count}" 0 "$count" "$(head -1 "$text")"
tail -n +2 "$text" | sed '1{/^$/d}'
printf '\nThe base is %s.\n\n' "$(kgit log -1 --format=%s base)"
kgit shortlog "$from..$tip" | sed 1d | sed 's/^ *//; s/^./  &/'
kgit diff --stat=76 --summary "$from" "$tip"
