#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# kernel.sh DIRECTORY: unpacks Debian's kernel into DIRECTORY, without installing it, and leaves
# there the links `vmlinuz` and `msr.ko`. Does nothing when they exist.
set -eu

directory=$1
[ -e "$directory/vmlinuz" ] && [ -e "$directory/msr.ko" ] && exit 0
mkdir -p "$directory"
cd "$directory"

# linux-image-amd64 is empty and depends on the kernel of the day.
kernel_name() {
    apt-cache depends linux-image-amd64 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

kernel_download() {
    name=$(kernel_name)
    [ -n "$name" ] && apt-get -o APT::Sandbox::User=root download "$name" >&2
}

# The lists may be missing or older than the archive. A private copy can be updated by anybody.
private_lists() {
    mkdir -p apt/lists/partial apt/cache/archives/partial
    cat >apt/apt.conf <<END
Dir::State::Lists "$PWD/apt/lists";
Dir::Cache "$PWD/apt/cache";
APT::Sandbox::User "";
END
    export APT_CONFIG="$PWD/apt/apt.conf"
    apt-get update >&2
}

echo "kernel.sh: fetching Debian's kernel" >&2
if ! kernel_download; then
    private_lists
    if ! kernel_download; then
        echo "kernel.sh: cannot fetch linux-image-amd64; give a kernel with KERNEL=path" >&2
        exit 1
    fi
fi
dpkg-deb -x linux-image-*.deb root
rm -rf linux-image-*.deb apt

ln -sf "$(find root/boot -name 'vmlinuz-*' | head -n 1)" vmlinuz
module=$(find root/lib/modules -name 'msr.ko*' | head -n 1)
case $module in
*.xz) xz -dc "$module" >msr.ko ;;
*.zst) zstd -qdc "$module" >msr.ko ;;
*) ln -sf "$module" msr.ko ;;
esac
