#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# The messages in troubleshooting.rst are those that the tests expect, and that the
# compiler prints where a macro is used wrongly.
. "$(dirname "$0")/../lib/lib.sh"

dir=$BUILD/docs/messages
mkdir -p "$dir"
"$LINUX/scripts/bpf_doc.py" --header --file "$LINUX/tools/include/uapi/linux/bpf.h" \
	>"$dir/bpf_helper_defs.h"
printing() {
	printf '%s\n' '#include <linux/types.h>' '#include <bpf/bpf_helpers.h>' \
		'int f(int arg);' "int f(int arg) { $1; return 0; }" |
		"${CLANG:-clang-19}" -target bpf -fsyntax-only -I"$LINUX/tools/lib" -I"$dir" \
			-I/usr/include/x86_64-linux-gnu -x c - 2>&1
}
more=1,2,3,4,5,6,7,8,9,10,11
for macro in 'bpf_stream_printk(1, "text"' 'bpf_printk("text"'; do
	printing "$macro, $more, arg)" || die "12 arguments of $macro...) do not compile"
	said=$(! printing "$macro, $more, 12, arg)")
	grep -qF 'at most 12 arguments can be printed' <<<"$said" ||
		die "13 arguments of $macro...) are not told of"
done

python3 "$ROOT/scripts/check/messages.py" "$ROOT"
