#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# outbox/ has the form that its README gives. "make outbox" tells whether it is true.
. "$(dirname "$0")/../lib/lib.sh"

bad=0
complain() { bad=1; echo "outbox/$1: $2"; }
subject() { git mailinfo /dev/null /dev/null <"$1" | sed -n 's/^Subject: //p'; }
message() { sed '/^---$/,$d' "$1"; }
names() { grep -v '^#' series; }
# tests KIND FILE: the tests of a kind (new, old, or any), FILE:TEST if the names differ
tests() { sed -n "s/^$1 //p" "$2" | tr ' ' '\n'; }

check_mail() {
	local mail=$1 number=$2 count=$3
	head -1 "$mail" | grep -q '^From 0\{40\} ' || complain "$mail" "names a commit that nobody has"
	grep -q "^Subject: \[PATCH bpf-next $number/$count\] " "$mail" || complain "$mail" "is not $number of $count"
	! message "$mail" | grep -qiE '^[a-z-]+-by: |^(Cc|Link): ' || complain "$mail" "is signed, or names people"
	! message "$mail" | sed '1,/^$/d' | grep -qE '^.{76}' || complain "$mail" "has lines over 75 columns"
	! grep -q '\*\*\*' "$mail" || complain "$mail" "has a text of git's in it"
}

check_series() {
	local name=$1 cover=$1/0000-cover-letter.patch count i=0 test mails
	[ -e "$cover" ] || { complain "$name" "no cover letter"; return; }
	mails=("$name"/[0-9]*.patch)
	count=$((${#mails[@]} - 1))
	for mail in "${mails[@]}"; do
		[[ $mail = "$name/$(printf %04d $i)"-* ]] || complain "$mail" "is not the next one"
		check_mail "$mail" "$i" "$count"
		[ "$i" = 0 ] || grep -qxF "  $(subject "$mail")" "$cover" ||
			complain "$mail" "is not in the list of the cover letter"
		i=$((i + 1))
	done
	grep -qF "$OUTBOX_VERSION" "$cover" || complain "$cover" "does not name its base"
	[ -s "$name/tests" ] || complain "$name" "no tests"
	while read -r test; do
		grep -qE "^\+\+\+ b/tools/testing/selftests/bpf/prog(_test)?s/${test%:*}(_fail)?\.c" "${mails[@]}" ||
			complain "$name/tests" "$test is new, and in no patch"
	done < <(tests new "$name/tests")
	while read -r test; do
		grep -qE "^\| $name \| ${test#*:}( \(new\))? \|" README || complain README "no row for $test of $name"
	done < <(tests '[a-z]*' "$name/tests")
	grep -qE "^$name/ " README || complain README "does not say what $name is"
}

cd "$ROOT/outbox"
eval "$(sed -n 's/^\(OUTBOX_[A-Z0-9]*\) := \(.*\)/\1="\2"/p' base.mk)"
[ "$(names | sort)" = "$(find . -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)" ] ||
	complain series "names other directories than there are"
while read -r name; do
	check_series "$name"
done < <(names)
! grep -n 'BAD' README || complain README "a test does not say what it should"
exit $bad
