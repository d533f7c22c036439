#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# config-check.sh CONFIG FRAGMENT...: every option asked for is what it should be;
# of an option named twice, the last one counts.
. "$(dirname "$0")/../lib/lib.sh"

config=$1
shift
missing=$(awk -F = -v config="$config" '
	/^CONFIG_/ { want[$1] = substr($0, length($1) + 2) }
	END {
		while ((getline line < config) > 0)
			if (split(line, part, "=") > 1 && line ~ /^CONFIG_/)
				have[part[1]] = substr(line, length(part[1]) + 2)
		for (o in want)
			if ((o in have ? have[o] : "n") != want[o])
				print o "=" want[o]
	}' "$@" | sort | paste -sd ' ')
[ -z "$missing" ] || die "options that the kernel did not take: $missing"
