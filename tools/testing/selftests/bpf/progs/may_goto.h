/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __MAY_GOTO_H
#define __MAY_GOTO_H

/* Sizes of what the test fills, powers of two */
#define MAX_NUMBERS 64
#define MAX_TEXT 256
#define DIM 8

#define MANY_NUMBERS 1000

/* of a loop that is timed */
#define TURNS 1000

/* Iterations after which a timed loop has looked at the clock once, and not twice */
#define CLOCK_LOOPS 70000

#endif
