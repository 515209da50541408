#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# deb_chroot.sh PACKAGE: installs the package in a minimal Debian 12 of its own, as a user would by
# apt, uses what it brings, and removes it: nothing may be left. Needs root and Debian's mirror.
set -eu
package=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive \
        chroot "$root" "$@"
}

files() { # without what apt and dpkg keep for themselves
    (cd "$root" && find . -path ./var/lib/dpkg -prune -o -path ./var/lib/apt -prune -o \
        -path ./var/cache -prune -o -path ./var/log -prune -o -print | sort)
}

fail() {
    echo "deb_chroot.sh: $*" >&2
    exit 1
}

if [ "$(id -u)" -ne 0 ]; then
    fail "needs root, to make a Debian in a directory"
fi
mmdebstrap --quiet --variant=minbase --mode=root --skip=cleanup/apt/lists bookworm "$root"
cp "$package" "$root/tmp/muster.deb"
files >"$root.before"
trap 'rm -rf "$root" "$root.before" "$root.after"' EXIT

inside apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends /tmp/muster.deb >/dev/null
[ -z "$(inside dpkg --verify muster)" ] || fail "installed files differ from the package's"
inside muster --version
inside muster layout --cpus 4 >/dev/null
inside muster-sim litmus | tail -n 1
inside smistat --version
for machine in q35 pc; do
    descriptor=/usr/share/qemu/firmware/90-muster-x86_64-$machine.json
    rom=$(inside sed -n 's/.*"filename": "\(.*\)".*/\1/p' $descriptor)
    inside test -s "$rom" || fail "$descriptor names $rom, which is not there"
done
for file in include/muster/handler.h lib/libmuster.a share/pkgconfig/muster.pc \
    share/doc/muster/examples/bare/main.c; do
    inside test -s "/usr/$file" || fail "/usr/$file is not there"
done

inside apt-get -qq -o Dpkg::Use-Pty=0 purge -y --autoremove muster >/dev/null
files >"$root.after"
diff "$root.before" "$root.after" || fail "the package leaves files, or takes some along"
echo "deb_chroot.sh: installed, used and removed: ok"
