# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Of the options that fragments name, print those that the configuration CONFIG (-v config=)
# has otherwise, with the comment above them. What follows the first option below a comment
# is what that one depends on, and counts if that one is missing. The status is 1 if one of
# modern-bpf.config is missing.

function option(line) {
	if (line ~ /^CONFIG_[A-Za-z0-9_]+=/) {
		name = value = line
		sub(/=.*/, "", name)
		sub(/^[^=]*=/, "", value)
		return 1
	}
	name = line
	value = "n"
	return sub(/^# CONFIG_/, "CONFIG_", name) && sub(/ is not set$/, "", name)
}
function differs() { return (name in have ? have[name] : "n") != value }
function tell() {
	if (lacks)
		print "  " (need ? "needs " : "gains from ") lacks ": " why
	found += lacks != ""
	bad += lacks != "" && need
	why = lacks = first = ""
}

BEGIN {
	while ((getline line < config) > 0)
		if (option(line))
			have[name] = value
	close(config)
}
FNR == 1 { tell(); need = FILENAME ~ /\/modern-bpf\.config$/ }
option($0) {
	if (differs() && (!first || lacks))
		lacks = lacks (lacks ? ", " : "") name "=" value
	first = name
	next
}
!NF || first { tell() }
sub(/^# /, "") { why = why (why ? " " : "") $0 }
END {
	tell()
	if (!found)
		print "  lacks nothing"
	exit bad != 0
}
