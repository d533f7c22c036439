#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Print a script that makes, of the unpacked base, the commit on which the bundle stands: the
# one that tree.sh makes.
. "$(dirname "$0")/../lib/lib.sh"

version=$(sed -n 2p "$BUILD/base.version")
base=$(kgit rev-parse base)
[ "$(kgit rev-list --count base)" = 1 ] || die "a bundle cannot be made: this base has fixes of base/"
show() { kgit log -1 --format="$1" base; }

cat <<END
#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# make-base DIRECTORY: in the git repository in which this is run, make the commit on which
# modern-bpf.bundle stands, $base, of the unpacked source of
# $version, which is in Debian's archive:
#   apt-get download $BASE_PACKAGE=$version
#   dpkg-deb -x ${BASE_PACKAGE}_${version}_all.deb . && tar -xJf usr/src/$BASE_PACKAGE.tar.xz
# It gets the tag modern-bpf-base. Branches, index and files stay as they are.
set -eu
source=\$(cd "\$1" && pwd)
GIT_DIR=\$(git rev-parse --absolute-git-dir)
GIT_WORK_TREE=\$source
GIT_INDEX_FILE=\$GIT_DIR/modern-bpf.index
GIT_AUTHOR_NAME='$(show %an)' GIT_AUTHOR_EMAIL='$(show %ae)' GIT_AUTHOR_DATE='$(show %at) +0000'
GIT_COMMITTER_NAME='$(show %cn)' GIT_COMMITTER_EMAIL='$(show %ce)' GIT_COMMITTER_DATE='$(show %ct) +0000'
export GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE
trap 'rm -f "\$GIT_INDEX_FILE"' EXIT
rm -f "\$GIT_INDEX_FILE"
cd "\$source"
git -c core.autocrlf=false -c core.fileMode=true -c core.compression=1 add -Af .
commit=\$(git commit-tree -m '$(show %s)' "\$(git write-tree)")
if [ "\$commit" != $base ]; then
	echo "\$source is not the source of $version: it would be \$commit" >&2
	exit 1
fi
git update-ref refs/tags/modern-bpf-base "\$commit"
echo "\$commit"
END
