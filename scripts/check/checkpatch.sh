#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# checkpatch on every outgoing patch, which has the overlay's files in it, and on the
# examples. What it says by mistake is ignored, with the reason.
. "$(dirname "$0")/../lib/lib.sh"

# This series is not signed off, and its MAINTAINERS is not the kernel's.
ignore=MISSING_SIGN_OFF,FILE_PATH_CHANGES
# As the code around: KF_ flags are (1 << n), the verifier has env->prog = prog = new_prog.
# __aligned() behind a member is not understood. 6.1's verifier knows ENOTSUPP. The labels
# of the interpreter are indented. Whether two comparisons differ takes parentheses.
kernel=$ignore,UNNECESSARY_PARENTHESES,BIT_MACRO,MULTIPLE_ASSIGNMENTS,FUNCTION_ARGUMENTS,ENOTSUPP,INDENTED_LABEL
# Headers for BPF programs declare kfuncs, define parts of declarations, and have no
# other headers to take attributes from; LIBBPF_API, LIBBPF_OPTS() and _Pragma() are
# not understood. An arena is shared: volatile is what READ_ONCE() is made of. Options
# of libbpf end with size_t :0 (SPACING).
tools=$ignore,AVOID_EXTERNS,LINE_SPACING,CAMELCASE,COMPLEX_MACRO,MACRO_ARG_REUSE
tools=$tools,PREFER_DEFINED_ATTRIBUTE_MACRO,VOLATILE,PARENTHESIS_ALIGNMENT,SPACING
# BPF programs: volatile keeps the verifier and the compiler honest, externs are kfuncs,
# constants belong into .rodata, not on a stack. Test programs: names of functions are
# looked up, strange formats and strings are what is tested. A macro that defines a
# program is not understood (SPACING, TABSTOP, SUSPECT_CODE_INDENT), nor is __arena
# (POINTER_LOCATION), nor are operands of asm (BRACKET_SPACE). Macros make lists of
# instructions (COMPLEX_MACRO), and 6.1 returns ENOTSUPP. Lines are what stack dumps show:
# some are long, or hold a whole case (TRAILING_STATEMENTS). A label in a macro is indented.
tests=$ignore,VOLATILE,AVOID_EXTERNS,STATIC_CONST_CHAR_ARRAY,EMBEDDED_FUNCTION_NAME
tests=$tests,VSPRINTF_POINTER_EXTENSION,VSPRINTF_SPECIFIER_PX,SPLIT_STRING,MISSING_SPACE
tests=$tests,TABSTOP,SUSPECT_CODE_INDENT,POINTER_LOCATION,COMPLEX_MACRO,ENOTSUPP
tests=$tests,LINE_SPACING,PREFER_DEFINED_ATTRIBUTE_MACRO,MACRO_WITH_FLOW_CONTROL,BRACKET_SPACE
tests=$tests,STRING_FRAGMENTS,QUOTED_WHITESPACE_BEFORE_NEWLINE,TYPECAST_INT_CONSTANT,ARRAY_SIZE,SPACING
tests=$tests,LONG_LINE_COMMENT,TRAILING_STATEMENTS,MULTISTATEMENT_MACRO_USE_DO_WHILE,INDENTED_LABEL

run() {
	perl "$LINUX/scripts/checkpatch.pl" --no-summary --terse --show-types --root="$LINUX" "$@"
}

cd "$BUILD/outgoing"
rc=0
for p in */*.patch; do
	case $(sed -nE 's,^diff --git a/(tools/testing/|tools/|).*,\1,p' "$p" | sort -ru | head -1) in
	tools/testing/) run --ignore "$tests" "$p" || rc=1 ;;
	tools/) run --strict --ignore "$tools" "$p" || rc=1 ;;
	*) run --strict --ignore "$kernel" "$p" || rc=1 ;;
	esac
done
run --no-tree --ignore "$tests" --file "$ROOT"/examples/*/*.[ch] || rc=1
exit $rc
