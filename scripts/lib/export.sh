# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Common to what writes and to what checks build/export.

EXPORT=$BUILD/export
FRAGMENT=$ROOT/kernel/configs/modern-bpf.config
TIP=refs/project/topics/$(series_topics | tail -1)

# The patches of all topics, in order, below build/outgoing
export_mails() { series_topics | while read -r t; do (cd "$BUILD/outgoing" && ls -1 "$t"/0*-*.patch); done; }
# Their names where topics are no directories: 0001-subject.patch, ...
export_names() { export_mails | awk -F '[/-]' '{ printf "%04d%s\n", NR, substr($0, length($1) + 6) }'; }
# "NAME VALUE" for each option of the fragment
export_options() {
	sed -nE 's/^CONFIG_([A-Z0-9_]+)=(.*)/\1 \2/p; s/^# CONFIG_([A-Z0-9_]+) is not set$/\1 n/p' "$FRAGMENT"
}
