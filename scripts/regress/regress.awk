# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# What the base's selftests print, to lines of "suite/test<TAB>result".

function point(name, result) {
	sub(/ +$/, "", name)
	print suite "/" name "\t" result
}

/^@suite / {
	suite = $2
	command = $NF
	test = repeated = ""
	subtests = failures = 0
	next
}
# What began and has no result: the command has to say what became of it.
/^@status / && (suite == "test_maps" || $2 != 0 && $2 != 1) {
	result = $2 == 124 || $2 == 137 ? "hung" : $2 == "died" ? "the guest died" : "exit status " $2
	if (suite == "test_verifier")
		command = test ? test : "end"
	point(suite == "test_maps" ? "end" : command, result)
}
/^@status / { next }

suite == "test_maps" && sub(/:PASS/, "") { point($0, "OK") }
suite == "test_maps" && sub(/ SKIP \(.*/, "") { point($0, "SKIP") }

# "#12/p name OK"; what the verifier says may stand before the result.
suite == "test_verifier" && /^#[0-9]+\/[pu] / {
	test = substr($0, 2)
	sub(/ +([0-9]+ cases )?(OK|SKIP|FAIL)( .*)?$/, "", test)
}
suite == "test_verifier" && test && match($0, /(^| )(OK|SKIP|FAIL)( \(.*|:.*| retval .*)?$/) {
	result = substr($0, RSTART)
	sub(/^ /, "", result)
	sub(/[ :].*/, "", result)
	point(test, result)
	test = ""
}

suite == "test_progs" && /^All error logs:/ { repeated = 1 }
suite == "test_progs" && /^Summary:/ { repeated = 0 }
suite == "test_progs" && !repeated && /^#[0-9]+(\/[0-9]+)? +.*:(OK|FAIL|SKIP)$/ {
	result = name = $0
	sub(/.*:/, "", result)
	sub(/^#[0-9\/]+ +/, "", name)
	sub(/:[A-Z]+$/, "", name)
	# A test stands for itself if what happened is not in its subtests.
	if ($1 ~ /\//) {
		subtests++
		failures += result == "FAIL"
		point(name, result)
		next
	}
	if (!subtests || (result == "FAIL" && !failures))
		point(name, result)
	subtests = failures = 0
}
