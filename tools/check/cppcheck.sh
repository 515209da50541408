#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs cppcheck over the sources that git tracks, each with the include path of its world. What
# is suppressed, and why, is in cppcheck.txt.
set -eu
cd "$(dirname "$0")/../.."

check() { # INCLUDES... -- PATTERNS...
    includes=""
    while [ "$1" != -- ]; do
        includes="$includes -I$1"
        shift
    done
    shift
    # shellcheck disable=SC2046,SC2086 # lists of words
    cppcheck --quiet --error-exitcode=1 --std=c11 -j "$(nproc)" -D__x86_64__ -D_GNU_SOURCE \
        --enable=warning,performance,portability --inline-suppr \
        --suppressions-list=tools/check/cppcheck.txt --template=gcc \
        $includes $(git ls-files -- "$@")
}

check include . arch/x86/include firmware -- \
    'core/*.c' 'services/*.c' 'arch/x86/*.c' 'platform/*.c' 'firmware/*.c'
check include . arch/sim/include -- 'sim/*.c'
check include . -- 'tools/*.c'
echo "cppcheck: clean"
