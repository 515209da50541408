#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes sure that the Debian packages the build and the run need are there: installs what is
# missing when it can, otherwise prints the one command to type.
set -eu

packages="gcc libc6-dev make binutils python3 qemu-system-x86 busybox-static cpio gzip kmod"
[ "${1:-}" = tests ] && packages="$packages bochs bochs-term libcmocka-dev libjansson-dev python3-pytest \
python3-selenium chromium chromium-driver mandoc cppcheck clang-format doxygen shellcheck clang libclang-rt-dev pkgconf zsh fish libelf1"
[ "${1:-}" = bench ] && packages="$packages ovmf seabios gnuplot-nox"
[ "${1:-}" = flushes ] && packages="$packages ovmf seabios linux-perf"
[ "${1:-}" = deb ] && packages="$packages mmdebstrap"

if ! command -v dpkg-query >/dev/null; then
    echo "packages.sh: not a Debian system; make sure you have what these contain: $packages" >&2
    exit 0
fi

missing=""
for package in $packages; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
    echo "packages.sh: installing$missing" >&2
    install="apt-get install -y --no-install-recommends"
    # shellcheck disable=SC2086 # a list of words
    if { DEBIAN_FRONTEND=noninteractive $install $missing ||
        { apt-get update && DEBIAN_FRONTEND=noninteractive $install $missing; }; } >&2; then
        exit 0
    fi
fi
echo "packages.sh: packages are missing; type this, then try again:" >&2
echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
exit 1
