# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# test_progs' output to TAP. A test with subtests counts as these; all else that
# is printed becomes a comment. The file named by "summary" gets the last line.

function point(result, name) {
	count[result]++
	printf "%s %d - %s%s%s\n", result == "FAIL" ? "not ok" : "ok", ++n, name, condition,
		result == "SKIP" ? " # SKIP" : ""
	fflush()
}

/^All error logs:/ { repeated = 1 }	# what was printed when it happened
/^Summary:/ { repeated = 0 }
repeated { next }

/^@status / { status = $2; next }

# The tests run again, under another condition.
/^@pass/ {
	$1 = ""
	condition = $0
	delete subtests
	delete failed_in
	next
}

/^#[0-9]+(\/[0-9]+)? +.*:(OK|FAIL|SKIP)$/ {
	split(substr($1, 2), id, "/")
	result = name = $0
	sub(/.*:/, "", result)
	sub(/^#[0-9\/]+ +/, "", name)
	sub(/:[A-Z]+$/, "", name)
	if ($1 ~ /\//) {
		subtests[id[1]]++
		if (result == "FAIL")
			failed_in[id[1]]++
	} else if (id[1] != 0) {
		tests++
		if (subtests[id[1]] && (result != "FAIL" || failed_in[id[1]]))
			next
	}
	point(result, name)
	next
}

{ print "# " $0; fflush() }

END {
	if (!tests)
		point("FAIL", "any test ran")
	if (status && !count["FAIL"])
		point("FAIL", "test_progs exit status " status)
	print "1.." n
	line = sprintf("%d passed, %d failed", count["OK"], count["FAIL"])
	if (count["SKIP"])
		line = line sprintf(", %d skipped", count["SKIP"])
	print line
	print line > summary
}
