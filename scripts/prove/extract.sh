#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# extract.sh DIR: put into DIR what scripts/prove/prove.h includes, out of the sources of the
# kernel: tnum.[ch], types.h and functions.h, which has the functions named here, each from
# whichever file of kernel/bpf has it.
. "$(dirname "$0")/../lib/lib.sh"

dir=$1 bpf=$LINUX/kernel/bpf include=$LINUX/include/linux
functions="$(echo __mark_reg_unbounded __mark_reg{32,64}_unbounded __mark_reg_{unknown,not_init}
	echo mark_reg_unknown ___mark_reg_known __mark_reg_known __mark_reg32_known
	echo __update_reg{32,64,}_bounds __reg{32,64,}_deduce_bounds __reg_bound_offset reg_bounds_sync
	echo __reg64_bound_{s,u}32 __reg_combine_64_into_32
	echo coerce_reg_to_size sign_extend_range coerce_reg_to_size_sx
	echo signed_{add,sub}{,32}_overflows scalar{,32}_min_max_{add,sub,mul,and,or,xor}
	echo __scalar{32,64}_min_max_lsh scalar{,32}_min_max_{lsh,rsh,arsh} is_sign_extended
	echo intersect_scalar range_within map_{linked_,}ids check_{,scalar_}ids scalars_exact regs_exact
	echo dynptrsafe memsafe regsafe force_widening unlink_scalar widen_reg set_loop_callback_state)"

# The definition of a function, with all lines of its head; not a declaration
function_of() {
	awk -v name="$1" '
		$0 ~ "^[a-z].*[ *]" name "\\(" { text = ""; on = 1 }
		on { text = text $0 "\n" }
		on && /;$/ && !/^[ \t}]/ { on = 0 }
		on && /\);$/ && text !~ /{/ { on = 0 }
		on && /^}/ { printf "%s\n", text; found = 1; exit }
		END { exit !found }' "$bpf"/*.c || die "no function $1 in kernel/bpf"
}
# From a line that begins with TEXT to the end of the definition
definition() { awk -v text="$1" 'index($0, text) == 1 { on = 1 } on; on && /^}/ { exit }' "$2"; }
constants() { grep -hE "^#define ($1)[[:space:]]" "${@:2}"; }

mkdir -p "$dir"
sed '/^#include/d' "$include/tnum.h" >"$dir/tnum.h"
for file in tnum.c scalar.c; do
	sed "/^#include/d; /^EXPORT_SYMBOL/d" "$bpf/$file" >"$dir/$file"
done
{
	constants 'BPF_BASE_TYPE_BITS|BPF_BASE_TYPE_LIMIT|BPF_TYPE_LIMIT' "$include/bpf.h"
	constants 'BPF_BASE_TYPE_MASK' "$include/bpf_verifier.h"
	constants 'MAX_(PRECISE|KNOWN)_ITERATIONS' "$bpf"/*.c
	definition 'enum bpf_type_flag {' "$include/bpf.h"
	definition 'enum bpf_reg_type {' "$include/bpf.h"
	definition 'enum bpf_reg_liveness {' "$include/bpf_verifier.h"
	definition 'struct bpf_reg_state {' "$include/bpf_verifier.h"
	definition 'static inline u32 base_type(' "$include/bpf_verifier.h"
	definition 'static inline bool type_may_be_null(' "$include/bpf_verifier.h"
} >"$dir/types.h"
{
	definition 'enum state_cmp {' "$bpf/verifier.c"
	definition 'struct loop_count {' "$bpf/verifier.c"
	for name in $functions; do
		function_of "$name"
	done
} >"$dir/functions.h"
