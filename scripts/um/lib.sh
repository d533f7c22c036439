# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# um_make SRC OBJ ARGUMENT...: make User Mode Linux. The headers of perf that it would take are
# those of a processor. fpregs.h is for versions with a fixed room for the registers.
um_make() {
	local src=$1 obj=$2 um=$ROOT/scripts/um registers=
	shift 2
	grep -q host_fp_size "$src/arch/x86/um/os-Linux/registers.c" ||
		registers="-include $um/fpregs.h"
	kmake "$src" "$obj" ARCH=um KBUILD_KCONFIG="$obj/Kconfig.um" \
		CFLAGS_prog_iter.o="-include $um/jit.c" CFLAGS_registers.o="$registers" \
		KCFLAGS="-D_ASM_X86_PERF_EVENT_H -fno-var-tracking -fno-var-tracking-assignments" "$@"
}
