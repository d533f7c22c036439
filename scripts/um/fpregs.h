/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
/*
 * Included before registers.c of User Mode Linux: the host may have more registers (AMX) than it
 * has room for. Without PTRACE_GETREGSET it saves what every processor has.
 */
#include <sys/ptrace.h>

#define ptrace(request, ...) \
	((request) == PTRACE_GETREGSET ? -1 : ptrace(request, __VA_ARGS__))
