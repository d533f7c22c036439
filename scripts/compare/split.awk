# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Of what veristat says, "@FILE", its verbose output, "@end", to DIR/FILE.txt a line for each
# program: file/program, verdict, insns, peak states, and what was said last if it is refused.
# An object at which the guest ended has no answer.

/^@end/ {
	out = dir "/" name ".txt"
	for (i = 1; i <= n; i++) {
		split(line[i], f, ",")
		key = name "/" f[2]
		print key "\t" f[3] "\t" f[4] "\t" f[5] "\t" (f[3] == "failure" ? said[f[2]] : "") > out
	}
	close(out)
	name = ""
	next
}
/^@.*\.bpf\.o/ {
	name = substr($0, 2)
	sub(/\.bpf\.o.*/, "", name)
	n = 0
	csv = 0
	prog = ""
	next
}
/^PROCESSING / {
	prog = $2
	sub(/,$/, "", prog)
	sub(/.*\//, "", prog)
	said[prog] = ""
	next
}
/^file_name,/ { csv = 1; next }
csv && split($0, f, ",") == 5 { line[++n] = $0; next }
/^(verification time|processed |stack depth |subprog [0-9]+ |Processing|Done|libbpf: )/ { next }
# what comes after the message of a loop that has no end
/^(; |jump from |this way round |cur state: |old state: )/ { next }
prog != "" && NF { said[prog] = $0 }
