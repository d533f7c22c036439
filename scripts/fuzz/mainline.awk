# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Who accepts which program: first what is explained (who accepts it, a part of what the other
# one says or the seed of the program, why), then "SEED SIGN REASON" of this kernel and of mainline,
# tab between them. Prints counts, then a line for each reason: NEW if only this kernel
# accepts and nobody said why that is safe, else "ours" or "mainline": who accepts it; how
# often; the first seeds; the reason of the one that refuses.
BEGIN { FS = "\t" }

/^#/ || !NF { next }

FILENAME ~ /expected$/ {
	if ($1 == "ours")
		safe[$2] = $3
	next
}

function sign(verdict) { split(verdict, part, " "); return part[2] }
function reason(verdict) { sub(/^[0-9]+ . /, "", verdict); return verdict }
function explained(verdict,	known) {
	split(verdict, part, " ")
	for (known in safe)
		if (known ~ /^[0-9]+$/ ? known == part[1] : index(reason(verdict), known))
			return 1
	return 0
}
function differs(who, text, verdict,	key) {
	key = who "\t" text
	count[key]++
	if (count[key] <= 4) {
		split(verdict, part, " ")
		seeds[key] = seeds[key] " " part[1]
	}
}

{
	programs++
	both = sign($1) sign($2)
	if (both ~ /~/) {
		slow++
		next
	}
	pairs[both]++
	if (both == "+-")
		differs(explained($2) ? "ours" : "NEW", reason($2), $2)
	if (both == "-+")
		differs("mainline", reason($1), $1)
}

END {
	printf "%d programs from seed %s: %d accepted by both, %d refused by both, %d too slow for one\n",
		programs, seed, pairs["++"], pairs["--"], slow
	printf "only accepted here %d, only accepted by mainline %d\n", pairs["+-"], pairs["-+"]
	for (key in count) {
		split(key, part, "\t")
		printf "%s\t%d\t%s\t%s\n", part[1], count[key], substr(seeds[key], 2), part[2] | \
			"sort -t '\t' -k1,1 -k2,2nr"
	}
}
