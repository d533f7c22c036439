/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
/* Where mainline's selftests have it; libbpf installs it here. */
#include <bpf/bpf_arena_common.h>
