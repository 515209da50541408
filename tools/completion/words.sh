#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# words.sh PROGRAM WORD...: what can stand in the place of the last WORD, a line each: a word, a tab,
# what it means. Nothing: a file can. All shells' completion asks this; it asks the programs' own
# --help, so that it knows no option but those whose values are words.
set -u

help_of() {
    "$@" --help 2>/dev/null
}

# Lines of "NAME VALUE  MEANING" as words with their meanings.
# shellcheck disable=SC2016 # awk's own
columns='{
    sub(/^ +/, "")
    print $1 "\t" (match($0, /  +/) ? substr($0, RSTART + RLENGTH) : "")
}'

options() { # PROGRAM [COMMAND]; what the usage tells stands before the first empty line
    help_of "$@" | awk '/^$/ { told = 1 }
        !told { sub(/^usage:/, ""); if (!sub(/^ +[a-z-]+ --/, "--")) next }
        !/^(  )?--[a-z]/ { next }
        /^  --[a-z-]+, / { split($1, name, ","); print name[1] "\t"; sub(/^  --[a-z-]+,/, "") }
        '"$columns"
}

commands() { # PROGRAM: they stand before the first paragraph that begins in the first column
    help_of "$1" | awk '/^[A-Z]/ { exit }
        !/^  [a-z]+ / || $2 == "COMMAND" || $2 ~ /^-/ { next }
        '"$columns"
}

scenarios() { # PROGRAM
    help_of "$1" | awk '/--scenario NAME +one of:/ { sub(/.*one of:/, ""); listed = 1 }
        /^ +--/ { listed = 0 }
        listed { for (i = 1; i <= NF; i++) print $i "\t" }'
}

each() {
    printf '%s\t\n' "$@"
}

# The words that can be an option's value. False if it takes another kind, or none.
values() { # PROGRAM OPTION
    case $2 in
    --allow) each tco spurious stop init sipi plug eject timer button usb stray glitch apic all ;;
    --cause)
        each request byte tco none no-source legacy_usb slp_smi bios swsmi_tmr pm1 gpe0 gpi mcsmi \
            devmon periodic serirq smbus legacy_usb2 intel_usb2 pci_exp monitor spi plug
        ;;
    --command) each noop alone query log ;;
    --format) each 32-bit intel64 amd64 ;;
    --machine) each pc q35 ;;
    --method) each both sleep hash naive ;;
    --of) each round relocation ;;
    --protocol) each muster pmi traditional relaxed chain ;;
    --scenario) scenarios "$1" ;;
    --synchbyte) each memory register flash ;;
    --save-state) each amd64 intel64 ;;
    --variant) each manual qemu bochs ;;
    --where) each monarch issuer each others each-starts ;;
    *) false ;;
    esac
}

program=$1 && shift
first=$1 before='' last=''
for word in "$@"; do
    before=$last last=$word
done

# `muster sim` is muster-sim, the one beside it if there is one.
if [ "${program##*/}" = muster ] && [ "$first" = sim ] && [ $# -gt 1 ]; then
    directory=$(dirname "$(command -v "$program")")
    program=muster-sim
    [ -x "$directory/$program" ] && program=$directory/$program
    shift
    first=$1
fi

if values "$program" "$before"; then
    exit
fi
case ${program##*/}:$#:$last in
smistat:*:-*) options "$program" ;;
muster:1:-* | muster-sim:1:-*) each --help --version ;;
muster:*:-* | muster-sim:*:-*) options "$program" "$first" ;;
muster:1:* | muster-sim:1:*) commands "$program" ;;
esac
