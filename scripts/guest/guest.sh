#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# guest.sh KERNEL DIR LIMIT COMMAND...: boot KERNEL on the host's root file system
# (9p, read-only) and run COMMAND there as root. Its output is ours, live, over a
# virtio-serial port; so is its exit status. DIR gets the console log (dmesg).
# More than LIMIT seconds end with status 124, a guest that dies with 125.
# Environment: SMP, MEM, CPU, ACCEL, APPEND, QEMU_ARGS, TTY=1 (a terminal), V=1.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/guest.sh"

kernel=$1 dir=$2 limit=$3
shift 3
dir=$(guest_command "$dir" "$@")
: >"$dir/status"
: >"$dir/dmesg"

qemu=$("$ROOT/scripts/guest/qemu.sh")
results="-chardev file,id=results,path=/dev/stdout,append=on"
console="-serial file:$dir/dmesg"
quiet=
if [ -n "${TTY-}" ]; then
	results="-chardev null,id=results"
	console="-chardev stdio,id=tty,signal=off,logfile=$dir/dmesg -serial chardev:tty"
	quiet="quiet loglevel=1"
elif [ -n "${V-}" ]; then
	tail -f -n +1 "$dir/dmesg" >&2 &
	trap 'kill $!' EXIT
fi

# shellcheck disable=SC2086 # lists of arguments
boot() {
	timeout --foreground -k 5 "$limit" $qemu -M q35 \
		-cpu "${CPU:-max}" -smp "${SMP:-4}" -m "${MEM:-2G}" ${QEMU_ARGS-} \
		-nodefaults -no-user-config -display none -no-reboot $console $results \
		-virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap \
		-device virtio-serial -device virtserialport,chardev=results,name=results \
		-chardev file,id=status,path="$dir/status" -device virtserialport,chardev=status,name=status \
		-kernel "$kernel" -append "console=ttyS0 $quiet root=root rootfstype=9p ro \
rootflags=trans=virtio,version=9p2000.L,msize=1048576,cache=loose panic=-1 oops=panic \
panic_on_warn=1 no_timer_check tsc=reliable init=$ROOT/scripts/guest/init GUEST_ROOT=$ROOT GUEST_BUILD=$BUILD \
GUEST_DIR=$dir GUEST_TTY=${TTY-} ${APPEND-}" | cat
}

# Now and then QEMU aborts while the kernel moves the memory of PCI devices.
for _ in 1 2 3; do
	rc=0
	boot || rc=$?
	{ [ "$rc" = 134 ] && ! grep -q 'as init process' "$dir/dmesg"; } || break
	say NOTE "QEMU aborted while the kernel booted" >&2
done
[ "$rc" = 0 ] || exit "$rc"
status=$(cat "$dir/status")
exit "${status:-125}"
