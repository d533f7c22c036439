# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# The table of mutants: faults that need not be noticed (function, what is there instead,
# why), results (number, tests, fuzzer), the list. Prints for each fault whether it is noticed
# and by what.
BEGIN { FS = "\t" }
/^#/ { next }
FILENAME ~ /expected$/ { why[$1 FS $2 FS $3] = $4; next }
FILENAME ~ /results$/ { tests[$1] = $2; fuzzer[$1] = $3; next }

function by(n) {
	if (tests[n] != "")
		return "noticed\t" tests[n]
	if (fuzzer[n] ~ /^[A-Z]/)
		return "noticed\tfuzzer: " fuzzer[n]
	return ""
}
{
	total++
	verdict = !($1 in tests) ? "not run\t" : by($1)
	if (verdict == "") {
		known = $2 FS $3 FS $4
		verdict = known in why ? "harmless\t" why[known] : "SURVIVES\t" fuzzer[$1] " programs"
	}
	split(verdict, part, FS)
	count[part[1]]++
	printf "%s\t%s\t%s: %s -> %s\n", part[1], part[2], $2, $3, $4 == "" ? "nothing" : $4
}
END {
	for (v in count)
		printf "# %d of %d: %s\n", count[v], total, v
}
