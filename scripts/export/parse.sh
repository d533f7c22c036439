#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# parse.sh yocto|nix: the patches that a recipe in build/export names, in its order,
# once all that it names is there and its options are those of the fragment.
. "$(dirname "$0")/../lib/lib.sh"
. "$ROOT/scripts/lib/export.sh"

yocto() {
	local dir=$EXPORT/yocto/recipes-kernel/linux f
	local recipe=$dir/linux-yocto_6.1.bbappend
	# Comments, assignments, and lines that go on, up to the quote
	awk 'open && !/^    [^ "]+ \\$/ && $0 != "\"" { exit bad = 1 }
		open { open = $0 != "\""; next }
		/^#/ || !NF { next }
		!/^[A-Z_]+(:[a-z]+)* (=|\+=|:=) "/ { exit bad = 1 }
		{ open = /\\$/ }
		END { exit bad || open }' "$recipe" || die "$recipe is not well formed"
	sed -nE 's,.*file://([^ "]+).*,\1,p' "$recipe" | while read -r f; do
		[ -f "$dir/modern-bpf/$f" ] || die "$recipe names $f, which is not there"
		case $f in *.patch) echo "$f" ;; esac
	done
	f=$(sed -n 's/^kconf [a-z-]* //p' "$dir/modern-bpf/modern-bpf.scc")
	grep -qF "file://$f " "$recipe" || die "$recipe does not name $f, as modern-bpf.scc does"
}
# evaluate EXPRESSION of the list p
evaluate() {
	nix-instantiate --store dummy:// --eval --strict --json -E "let p = import $EXPORT/nix; in $1" |
		python3 -c 'import json, sys; print(json.load(sys.stdin).strip())'
}
nix() {
	local last='builtins.elemAt p (builtins.length p - 1)'
	nix-instantiate --store dummy:// --parse "$EXPORT/nix/default.nix" >/dev/null
	diff <(evaluate "($last).extraConfig") <(export_options) >&2
	evaluate 'builtins.concatStringsSep "\n" (map (x: baseNameOf (toString x.patch))
		(builtins.filter (x: x.patch != null) p))'
}
"$1"
