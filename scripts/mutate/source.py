#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
"""source.py LIST SOURCE >OUT: the source with all faults of the list in it, each of
which is there only while the number of the mutant, a parameter of the module, is its own.

A line of the list: number, function, what is there, what is there instead; tabs between
them. What ends in ";" is a statement (and instead of it there may be none), everything
else an expression. It is once in the function, or "2:" in front of it says which one."""
import re
import sys

SWITCH = """
#include <linux/moduleparam.h>
static int bpf_mutant;
module_param_named(mutant, bpf_mutant, int, 0644);
#define mutant(n) unlikely(READ_ONCE(bpf_mutant) == (n))
"""


def body_of(text, name):
    """Where the definition of a function begins and ends"""
    for head in re.finditer(r"^[a-z][^\n;{}]*[ *]%s\(" % re.escape(name), text, re.M):
        end = text.index("\n}\n", head.start())
        brace = text.find("{", head.start())
        semicolon = text.find(";", head.start())
        if brace < semicolon:
            return head.start(), end
    sys.exit(f"no function {name}")


def place_of(text, name, what):
    which = re.match(r"(\d):", what)
    nth, what = (int(which[1]), what[2:]) if which else (0, what)
    start, end = body_of(text, name)
    found = [m.start() for m in re.finditer(re.escape(what), text[start:end])]
    if not found or (not nth and len(found) != 1) or nth > len(found):
        sys.exit(f"{len(found)} times in {name}: {what}")
    return start + found[max(nth, 1) - 1], what


def main():
    text = open(sys.argv[2]).read()
    edits = []
    for line in open(sys.argv[1]):
        if line.startswith("#"):
            continue
        fields = [f.replace("\\n", "\n").replace("\\t", "\t")
                  for f in line.rstrip("\n").split("\t") + [""]]
        number, name, what, instead = fields[:4]
        at, what = place_of(text, name, what)
        if what.endswith(";"):
            new = f"{{ if (mutant({number})) {{ {instead} }} else {{ {what} }} }}"
        else:
            new = f"(mutant({number}) ? ({instead}) : ({what}))"
        edits.append((at, at + len(what), new))
    edits.sort(reverse=True)
    for (start, _, _), (_, end, what) in zip(edits, edits[1:]):
        if end > start:
            sys.exit(f"two faults in one place: {what}")
    for start, end, new in edits:
        text = text[:start] + new + text[end:]
    at = text.index("\n\n", text.index("#include"))
    sys.stdout.write(text[:at] + SWITCH + text[at:])


main()
