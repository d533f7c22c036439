#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# mainline.sh: print the image of a mainline kernel, one that Debian has built: PEER_PACKAGE, a
# regular expression, of PEER_SUITE.
. "$(dirname "$0")/../lib/lib.sh"

suite=${PEER_SUITE:-experimental}
"$ROOT/scripts/peer/fetch.sh" "$suite" "${PEER_PACKAGE:-^linux-binary-7\.[0-9]+-cloud-amd64$}" >&2
find "$BUILD/peer/$suite/root" -name 'vmlinuz*' -type f | sort -V | tail -1
