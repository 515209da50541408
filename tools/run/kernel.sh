#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# kernel.sh DIRECTORY: unpacks Debian's kernel into DIRECTORY, without installing it, and leaves
# there the links `vmlinuz` and `msr.ko`. Does nothing when they exist.
set -eu

directory=$1
[ -e "$directory/vmlinuz" ] && [ -e "$directory/msr.ko" ] && exit 0
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/run/debian.sh
. "$here/debian.sh"
mkdir -p "$directory"
cd "$directory"

# linux-image-amd64 is empty and depends on the kernel of the day.
kernel_name() {
    apt-cache depends linux-image-amd64 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

kernel_download() {
    name=$(kernel_name)
    [ -n "$name" ] && debian_download "$name"
}

echo "kernel.sh: fetching Debian's kernel" >&2
if ! debian_unpack kernel_download; then
    echo "kernel.sh: cannot fetch linux-image-amd64; give a kernel with KERNEL=path" >&2
    exit 1
fi

ln -sf "$(find root/boot -name 'vmlinuz-*' | head -n 1)" vmlinuz
module=$(find root/lib/modules -name 'msr.ko*' | head -n 1)
case $module in
*.xz) xz -dc "$module" >msr.ko ;;
*.zst) zstd -qdc "$module" >msr.ko ;;
*) ln -sf "$module" msr.ko ;;
esac
