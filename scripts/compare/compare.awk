# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# What three kernels say of each program: first what is explained ("PROGRAM<TAB>why"), then the
# answers in .../KERNEL/OBJECT.txt, as split.awk writes them. Prints a row for each
# program with insns and peak states, counts, and a line for what misses the goals: NEW if
# nobody explained it. A kernel that does not know an insn or a map cannot say a program.
BEGIN { FS = "\t" }
/^#/ || !NF { next }
FILENAME ~ /expected$/ { why[$1] = $2; next }

FNR == 1 {
	kernel = FILENAME
	sub(/\/[^\/]*$/, "", kernel)
	sub(/.*\//, "", kernel)
}
!($1 in seen) { seen[$1]; order[++programs] = $1 }
{
	verdict[kernel, $1] = $2 == "success" ? "yes" : $3 ? "no" : "cannot"
	insns[kernel, $1] = $3
	states[kernel, $1] = $4
	reason[kernel, $1] = substr($5, 1, 100)
}

function accepts(kernel, p) { return verdict[kernel, p] == "yes" }
function cell(kernel, p) {
	if (accepts(kernel, p))
		return insns[kernel, p] "/" states[kernel, p]
	return verdict[kernel, p] == "no" ? "refused" : verdict[kernel, p] == "" ? "?" : "-"
}
function misses(p, text) {
	count[p in why ? "explained" : "NEW"]++
	list[++misses_nr] = (p in why ? "explained" : "NEW") "\t" p ": " text \
		(p in why ? ": " why[p] : "")
}
function judge(p,	mine, theirs, base) {
	mine = insns["ours", p]
	if (verdict["ours", p] == "" || verdict["mainline", p] == "" || verdict["stock", p] == "") {
		misses(p, "a kernel did not answer")
		return
	}
	if (!accepts("ours", p)) {
		if (accepts("mainline", p) || accepts("stock", p))
			misses(p, "refused here, accepted by " (accepts("mainline", p) ? "mainline" : "6.1") \
				": " reason["ours", p])
		return
	}
	theirs = accepts("mainline", p) ? insns["mainline", p] : 0
	base = accepts("stock", p) ? insns["stock", p] : 0
	if (!theirs)
		only[++only_nr] = "only here\t" p ": " reason["mainline", p]
	else
		ratio[++ratios] = mine / theirs
	if (theirs && mine > 1000 && mine > 2 * theirs)
		misses(p, sprintf("%.1f times the insns of mainline", mine / theirs))
	else if (base && mine > 1000 && mine > 1.1 * base)
		misses(p, sprintf("%.1f times the insns of 6.1", mine / base))
	if (theirs && mine > 1000 && mine / theirs > worst) {
		worst = mine / theirs
		worst_of = p
	}
}
function median(	i, j, t) {
	for (i = 2; i <= ratios; i++)
		for (j = i; j > 1 && ratio[j - 1] > ratio[j]; j--) {
			t = ratio[j]; ratio[j] = ratio[j - 1]; ratio[j - 1] = t
		}
	return ratios ? (ratio[int((ratios + 1) / 2)] + ratio[int(ratios / 2) + 1]) / 2 : 0
}

END {
	printf "%-40s %16s %16s %16s\n", "program: insns/peak states", "6.1", "here", "mainline"
	for (i = 1; i <= programs; i++) {
		p = order[i]
		printf "%-40s %16s %16s %16s\n", p, cell("stock", p), cell("ours", p), cell("mainline", p)
		for (k = split("stock ours mainline", name, " "); k; k--)
			accepted[name[k]] += accepts(name[k], p)
		judge(p)
	}
	printf "\n%d programs: %d accepted by 6.1, %d here, %d by mainline\n", programs,
		accepted["stock"], accepted["ours"], accepted["mainline"]
	printf "insns here to mainline's: %.2f in the median of %d; above 1000 at most %.2f (%s)\n",
		median(), ratios, worst, worst_of
	printf "only here %d; miss the goals: %d explained, %d NEW\n", only_nr, count["explained"], count["NEW"]
	for (i = 1; i <= only_nr; i++)
		print only[i]
	for (i = 1; i <= misses_nr; i++)
		print list[i]
}
