# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Sums lines of the fuzzer, "N programs: N refused, ...; N runs, ...", and prints one such line.
{
	text = $0
	gsub(/[0-9]+/, "#", text)
	if (form != "" && form != text) {
		print "lines that differ: " form " and " text >"/dev/stderr"
		exit 1
	}
	form = text
	line = $0
	for (n = 1; match(line, /[0-9]+/); n++) {
		sum[n] += substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
	}
}
END {
	for (n = 1; match(form, /#/); n++)
		form = substr(form, 1, RSTART - 1) sum[n] substr(form, RSTART + 1)
	print "seed " seed ", " form
}
