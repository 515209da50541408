#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# deb.sh BUILD VERSION: a Debian package of what `make install` installs, in BUILD. The same tree
# gives the same bytes: times are those of the last commit.
set -eu
build=$1 version=$2
cd "$(dirname "$0")/../.."
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
chmod 755 "$stage"

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
package=$build/muster_${version}_amd64.deb
doc=$stage/usr/share/doc/muster

tools/install/install.sh put "$build" "$stage" /usr "$version"
strip --strip-debug "$stage"/usr/bin/* "$stage"/usr/libexec/muster/*
gzip -9n "$stage"/usr/share/man/man1/*.1
install -D -m 644 README.md "$doc/README.md"
mv "$stage/usr/share/zsh/site-functions" "$stage/usr/share/zsh/vendor-completions" # Debian's place
{
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    echo "Upstream-Name: muster"
    echo
    echo "Files: *"
    sed -n 's/^Copyright (c) /Copyright: /p' LICENSE
    echo "License: BSD-2-Clause"
    sed -n '/^Redistribution/,$s/^/ /p' LICENSE | sed 's/^ $/ ./'
} >"$doc/copyright"
printf 'muster (%s) unstable; urgency=low\n\n  * Built from the tree.\n\n -- %s  %s\n' "$version" \
    "The muster authors <muster@localhost>" "$(date -uRd "@$SOURCE_DATE_EPOCH")" |
    gzip -9n >"$doc/changelog.gz"
chmod 644 "$doc/copyright" "$doc/changelog.gz"

mkdir "$stage/DEBIAN"
(cd "$stage" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"
cat >"$stage/DEBIAN/control" <<CONTROL
Package: muster
Version: $version
Architecture: amd64
Maintainer: The muster authors <muster@localhost>
Installed-Size: $(du -sk "$stage/usr" | cut -f1)
Depends: libc6 (>= 2.34), libjansson4 (>= 2.14)
Suggests: qemu-system-x86
Section: admin
Priority: optional
Description: x86 SMM runtime: ROM, simulator and tools
 muster is the part of x86 firmware that runs when a System Management
 Interrupt fires. This package has its ROMs for QEMU's q35 and i440FX, the
 library and headers to build it into other firmware, its simulator, smistat,
 which fires and accounts for SMIs on a running Linux, and muster, which shows
 what they did.
CONTROL
find "$stage" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$stage" "$package" >/dev/null
echo "$package"
