#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Kernel objects whose C file the series edits or adds.
. "$(dirname "$0")/../lib/lib.sh"

{ kgit diff --name-only base HEAD; overlay_files; } |
	sed -n '/^\(tools\|Documentation\|samples\)\//d; s/\.c$/.o/p' | sort -u
