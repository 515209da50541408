#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# initramfs.sh OUTPUT SMISTAT [FILE...]: packs busybox, smistat, our init and each FILE (a module
# goes to /lib/modules, anything else to /bin) into an initramfs. Same input, same bytes.
set -eu

output=$1
smistat=$2
shift 2
here=$(dirname "$0")
busybox=$(command -v busybox)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/bin" "$root/lib/modules" "$root/dev" "$root/proc" "$root/sys" "$root/tmp"
cp "$here/init" "$root/init"
cp "$busybox" "$smistat" "$root/bin/"
for file; do
    case $file in
    *.ko) cp -L "$file" "$root/lib/modules/" ;;
    *) cp -L "$file" "$root/bin/" ;;
    esac
done
chmod 755 "$root/init" "$root"/bin/*
for applet in $("$busybox" --list); do
    [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
done

find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . | LC_ALL=C sort |
    cpio --quiet -o -H newc -R 0:0 --renumber-inodes --ignore-devno) |
    gzip -n -9 >"$output.tmp"
mv "$output.tmp" "$output"
