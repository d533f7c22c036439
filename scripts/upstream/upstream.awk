# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# What mainline's tests gave: awk -f upstream.awk upstream.expected LOG. Of each test: how many
# of its parts passed; of those that did not, how many were accepted here and should not be,
# refused and should not be, refused with other words, or ran otherwise; the usual reason.
FILENAME == ARGV[1] { if (!/^#/ && split($0, f, "\t") == 2) why[f[1]] = f[2]; next }
/^@test / { test = $2; tests[++nr] = test; next }
/^@ended / { ended[test] = 1; next }
/unexpected_load_success unexpected success/ { accepted = 1 }
/FAIL:unexpected_load_failure|load unexpected error|open_and_load unexpected/ { refused = 1 }
/expect_msg$|expect_msg / { words = 1 }
/^libbpf: (prog|extern|map|failed|load|BTF)/ && reason == "" { loader = $0 }
/^processed [0-9]+ insns/ { reason = last }
/^[a-zA-Z(]/ && !/^(processed|libbpf|run_subtest|EXPECTED|VERIFIER)/ { last = $0 }
/^#[0-9]+\/[0-9]+ +.*:(OK|FAIL|SKIP)/ {
	state = $0
	sub(/.*:/, "", state)
	sub(/ .*/, "", state)
	name = $0
	sub(/^#[0-9\/]+ +/, "", name)
	sub(/:(OK|FAIL|SKIP).*/, "", name)
	count[test, state]++
	if (state == "FAIL") {
		kind = accepted ? "accepted" : refused ? "refused" : words ? "words" : "ran"
		count[test, kind]++
		if (kind == "accepted") unsafe[++nr_unsafe] = name
		if (kind == "refused") {
			text = reason != "" ? reason : loader
			gsub(/[0-9]+/, "N", text)
			sub(/^libbpf: (prog|extern \(func ksym\)) '[^']*': /, "", text)
			seen[test, text]++
			if (seen[test, text] > most[test]) { most[test] = seen[test, text]; usual[test] = text }
		}
	}
	accepted = refused = words = 0
	reason = loader = last = ""
}
# A test without parts
/^#[0-9]+ +[^\/]*:(OK|FAIL|SKIP)/ && !((test, "OK") in count) && !((test, "FAIL") in count) {
	state = $0
	sub(/.*:/, "", state)
	sub(/ .*/, "", state)
	count[test, state]++
	if (state == "FAIL") { count[test, refused ? "refused" : "ran"]++; usual[test] = loader }
	refused = accepted = words = 0
}
END {
	printf "%-34s %6s %8s %8s %6s %6s\n", "test", "passed", "accepted", "refused", "words", "ran"
	for (i = 1; i <= nr; i++) {
		t = tests[i]
		printf "%-34s %6d %8d %8d %6d %6d%s%s\n", t, count[t, "OK"], count[t, "accepted"],
			count[t, "refused"], count[t, "words"], count[t, "ran"],
			usual[t] != "" ? "  " substr(usual[t], 1, 90) : "", ended[t] ? "  died" : ""
		n = split("OK accepted refused words ran", k, " ")
		for (j = 1; j <= n; j++) sum[k[j]] += count[t, k[j]]
	}
	printf "%-34s %6d %8d %8d %6d %6d\n\n", "all", sum["OK"], sum["accepted"], sum["refused"], sum["words"], sum["ran"]
	for (i = 1; i <= nr_unsafe; i++)
		print ((unsafe[i] in why) ? "safe\t" unsafe[i] ": " why[unsafe[i]] : "NEW\t" unsafe[i])
}
