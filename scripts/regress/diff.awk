# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Compare the results of two kernels, which of=stock and of=ours announce, after those
# that of=expected foretells. A test that ran twice differs if its results never met.
# Prints the differences, then "N tests, N differ"; the file "again" gets the tests
# to run again.

BEGIN { FS = "\t" }

of == "expected" {
	if (!/^#/ && NF >= 4) {
		expected[$1] = $2 "\t" $3
		reason[$1] = $4
	}
	next
}

!($1 in order) {
	order[$1] = ++tests
	name[tests] = $1
}
{
	got[of, $1, $2] = 1
	results[of, $1] = results[of, $1] (results[of, $1] == "" ? "" : ",") $2
}

# What had to be stopped says nothing, and meets nothing.
function met(test,    list, n, i) {
	n = split(results["stock", test], list, ",")
	for (i = 1; i <= n; i++)
		if (("ours", test, list[i]) in got && list[i] !~ /^(hung|the guest died)$/)
			return 1
	return 0
}

function result(kernel, test) {
	return (kernel, test) in results ? results[kernel, test] : "missing"
}

END {
	for (i = 1; i <= tests; i++) {
		test = name[i]
		stock = result("stock", test)
		ours = result("ours", test)
		if (met(test)) {
			if (stock != ours)
				flaky++
			continue
		}
		n = split(stock, a, ",")
		m = split(ours, b, ",")
		foretold = test in expected && expected[test] == a[n] "\t" b[m]
		expectations += foretold
		differ += !foretold
		if (!foretold)
			print test > again
		printf "%-9s %s: %s on stock, %s on ours%s\n", foretold ? "expected" : "DIFFERS",
			test, stock, ours, foretold ? " (" reason[test] ")" : ""
	}
	line = sprintf("%d tests, %d differ", tests, differ)
	if (expectations)
		line = line sprintf(", %d as expected", expectations)
	if (flaky)
		line = line sprintf(", %d of unsteady result", flaky)
	print line
}
