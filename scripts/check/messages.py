#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
"""Compare the messages of troubleshooting.rst with those that the tests expect.

messages.py ROOT

Each message of the page has to be in a string of a test, with N for any number, and
each message that the tests of mistakes expect has to be in the page.
"""
import glob
import re
import sys

ROOT = sys.argv[1]
PAGE = ROOT + "/Documentation/bpf/troubleshooting.rst"
TESTS = ROOT + "/tools/testing/selftests/bpf"
FIRST, LAST = "A program that is not loaded", "A call that fails"


def plain(text):
    """One space between words, and N for each number."""
    text = re.sub(r"\b(R?)(0x[0-9a-f]+|\d+)\b", r"\1N", text)
    return re.sub(r"\s+", " ", text).strip()


def strings(path, pattern=r'((?:"(?:[^"\\\n]|\\.)*"\s*)+)'):
    """The strings that the pattern finds in a file, joined where C joins them."""
    source = re.sub(r"#include.*", "", open(path).read())
    for found in re.finditer(pattern, source):
        parts = re.findall(r'"((?:[^"\\\n]|\\.)*)"', found.group(1))
        yield plain(re.sub(r"\\(.)", r"\1", "".join(parts).replace("\\n", " ")))


def page_messages():
    """Terms of the lists between FIRST and LAST."""
    text = open(PAGE).read()
    text = text[text.index(FIRST + "\n=") : text.index(LAST + "\n=")]
    for line in text.splitlines():
        if line.startswith("``"):
            yield from map(plain, re.findall(r"``(.+?)``", line))


page = list(page_messages())
expected = set()
for path in glob.glob(TESTS + "/prog_tests/*.c") + glob.glob(TESTS + "/progs/*.c"):
    expected.update(s for s in strings(path) if len(s) > 12)
expected.add("at most N arguments can be printed")  # by messages.sh
bad = [m for m in page if not any(m in e for e in expected)]
for message in bad:
    print(f"troubleshooting.rst: no test expects: {message}")

mistakes = set(strings(TESTS + "/prog_tests/mistakes.c", r'\n[\t ]+((?:"(?:[^"\\\n]|\\.)*"\s*)+)'))
for path in glob.glob(TESTS + "/progs/mistakes*.c"):
    mistakes.update(strings(path, r'__msg\(((?:"(?:[^"\\\n]|\\.)*"\s*)+)\)'))
missing = [m for m in sorted(mistakes) if len(m) > 12 and not any(m in p or p in m for p in page)]
for message in missing:
    print(f"a test expects, and troubleshooting.rst has not: {message}")
if not page or not mistakes:
    print("no messages found")
sys.exit(bool(bad or missing or not page or not mistakes))
