# The kernel that this series stands on: Debian's linux-source-6.1. The versions that are
# tested, newest first, each with the sha256 of usr/src/linux-source-6.1.tar.xz in its
# package. The first one that the archive offers is taken; BASE_VERSION=... is for another.
BASE_PACKAGE := linux-source-6.1
BASE_VERSION :=
BASE_TESTED := \
	6.1.192-3=cacdc3830989309d042083be3307969e55600ed7f908cf00df544c5ff50759a1 \
	6.1.192-2=4d415b3d364834fd818270e88813e90323bbfce4f519a0e6bd4940ddcd7df693
# Older ones that make base-check merges the series into; the patches alone do not apply.
BASE_OLDER := \
	6.1.190-1=f968176b175c6b8e493dac985b484ab9c0fabd3fb2d8411651ddec658ee7f37b \
	6.1.187-1=c0fc1b659e3a2cf9145f8056c80913ac3c5a992013ce72c172795412583bc8dc \
	6.1.176-1=78cb82f50374e337d973c32ebf60d16e162589e45032db30f7a0d5295272de5e
