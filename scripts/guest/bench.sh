#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# In the guest: run the benchmarks.
set -eu
cd "$GUEST_BUILD/selftests"
./bench_streams
./bench_stream_report
./bench_arena
./bench_user_rb
./bench_may_goto
./bench_res_lock
