#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# recipes.sh ABOUT: what Yocto, Buildroot and Nix want beside the patches.
. "$(dirname "$0")/../lib/lib.sh"
. "$ROOT/scripts/lib/export.sh"

about=$1
yocto=$EXPORT/yocto/recipes-kernel/linux
board=$EXPORT/buildroot/board/modern-bpf

cat >"$yocto/linux-yocto_6.1.bbappend" <<END
# $about.
# For a kernel of another recipe, give this file the name of that recipe.
FILESEXTRAPATHS:prepend := "\${THISDIR}/modern-bpf:"

SRC_URI += " \\
$(export_names | sed 's,.*,    file://& \\,')
    file://modern-bpf.scc \\
    file://modern-bpf.cfg \\
"

# The types of the kernel (BTF) are collected by pahole.
DEPENDS:append = " pahole-native"
END
cat >"$yocto/modern-bpf/modern-bpf.scc" <<END
# $about.
define KFEATURE_DESCRIPTION "Streams, arenas and loops of BPF"
define KFEATURE_COMPATIBILITY all

kconf non-hardware modern-bpf.cfg
END
cp "$FRAGMENT" "$yocto/modern-bpf/modern-bpf.cfg"

cat >"$board/buildroot.config" <<END
# $about.
BR2_GLOBAL_PATCH_DIR="board/modern-bpf/patches"
BR2_LINUX_KERNEL_CONFIG_FRAGMENT_FILES="board/modern-bpf/linux.config"
BR2_LINUX_KERNEL_NEEDS_HOST_PAHOLE=y
END
cp "$FRAGMENT" "$board/linux.config"

cat >"$EXPORT/nix/default.nix" <<END
# $about.
#   boot.kernelPatches = import ./nix;
map (name: { inherit name; patch = ./patches + "/\${name}"; }) [
$(export_names | sed 's/.*/  "&"/')
] ++ [
  {
    name = "modern-bpf-config";
    patch = null;
    extraConfig = ''
$(export_options | sed 's/^/      /')
    '';
  }
]
END
