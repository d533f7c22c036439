# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# What veristat says of each program of=stock, then of=ours, as file,program,verdict,
# instructions,states,microseconds, to more lines in the results of both: is it accepted,
# and at most 1.25 times as expensive as on stock? Prints the costs of large programs, and
# of those that are more expensive.

BEGIN { FS = ","; max = "at most 1.25" }
NF != 6 || /^@/ || $1 == "file_name" { next }

{
	test = "veristat/" $1 "/" $2
	print test "\t" $3 >> (dir "/" of "-cost.tsv")
}

of == "stock" && $3 == "success" {
	insns[test] = $4
	time[test] = $6
}

function ratio(mine, base) { return sprintf("%.2f", base ? mine / base : 1) }

# In a short time there is more of interrupts than of the program.
function compare(what, mine, base, least,    more) {
	more = base >= least && mine > 1.25 * base
	print test " " what "\t" max >> (dir "/stock-cost.tsv")
	print test " " what "\t" (more ? "more" : max) >> (dir "/ours-cost.tsv")
	return more
}

of == "ours" && $3 == "success" && test in insns {
	more = compare("instructions", $4, insns[test], 1)
	more += compare("time", $6, time[test], 10000)
	large = $1 ~ /^(pyperf|strobemeta|test_verif_scale|loop|test_.*_loop|twfw)/
	if (!more && !large)
		next
	if (!table++)
		printf "%-46s %8s %8s %5s %10s %10s %5s\n", "program", "insns", "ours", "ratio",
			"kinsn time", "ours", "ratio"
	name = $1
	sub(/\.bpf\.o$/, "", name)
	printf "%-46s %8d %8d %5s %10d %10d %5s\n", name "/" $2, insns[test], $4,
		ratio($4, insns[test]), time[test], $6, ratio($6, time[test])
}
