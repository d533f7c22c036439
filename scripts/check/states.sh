#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Each field of a state of the verifier has one row in the table beside the code that
# compares states, which says what an old state may have there if it covers another one.
. "$(dirname "$0")/../lib/lib.sh"

# members STRUCT: as declared, also those of structs and unions inside
members() {
	cpp -fpreprocessed -P "$LINUX/include/linux/bpf_verifier.h" 2>/dev/null | awk -v start="struct $1 {" '
	index($0, start) == 1 { depth = 1; next }
	!depth { next }
	{ depth += gsub(/{/, "{") - gsub(/}/, "}") }
	!depth { exit }
	/;/ {
		sub(/^.*}/, "")
		n = split($0, names, ",")
		for (i = 1; i <= n; i++) {
			gsub(/\[[^]]*\]|:.*|;.*/, "", names[i])
			if (match(names[i], /[a-z_0-9]+ *$/))
				print substr(names[i], RSTART)
		}
	}'
}
# rows STRUCT: what the table names below it, without the names of structs inside
rows() {
	awk -v start=" * struct $1:" '
	index($0, start) == 1 { found = 1; next }
	/^ \*(\/|$)/ { found = 0 }
	found && match($0, /^ \*   @[^:]*/) {
		row = substr($0, RSTART + 5, RLENGTH - 5)
		n = split(row, names, /, *@?|@/)
		for (i = 1; i <= n; i++)
			if (names[i] != "")
				print names[i]
	}' "$LINUX/kernel/bpf/verifier.c" | sed 's/.*\.//'
}

bad=0
for struct in bpf_verifier_state bpf_active_lock bpf_res_lock bpf_sections bpf_func_state bpf_reference_state \
		bpf_stack_state bpf_reg_state; do
	[ -n "$(members $struct)" ] || die "struct $struct is not found"
	changes=$(diff <(members $struct | sort) <(rows $struct | sort)) || bad=1
	sed -n "s/^< /struct $struct: no row for /p; s/^> /struct $struct: no field for the row /p" \
		<<<"$changes"
done
[ "$bad" = 0 ] || die "the table above enum state_cmp in kernel/bpf/verifier.c is not complete"
