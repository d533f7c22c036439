/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __EFFECTS_H
#define __EFFECTS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "callback.h"

/* The compiler must not look into functions, nor clone them. */
#define GLOBAL __weak __attribute__((noinline))
#define STATIC static __attribute__((noinline))

/* Data of a packet, as the field of the context says, whether a number or a pointer */
#define PACKET(field) ((char *)(long)(field))

#endif
