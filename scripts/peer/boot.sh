#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# boot.sh KERNEL COMMAND FILE...: run COMMAND (of sh) in a guest of another kernel, one
# that has nothing but an initramfs: busybox, and the FILEs (static programs, objects)
# in its working directory. No module is needed for that. Prints what the console does;
# its last line says "status N". Environment: LIMIT (seconds), SMP, MEM, APPEND, and
# DEB_ARCH=arm64 for a kernel of that architecture.
. "$(dirname "$0")/../lib/lib.sh"

kernel=$1 command=$2
shift 2
suite=$([ -n "${DEB_ARCH-}" ] && echo bookworm || echo sid)
"$ROOT/scripts/peer/fetch.sh" "$suite" '^busybox-static$'
busybox=$(find "$BUILD/peer/$suite${DEB_ARCH:+-$DEB_ARCH}/root" -name busybox -type f -perm -1 | head -1)
dir=$(mktemp -d "$BUILD/peer/boot.XXXXXX")
trap 'rm -rf "$dir"' EXIT

mkdir -p "$dir"/root/{bin,proc,sys,dev,tmp,work}
cp "$busybox" "$dir/root/bin/busybox"
[ $# = 0 ] || cp -rL "$@" "$dir/root/work"
printf '%s\n' "$command" >"$dir/root/work/.command"
cat >"$dir/root/init" <<'END'
#!/bin/busybox sh
export PATH=/bin HOME=/tmp
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t bpf bpf /sys/fs/bpf
ip link set lo up
cd /work
sh ./.command
echo "status $?"
poweroff -f
END
chmod +x "$dir/root/init"
(cd "$dir/root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$dir/initrd"

case ${DEB_ARCH-} in
arm64) qemu=$(ACCEL=tcg "$ROOT/scripts/guest/qemu.sh" aarch64) machine="-M virt" console=ttyAMA0 ;;
*) qemu=$(ACCEL=tcg "$ROOT/scripts/guest/qemu.sh") machine='' console=ttyS0 ;;
esac
# shellcheck disable=SC2086 # lists of arguments
timeout --foreground "${LIMIT:-600}" $qemu $machine -cpu max -smp "${SMP:-1}" \
	-m "${MEM:-2G}" -nodefaults -no-user-config -display none -no-reboot -serial stdio \
	-kernel "$kernel" -initrd "$dir/initrd" \
	-append "console=$console panic=-1 quiet ${APPEND-}" </dev/null | tr -d '\r'
