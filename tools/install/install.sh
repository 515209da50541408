#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# install.sh put|remove BUILD ROOT PREFIX VERSION: puts what was built below ROOT, for a program
# that will find it at PREFIX, or removes the same files again.
set -eu
action=$1 build=$2 root=$3 prefix=$4 version=$5
cd "$(dirname "$0")/../.."

ours() { # DIRECTORY: made for muster alone
    case $1 in
    */muster | */muster/*) true ;;
    *) false ;;
    esac
}

place() { # MODE FILE TARGET
    target=$root$prefix/$3
    case $action in
    put) install -D -m "$1" "$2" "$target" ;;
    remove)
        rm -f "$target"
        directory=${target%/*}
        while ours "$directory" && rmdir "$directory" 2>/dev/null; do
            directory=${directory%/*}
        done
        ;;
    esac
}

place_filled() { # FILE TARGET [ROM MACHINES]: with the marks in it filled in
    filled=$(mktemp)
    sed -e "s|@PREFIX@|$prefix|g" -e "s|@VERSION@|$version|g" -e "s|@ROM@|${3-}|" \
        -e "s|@MACHINES@|${4-}|" "$1" >"$filled"
    place 644 "$filled" "$2"
    rm -f "$filled"
}

place 755 "$build/muster" bin/muster
place 755 "$build/muster-sim" bin/muster-sim
place 755 "$build/muster-sim-large" libexec/muster/muster-sim-large
place 755 "$build/tools/smistat" bin/smistat
place 644 "$build/muster.rom" share/muster/muster.rom
place 644 "$build/muster-pc.rom" share/muster/muster-pc.rom
for header in include/muster/*.h; do
    place 644 "$header" "$header"
done
place 644 "$build/libmuster.a" lib/libmuster.a
place 644 arch/x86/image.ld lib/muster-image.ld
for file in examples/bare/*; do
    place 644 "$file" "share/doc/muster/$file"
done
place 644 docs/porting.md share/doc/muster/porting.md
for page in docs/man/*.1; do
    place 644 "$page" "share/man/man1/${page##*/}"
done
place 755 tools/completion/words.sh share/muster/completion-words
for program in muster muster-sim smistat; do
    place_filled tools/completion/muster.bash.in "share/bash-completion/completions/$program"
    place_filled tools/completion/muster.fish.in "share/fish/vendor_completions.d/$program.fish"
done
place_filled tools/completion/muster.zsh.in share/zsh/site-functions/_muster
for name in muster muster-image; do
    place_filled tools/install/$name.pc.in share/pkgconfig/$name.pc
done
# After the machine's usual firmware in the order of the names.
for machine in q35 pc; do
    case $machine in
    q35) rom=muster.rom machines="pc-q35-*" ;;
    pc) rom=muster-pc.rom machines="pc-i440fx-*" ;;
    esac
    place_filled tools/install/firmware.json.in \
        share/qemu/firmware/90-muster-x86_64-$machine.json "$rom" "$machines"
done
