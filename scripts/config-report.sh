#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# config-report.sh CONFIG: what this configuration of a kernel lacks of what the series
# needs, and of what it profits from, and what for: kernel/configs/modern-bpf*.config. The
# exit status is 1 if it lacks what is needed.
. "$(dirname "$0")/lib/lib.sh"

config=${1-}
[ -n "$config" ] || die "name a configuration: make config-report CONFIG=/boot/config-..."
[ -f "$config" ] || die "there is no file $config"
grep -qE '^CONFIG_[A-Z0-9_]+=' "$config" || die "$config is not the configuration of a kernel"

awk -v config="$config" -f "$ROOT/scripts/kernel/config-report.awk" \
	"$ROOT"/kernel/configs/modern-bpf{,-more}.config - <<EOT
# Arenas, and loops that end by time: the JIT of other architectures has neither
CONFIG_X86_64=y

# New pages for streams and arenas in NMI and with interrupts disabled, not without SMP
CONFIG_SMP=y

# New pages for streams and arenas in NMI and with interrupts disabled, not on PREEMPT_RT
# CONFIG_PREEMPT_RT is not set
EOT
