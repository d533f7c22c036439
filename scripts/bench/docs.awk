# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# docs.awk TABLE PAGE: print PAGE with the numbers that TABLE (scripts/bench/bench.table)
# has. A comment above a table of the page, ".. make bench: ROW...", names the costs of its
# rows, in order: for each of the last columns, and with commas between them, the name of a
# cost, NAME@stock for what the stock kernel takes, or "-" for what is no cost. There are
# as many digits as there were; none behind the point from 100 on.
function fail(what) {
	print FILENAME ":" FNR ": " what >"/dev/stderr"
	failed = 1
}
# The columns of a simple table are where its rulers are.
function read_ruler(line,	at) {
	columns = 0
	for (at = 1; match(substr(line, at), /=+/); at += RSTART + RLENGTH - 1) {
		start[++columns] = at + RSTART - 1
		width[columns] = RLENGTH
	}
}
function fill_cell(line, column, name,	cell, value) {
	if (name != "-" && (!(name in cost) || cost[name] == "-"))
		fail("there is no cost named " name)
	if (!(name in cost) || failed)
		return line
	cell = substr(line, start[column], width[column])
	value = cost[name]
	value = sprintf("%.*f", value < 100 && cell ~ /\./, value)
	# A number that begins where its column does stands on the left.
	cell = sprintf(cell ~ /^[^ ]/ ? "%-" width[column] "s" : "%" width[column] "s", value)
	line = substr(line, 1, start[column] - 1) cell substr(line, start[column] + width[column])
	sub(/ +$/, "", line)
	return line
}
function fill_row(line,	names, n, i) {
	n = split(row[++at], names, ",")
	for (i = 1; i <= n; i++)
		line = fill_cell(line, columns - n + i, names[i])
	return line
}

BEGIN { FS = "\t" }
FNR == NR { cost[$1 "@stock"] = $2; cost[$1] = $3; next }
/^\.\. make bench:$/ { listing = 1; rows = at = rulers = 0 }
listing && /^\t/ {
	n = split(substr($0, 2), part, / +/)
	for (i = 1; i <= n; i++)
		row[++rows] = part[i]
}
listing && /^$/ { listing = 0; table = 1 }
table && /^=[= ]+$/ {
	read_ruler($0)
	if (++rulers == 3) {
		table = 0
		if (at != rows)
			fail(at " rows and the names of " rows)
	}
	print
	next
}
table && rulers == 2 { print fill_row($0); next }
{ print }
END { exit failed }
