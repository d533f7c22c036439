# The kernel that outbox/ is for: the newest source that Debian's suites offer, and the
# sha256 of usr/src/linux-source-*.tar.xz in its package. Debian's binary of the same
# version is what the defects are shown on first.
OUTBOX_SUITE := experimental
OUTBOX_SOURCE := linux-source-7.3
OUTBOX_BINARY := linux-binary-7.3-cloud-amd64
OUTBOX_VERSION := 7.3~rc7-1~exp1
OUTBOX_SHA256 := d958c61d44f5be4e6c874d860889e3f15a7f1d238c58458e91f685f79f721df1
