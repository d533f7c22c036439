/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#define ITER_NUMBERS	5000
#define ITER_ROWS	16
#define ITER_COLUMNS	24
