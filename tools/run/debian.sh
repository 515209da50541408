# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# For scripts to source: Debian packages, downloaded into the working directory and unpacked there, not
# installed.

debian_download() {
    apt-get -o APT::Sandbox::User=root download "$@" >&2
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

# debian_unpack COMMAND...: runs a command that downloads packages, again with fresh lists if it fails,
# and unpacks them into root/. False if it fails twice.
debian_unpack() {
    if ! "$@"; then
        private_lists
        "$@" || return 1
    fi
    for package in ./*.deb; do
        dpkg-deb -x "$package" root
    done
    rm -rf ./*.deb apt
}
