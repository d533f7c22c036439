#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# export.sh TIP DIR: write base..TIP as DIR/<topic>/NNNN-subject.patch and
# DIR/series. The topic, its comment and the "+ file" lines of a patch come from
# patches/series, where the patch is found by subject or else by content; a new
# patch joins the topic of the one before it.
. "$(dirname "$0")/../lib/lib.sh"

tip=$1 out=$2
declare -A topic=() about=() claims=() by_id=() number=()
head='' pending='' slug='' last='' id=''

name_slug() { local s=${1##*/}; s=${s#[0-9][0-9][0-9][0-9]-}; echo "${s%.patch}"; }
patch_id() { git patch-id --stable | cut -d' ' -f1; }

while IFS= read -r line; do
	case $line in
	'') [ -n "$slug" ] || head+="$pending"$'\n'; pending='' ;;
	'#'*) pending+=$line$'\n' ;;
	'+ '*) claims[$slug]+=$line$'\n' ;;
	*)
		slug=$(name_slug "$line")
		topic[$slug]=${line%%/*}
		[ -n "${about[${line%%/*}]-}" ] || about[${line%%/*}]=$pending
		# an empty patch has no content to be found by
		[ ! -f "$PATCHES/$line" ] || id=$(patch_id <"$PATCHES/$line")
		[ -z "$id" ] || by_id[$id]=$slug
		id=
		pending='' ;;
	esac
done <"$PATCHES/series"

mkdir -p "$out"
printf '%s' "${head%$'\n'}" >"$out/series"
for c in $(kgit rev-list --reverse "base..$tip"); do
	slug=$(kgit log -1 --format=%f "$c" | cut -c1-52)
	key=$slug
	if [ -z "${topic[$key]-}" ]; then
		id=$(kgit show "$c" | patch_id)
		key=${by_id[${id:-none}]-$slug}
	fi
	t=${topic[$key]-$last}
	[ -n "$t" ] || die "no topic for \"$slug\": add a line TOPIC/0001-$slug.patch to patches/series"
	number[$t]=$((${number[$t]-0} + 1))
	file=$(printf '%s/%04d-%s.patch' "$t" "${number[$t]}" "$slug")
	mkdir -p "$out/$t"
	kgit -c diff.algorithm=default -c diff.noprefix=false format-patch -1 --always --stdout --zero-commit \
		--no-signature --no-numbered --full-index --no-renames "$c" >"$out/$file"
	{
		[ "$t" = "$last" ] || printf '\n%s' "${about[$t]:-# $t$'\n'}"
		printf '%s\n%s' "$file" "${claims[$key]-}"
	} >>"$out/series"
	last=$t
done
