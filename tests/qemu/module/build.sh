#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# build.sh MODULE DIRECTORY OUTPUT: compiles the module of this folder for the kernel that the module file
# MODULE belongs to, with Debian's headers, which it unpacks into DIRECTORY unless they are there.
set -eu

module=$(realpath "$1")
directory=$2
output=$(realpath -m "$3")
here=$(cd "$(dirname "$0")" && pwd)
release=$(tr '\0' '\n' <"$module" | sed -n 's/^vermagic=\([^ ]*\) .*/\1/p')
common=${release%-*}-common
version=${release%%.0-*}
# shellcheck source=tools/run/debian.sh
. "$here/../../../tools/run/debian.sh"

headers_download() {
    debian_download "linux-headers-$release" "linux-headers-$common" "linux-kbuild-$version"
}

mkdir -p "$directory"
cd "$directory"
headers=$PWD/root/usr/src/linux-headers-$release
if [ ! -e "$headers/unpacked" ]; then
    echo "build.sh: fetching the headers of $release" >&2
    rm -rf root
    if ! debian_unpack headers_download; then
        echo "build.sh: there are no headers for $release, an older kernel than Debian has now: remove" \
            "$(dirname "$1") and begin again" >&2
        exit 1
    fi
    # The Makefile in the package names the place where it would be installed.
    echo "include $PWD/root/usr/src/linux-headers-$common/Makefile" >"$headers/Makefile"
    touch "$headers/unpacked"
fi

rm -rf source
cp -r "$here" source
env -u MAKEFLAGS -u MFLAGS make -s -C "$headers" M="$PWD/source" modules >&2
cp source/attack.ko "$output"
