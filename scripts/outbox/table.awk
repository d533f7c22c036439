# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# table.awk TESTS... RESULTS.before RESULTS.after: the table of outbox/README. A new test has
# to fail before and to pass after, where the subtests that pass before, too, are what must
# go on to work; one of mainline's has to say the same. BAD marks what does not.
FILENAME ~ /\/tests$/ {
	parts = split(FILENAME, path, "/")
	for (i = 2; i <= NF; i++) {
		sub(/.*:/, "", $i)
		tests[++n] = $i
		kind[$i] = $1
		series[$i] = path[parts - 1]
	}
	next
}
{ when = FILENAME ~ /before$/ ? "before" : "after" }
$1 == "kernel" { splat[when] = 1; next }
{
	split($1, name, "/")
	if ($1 ~ /\//)
		count[name[1], when, $2]++
	else
		result[$1, when] = $2
}
function say(test, when,	ok, fail, text) {
	if (!((test, when) in result))
		return "not run"
	ok = count[test, when, "OK"] + 0
	fail = count[test, when, "FAIL"] + 0
	text = result[test, when] == "OK" ? "passes" : result[test, when] == "SKIP" ? "skipped" : "fails"
	return ok + fail ? text " (" ok " of " ok + fail ")" : text
}
function judge(test,	before, after) {
	before = result[test, "before"]
	after = result[test, "after"]
	if (kind[test] == "new")
		return before == "FAIL" && after == "OK" ? "" : " BAD"
	return before == after || after == "OK" ? "" : " BAD"
}
END {
	print "| series | test | before | after |"
	print "|---|---|---|---|"
	for (i = 1; i <= n; i++) {
		test = tests[i]
		printf "| %s | %s%s | %s | %s%s |\n", series[test], test,
			kind[test] == "new" ? " (new)" : "", say(test, "before"), say(test, "after"), judge(test)
	}
	if (splat["after"])
		print "| | BAD: the kernel complained | | |"
}
