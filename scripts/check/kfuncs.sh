#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Each kfunc that the series registers has one row in a table of Documentation/bpf that
# begins with the column "kfunc", and the row agrees with its flags; there are no other rows.
. "$(dirname "$0")/../lib/lib.sh"

cd "$ROOT"
# name, types, lock: as registered. A set for BPF_PROG_TYPE_UNSPEC is for all types.
registered() {
	awk '/^BTF_SET8_START\(/ { split($0, part, /[()]/); set = part[2] }
	/^BTF_ID_FLAGS\(func, / {
		split($0, part, /[(),] */)
		ids[part[3]] = set
		lock[part[3]] = /KF_SPIN_LOCK_SAFE/ ? "yes" : "no"
	}
	/kfunc_id_set [a-z_]+ = / { holder = $(NF - 2) }
	/\.set\t*= &/ { gsub(/[&,]/, ""); ids_of[holder] = $NF }
	/register_btf_kfunc_id_set\(/ {
		split($0, part, /[(),] *&?/)
		types[ids_of[part[3]]] = part[2] == "BPF_PROG_TYPE_UNSPEC" ? "all" : part[2]
	}
	END { for (name in ids) print name, types[ids[name]], lock[name] }' kernel/bpf/*.c
	sed -n 's/^+BTF_ID_FLAGS(func, \([a-z_0-9]*\).*/\1 in-a-patch ?/p' patches/*/*.patch |
		grep -v '^bpf_kfunc_call_test_'
}

# The same as documented: columns are where the line of "=" has them.
documented() {
	awk '
	function column(name,	i) {
		for (i = 1; i <= n; i++)
			if (heads[i] == name)
				return cells[i]
	}
	function cut(row,	i) {
		for (i = 1; i <= n; i++) {
			cells[i] = substr(row, start[i], start[i + 1] - start[i])
			gsub(/^ +| +$/, "", cells[i])
		}
	}
	/^==+ [= ]+$/ {
		n = split($0, rule, / +/)
		for (i = start[1] = 1; i <= n; i++)
			start[i + 1] = start[i] + length(rule[i]) + 1
		rules++
		next
	}
	/^$/ { rules = 0; next }
	rules == 1 { cut($0); table = cells[1] == "kfunc"; for (i in cells) heads[i] = cells[i] }
	rules == 2 && table && /^``/ {
		cut($0)
		gsub(/[`()]/, "", cells[1])
		print cells[1], column("types"), column("lock")
	}' Documentation/bpf/*.rst
}

[ -n "$(documented)" ] || die "no table of kfuncs is found"
diff <(registered | sort) <(documented | sort) ||
	die "the tables of kfuncs in Documentation/bpf (>) are not what is registered (<)"
