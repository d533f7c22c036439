# The kernel that this series stands on: Debian's linux-source-6.1, pinned.
BASE_PACKAGE := linux-source-6.1
BASE_VERSION := 6.1.192-2
# sha256 of usr/src/linux-source-6.1.tar.xz in the package
BASE_SHA256  := 4d415b3d364834fd818270e88813e90323bbfce4f519a0e6bd4940ddcd7df693
