#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# fuzz.sh SEED COUNT FAILURES TRACE, in the guest: random programs against the verifier.
set -eu
export FUZZ_SEED=$1 FUZZ_COUNT=$2 FUZZ_FAILURES=$3 FUZZ_TRACE=$4
cd "$GUEST_BUILD/selftests"
./test_progs -v -t fuzz_programs
