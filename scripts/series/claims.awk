# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# patches/series, then a list of overlay files: prints "patch<TAB>file" for each claim.
# With idle=1, prints the patterns that claim nothing instead.

function to_regex(pattern) {
	gsub(/[.+]/, "[&]", pattern)
	gsub(/\*/, "[^/]*", pattern)
	gsub(/\?/, "[^/]", pattern)
	return "^" pattern "$"
}

FNR == NR && /^\+ / {
	if ($2 ~ /[*?]/) {
		by[++n] = patch
		pattern[n] = $2
		regex[n] = to_regex($2)
	} else {
		named[$2] = 1
		if (!idle)
			print patch "\t" $2
	}
}
FNR == NR && /^[^#+ ]/ { patch = $1 }
FNR == NR || $0 in named { next }

# The longest pattern is the one that means it.
{
	longest = 0
	for (i = 1; i <= n; i++)
		if ($0 ~ regex[i] && length(pattern[i]) > longest)
			longest = length(pattern[i])
	for (i = 1; i <= n; i++)
		if (length(pattern[i]) == longest && $0 ~ regex[i]) {
			used[i] = 1
			if (!idle)
				print by[i] "\t" $0
		}
}

END {
	for (i = 1; i <= n && idle; i++)
		if (!(i in used))
			print pattern[i]
}
